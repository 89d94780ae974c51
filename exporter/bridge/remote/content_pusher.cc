// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/remote/content_pusher.h"

#include "absl/strings/str_cat.h"
#include "exporter/bridge/remote/remote_call.h"
#include "oci/error.h"
#include "oci/status_macros.h"
#include "proto/containerd/services/content/v1/content.grpc.pb.h"

namespace waybill::exporter::bridge::remote {
namespace {

namespace wire = containerd::services::content::v1;

constexpr char kStoreKey[] = "buildkit-attachable-store-id";
// Session servers take messages of at most 4 MiB; BuildKit's own writers send 1 MiB.
constexpr size_t kChunkBytes = 1 << 20;

// One Write call: a request, its answer, and so on.
class WriteStream {
 public:
  WriteStream(const oci::Context& context, const std::shared_ptr<grpc::ChannelInterface>& channel,
              const std::string& store_id)
      : call_(context), stub_(wire::Content::NewStub(channel)) {
    call_.grpc().AddMetadata(kStoreKey, store_id);
    stream_ = stub_->Write(&call_.grpc());
  }
  ~WriteStream() {
    if (finished_) return;
    call_.grpc().TryCancel();
    stream_->Finish();
  }

  absl::Status Exchange(const wire::WriteContentRequest& request) {
    wire::WriteContentResponse response;
    if (!stream_->Write(request) || !stream_->Read(&response)) return Finish();
    const int64_t want = request.offset() + static_cast<int64_t>(request.data().size());
    if (request.action() != wire::STAT && response.offset() != want) {
      return oci::StorageError(absl::StrCat("the store took ", response.offset(), " bytes of ", want));
    }
    return absl::OkStatus();
  }
  absl::Status Finish() {
    finished_ = true;
    stream_->WritesDone();
    // containerd's service sends the answer to a commit twice, and the status comes after all messages.
    wire::WriteContentResponse again;
    while (stream_->Read(&again)) {
    }
    return FromGrpc(stream_->Finish());
  }

 private:
  RemoteCall call_;
  const std::unique_ptr<wire::Content::Stub> stub_;
  std::unique_ptr<grpc::ClientReaderWriter<wire::WriteContentRequest, wire::WriteContentResponse>> stream_;
  bool finished_ = false;
};

absl::Status WriteBlob(const oci::Context& context, WriteStream& stream, const oci::content::Blob& blob) {
  wire::WriteContentRequest request;
  request.set_ref(absl::StrCat("waybill-", blob.descriptor.digest.ToString()));
  request.set_total(blob.descriptor.size);
  request.set_expected(blob.descriptor.digest.ToString());
  ABSL_RETURN_IF_ERROR(stream.Exchange(request));

  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<oci::io::Reader> reader, blob.source->Open(context, 0));
  int64_t offset = 0;
  while (true) {
    ABSL_RETURN_IF_ERROR(context.Check());
    std::string& data = *request.mutable_data();
    data.resize(kChunkBytes);
    ABSL_ASSIGN_OR_RETURN(const size_t size, reader->Read(absl::MakeSpan(data.data(), data.size())));
    data.resize(size);
    request.set_offset(offset);
    request.set_action(size == 0 ? wire::COMMIT : wire::WRITE);
    ABSL_RETURN_IF_ERROR(stream.Exchange(request));
    if (size == 0) return stream.Finish();
    offset += static_cast<int64_t>(size);
  }
}

}  // namespace

absl::StatusOr<bool> ContentPusher::Exists(const oci::Context& context, const oci::Descriptor& descriptor) {
  RemoteCall call(context);
  call.grpc().AddMetadata(kStoreKey, store_id_);
  wire::InfoRequest request;
  wire::InfoResponse response;
  request.set_digest(descriptor.digest.ToString());
  const absl::Status status = FromGrpc(wire::Content::NewStub(channel_)->Info(&call.grpc(), request, &response));
  if (absl::IsNotFound(status)) return false;
  ABSL_RETURN_IF_ERROR(status);
  return true;
}

absl::Status ContentPusher::Push(const oci::Context& context, oci::content::Blob blob) {
  WriteStream stream(context, channel_, store_id_);
  const absl::Status status = WriteBlob(context, stream, blob);
  // ALREADY_EXISTS at any point means that the store has the blob.
  return absl::IsAlreadyExists(status) ? absl::OkStatus() : status;
}

}  // namespace waybill::exporter::bridge::remote
