// SPDX-License-Identifier: Apache-2.0
#include "exporter/client/remote_content.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "exporter/rpc/client.h"
#include "oci/error.h"
#include "oci/io/fd.h"
#include "oci/io/stream.h"
#include "oci/progress.h"
#include "oci/status_macros.h"

namespace waybill::exporter::client {

namespace api = ::containerd::services::content::v1;

namespace {

constexpr size_t kBytesPerMessage = 1 << 20;
// Between attempts to upload, each twice as long as the one before: 12 s in all.
constexpr absl::Duration kFirstWait = absl::Milliseconds(200);
constexpr absl::Duration kLastWait = absl::Milliseconds(6400);

absl::StatusOr<int64_t> SizeOf(const oci::Context& context, api::Content::Stub& stub, const oci::Digest& digest) {
  api::InfoRequest request;
  request.set_digest(digest.ToString());
  api::InfoResponse response;
  rpc::ClientCall call(context);
  ABSL_RETURN_IF_ERROR(call.ToStatus(stub.Info(&call.grpc(), request, &response)));
  return response.info().size();
}

}  // namespace

// Dropped before the end, the call is cancelled.
class RemoteContent::Reader : public oci::io::Reader {
 public:
  Reader(const oci::Context& context, std::shared_ptr<api::Content::Stub> stub, const oci::Digest& digest,
         int64_t offset)
      : stub_(std::move(stub)), call_(context) {
    api::ReadContentRequest request;
    request.set_digest(digest.ToString());
    request.set_offset(offset);
    stream_ = stub_->Read(&call_.grpc(), request);
  }
  ~Reader() override {
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
  const std::shared_ptr<api::Content::Stub> stub_;
  rpc::ClientCall call_;
  std::unique_ptr<grpc::ClientReader<api::ReadContentResponse>> stream_;
  api::ReadContentResponse response_;
  absl::string_view rest_;  // of response_
  bool finished_ = false;
  absl::Status status_;
};

class RemoteContent::Source : public oci::io::Source {
 public:
  Source(std::shared_ptr<api::Content::Stub> stub, oci::Digest digest, int64_t size)
      : stub_(std::move(stub)), digest_(std::move(digest)), size_(size) {}

  int64_t size() const override { return size_; }
  absl::StatusOr<std::unique_ptr<oci::io::Reader>> Open(const oci::Context& context, int64_t offset) const override {
    return std::make_unique<Reader>(context, stub_, digest_, offset);
  }

 private:
  const std::shared_ptr<api::Content::Stub> stub_;
  const oci::Digest digest_;
  const int64_t size_;
};

// One Write call: each message waits for the answer to the one before.
class RemoteContent::Upload : public oci::io::Writer {
 public:
  Upload(const oci::Context& context, api::Content::Stub& stub) : call_(context), stream_(stub.Write(&call_.grpc())) {}
  ~Upload() override {
    if (finished_) return;
    call_.Cancel();
    stream_->Finish();
  }

  // Where to go on.
  absl::StatusOr<int64_t> Begin(const std::string& ref, const oci::Descriptor& descriptor) {
    api::WriteContentRequest request;
    request.set_action(api::STAT);
    request.set_ref(ref);
    request.set_total(descriptor.size);
    request.set_expected(descriptor.digest.ToString());
    ABSL_RETURN_IF_ERROR(Ask(request));
    offset_ = response_.offset();
    return offset_;
  }

  absl::Status Write(absl::string_view bytes) override {
    while (!bytes.empty()) {
      const size_t room = kBytesPerMessage - pending_.size();
      const absl::string_view next = bytes.substr(0, room);
      pending_.append(next.data(), next.size());
      bytes.remove_prefix(next.size());
      if (pending_.size() == kBytesPerMessage) ABSL_RETURN_IF_ERROR(Send(api::WRITE));
    }
    return absl::OkStatus();
  }

  absl::Status Close() override {
    ABSL_RETURN_IF_ERROR(Send(api::COMMIT));
    stream_->WritesDone();
    return Finish();
  }

 private:
  absl::Status Send(api::WriteAction action) {
    api::WriteContentRequest request;
    request.set_action(action);
    request.set_offset(offset_);
    offset_ += static_cast<int64_t>(pending_.size());
    request.set_data(std::move(pending_));
    pending_.clear();
    return Ask(request);
  }

  absl::Status Ask(const api::WriteContentRequest& request) {
    if (stream_->Write(request) && stream_->Read(&response_)) return absl::OkStatus();
    const absl::Status ended = Finish();
    return ended.ok() ? absl::InternalError("the content service ended the call early") : ended;
  }

  absl::Status Finish() {
    finished_ = true;
    return call_.ToStatus(stream_->Finish());
  }

  rpc::ClientCall call_;
  const std::unique_ptr<grpc::ClientReaderWriter<api::WriteContentRequest, api::WriteContentResponse>> stream_;
  api::WriteContentResponse response_;
  std::string pending_;
  int64_t offset_ = 0;
  bool finished_ = false;
};

absl::StatusOr<std::unique_ptr<oci::io::Source>> RemoteContent::Fetch(const oci::Context& context,
                                                                      const oci::Descriptor& descriptor) {
  ABSL_ASSIGN_OR_RETURN(const int64_t size, SizeOf(context, *stub_, descriptor.digest));
  if (descriptor.size >= 0 && size != descriptor.size) {
    return oci::VerificationError(
        absl::StrCat("blob ", descriptor.digest.ToString(), " has ", size, " bytes, expected ", descriptor.size));
  }
  return std::make_unique<Source>(stub_, descriptor.digest, size);
}

absl::StatusOr<bool> RemoteContent::Exists(const oci::Context& context, const oci::Descriptor& descriptor) {
  const absl::StatusOr<int64_t> size = SizeOf(context, *stub_, descriptor.digest);
  if (absl::IsNotFound(size.status())) return false;
  ABSL_RETURN_IF_ERROR(size.status());
  return descriptor.size < 0 || *size == descriptor.size;
}

absl::Status RemoteContent::Push(const oci::Context& context, oci::content::Blob blob) {
  std::string ref = absl::StrCat("waybill-", blob.descriptor.digest.ToString());
  const auto push = [&]() -> absl::Status {
    Upload upload(context, *stub_);
    ABSL_ASSIGN_OR_RETURN(const int64_t offset, upload.Begin(ref, blob.descriptor));
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Reader> reader, blob.source->Open(context, offset));
    ABSL_RETURN_IF_ERROR(oci::io::Copy(context, *reader, upload).status());
    return upload.Close();
  };
  absl::Status pushed = push();
  for (absl::Duration wait = kFirstWait; absl::IsUnavailable(pushed) && wait <= kLastWait; wait *= 2) {
    context.Report({.item = blob.descriptor.digest.ToString(),
                    .state = oci::ProgressEvent::State::kRetrying,
                    .total = blob.descriptor.size,
                    .detail = std::string(pushed.message())});
    ABSL_RETURN_IF_ERROR(clock_.Sleep(context, wait));
    pushed = push();
  }
  if (absl::IsUnavailable(pushed)) {
    ABSL_ASSIGN_OR_RETURN(ref, oci::io::RandomName(absl::StrCat(ref, "-")));
    pushed = push();
  }
  return absl::IsAlreadyExists(pushed) ? absl::OkStatus() : pushed;
}

}  // namespace waybill::exporter::client
