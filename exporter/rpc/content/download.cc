// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/content/download.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace waybill::exporter::rpc::content {

namespace api = ::containerd::services::content::v1;

namespace {

class DownloadReader : public oci::io::Reader {
 public:
  DownloadReader(const oci::Context& context, std::shared_ptr<const Peer> peer, const oci::Digest& digest,
                 int64_t offset)
      : peer_(std::move(peer)), call_(context) {
    peer_->Address(call_);
    api::ReadContentRequest request;
    request.set_digest(digest.ToString());
    request.set_offset(offset);
    stream_ = peer_->stub->Read(&call_.grpc(), request);
  }
  ~DownloadReader() override {
    if (finished_) return;
    call_.Cancel();
    while (stream_->Read(&response_)) {
    }
    stream_->Finish();
  }

  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    while (rest_.empty()) {
      if (finished_) return status_.ok() ? absl::StatusOr<size_t>(0) : status_;
      if (stream_->Read(&response_)) {
        rest_ = response_.data();
      } else {
        finished_ = true;
        status_ = call_.ToStatus(stream_->Finish());
      }
    }
    const size_t count = std::min(buffer.size(), rest_.size());
    std::memcpy(buffer.data(), rest_.data(), count);
    rest_.remove_prefix(count);
    return count;
  }

 private:
  const std::shared_ptr<const Peer> peer_;
  ClientCall call_;
  std::unique_ptr<grpc::ClientReader<api::ReadContentResponse>> stream_;
  api::ReadContentResponse response_;
  absl::string_view rest_;  // of response_
  bool finished_ = false;
  absl::Status status_;
};

class DownloadSource : public oci::io::Source {
 public:
  DownloadSource(std::shared_ptr<const Peer> peer, oci::Digest digest, int64_t size)
      : peer_(std::move(peer)), digest_(std::move(digest)), size_(size) {}

  int64_t size() const override { return size_; }
  absl::StatusOr<std::unique_ptr<oci::io::Reader>> Open(const oci::Context& context, int64_t offset) const override {
    return std::make_unique<DownloadReader>(context, peer_, digest_, offset);
  }

 private:
  const std::shared_ptr<const Peer> peer_;
  const oci::Digest digest_;
  const int64_t size_;
};

}  // namespace

std::unique_ptr<oci::io::Source> NewDownload(std::shared_ptr<const Peer> peer, oci::Digest digest, int64_t size) {
  return std::make_unique<DownloadSource>(std::move(peer), std::move(digest), size);
}

}  // namespace waybill::exporter::rpc::content
