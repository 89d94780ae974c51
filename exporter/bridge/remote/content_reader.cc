// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/remote/content_reader.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "exporter/bridge/remote/remote_call.h"
#include "oci/error.h"
#include "oci/status_macros.h"
#include "proto/containerd/services/content/v1/content.grpc.pb.h"

namespace waybill::exporter::bridge::remote {
namespace {

namespace wire = containerd::services::content::v1;

class Reader : public oci::io::Reader {
 public:
  Reader(const oci::Context& context, const std::shared_ptr<grpc::ChannelInterface>& channel, const std::string& digest,
         int64_t offset)
      : call_(context), stub_(wire::Content::NewStub(channel)) {
    wire::ReadContentRequest request;
    request.set_digest(digest);
    request.set_offset(offset);
    stream_ = stub_->Read(&call_.grpc(), request);
  }
  ~Reader() override {
    if (finished_) return;
    call_.grpc().TryCancel();
    stream_->Finish();
  }

  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    while (rest_.empty()) {
      if (finished_) return 0;
      if (!stream_->Read(&message_)) {
        finished_ = true;
        ABSL_RETURN_IF_ERROR(FromGrpc(stream_->Finish()));
        return 0;
      }
      rest_ = message_.data();
    }
    const size_t size = std::min(buffer.size(), rest_.size());
    std::copy_n(rest_.data(), size, buffer.data());
    rest_.remove_prefix(size);
    return size;
  }

 private:
  RemoteCall call_;
  const std::unique_ptr<wire::Content::Stub> stub_;
  std::unique_ptr<grpc::ClientReader<wire::ReadContentResponse>> stream_;
  wire::ReadContentResponse message_;
  absl::string_view rest_;
  bool finished_ = false;
};

class Source : public oci::io::Source {
 public:
  Source(std::shared_ptr<grpc::ChannelInterface> channel, std::string digest, int64_t size)
      : channel_(std::move(channel)), digest_(std::move(digest)), size_(size) {}
  int64_t size() const override { return size_; }
  absl::StatusOr<std::unique_ptr<oci::io::Reader>> Open(const oci::Context& context, int64_t offset) const override {
    return std::make_unique<Reader>(context, channel_, digest_, offset);
  }

 private:
  const std::shared_ptr<grpc::ChannelInterface> channel_;
  const std::string digest_;
  const int64_t size_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<oci::io::Source>> ContentReader::Fetch(const oci::Context& context,
                                                                      const oci::Descriptor& descriptor) {
  RemoteCall call(context);
  wire::InfoRequest request;
  wire::InfoResponse response;
  request.set_digest(descriptor.digest.ToString());
  const absl::Status status = FromGrpc(wire::Content::NewStub(channel_)->Info(&call.grpc(), request, &response));
  ABSL_RETURN_IF_ERROR(oci::Annotate(status, absl::StrCat("blob ", descriptor.digest.ToString())));
  const int64_t size = response.info().size();
  if (descriptor.size >= 0 && size != descriptor.size) {
    return oci::VerificationError(
        absl::StrCat("blob ", descriptor.digest.ToString(), " has ", size, " bytes, not ", descriptor.size));
  }
  return std::make_unique<Source>(channel_, descriptor.digest.ToString(), size);
}

}  // namespace waybill::exporter::bridge::remote
