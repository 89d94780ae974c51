// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/content/content_client.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "exporter/rpc/client.h"
#include "exporter/rpc/content/download.h"
#include "exporter/rpc/content/upload.h"
#include "oci/error.h"
#include "oci/file/fd.h"
#include "oci/io/stream.h"
#include "oci/progress.h"
#include "oci/status_macros.h"

namespace waybill::exporter::rpc::content {

namespace api = ::containerd::services::content::v1;

namespace {

// Between attempts to upload, each twice as long as the one before: 12 s in all.
constexpr absl::Duration kFirstWait = absl::Milliseconds(200);
constexpr absl::Duration kLastWait = absl::Milliseconds(6400);

}  // namespace

ContentClient::ContentClient(const std::shared_ptr<grpc::ChannelInterface>& channel, const Options& options)
    // Without a channel the client can be made, but not asked: a build has one also when nothing comes from its daemon.
    : peer_(std::make_shared<const Peer>(
          Peer{channel == nullptr ? nullptr : api::Content::NewStub(channel), options.store_id})),
      clock_(options.clock) {}

absl::StatusOr<int64_t> ContentClient::SizeOf(const oci::Context& context, const oci::Digest& digest) const {
  api::InfoRequest request;
  request.set_digest(digest.ToString());
  api::InfoResponse response;
  ClientCall call(context);
  peer_->Address(call);
  const absl::Status status = call.ToStatus(peer_->stub->Info(&call.grpc(), request, &response));
  ABSL_RETURN_IF_ERROR(oci::Annotate(status, absl::StrCat("blob ", digest.ToString())));
  return response.info().size();
}

absl::StatusOr<std::unique_ptr<oci::io::Source>> ContentClient::Fetch(const oci::Context& context,
                                                                      const oci::Descriptor& descriptor) {
  ABSL_ASSIGN_OR_RETURN(const int64_t size, SizeOf(context, descriptor.digest));
  if (descriptor.size >= 0 && size != descriptor.size) {
    return oci::VerificationError(
        absl::StrCat("blob ", descriptor.digest.ToString(), " has ", size, " bytes, expected ", descriptor.size));
  }
  return NewDownload(peer_, descriptor.digest, size);
}

absl::StatusOr<bool> ContentClient::Exists(const oci::Context& context, const oci::Descriptor& descriptor) {
  const absl::StatusOr<int64_t> size = SizeOf(context, descriptor.digest);
  if (absl::IsNotFound(size.status())) return false;
  ABSL_RETURN_IF_ERROR(size.status());
  return descriptor.size < 0 || *size == descriptor.size;
}

absl::Status ContentClient::Push(const oci::Context& context, oci::content::Blob blob) {
  const std::string ref = absl::StrCat("waybill-", blob.descriptor.digest.ToString());
  absl::Status pushed = PushOnce(context, ref, blob);
  if (absl::IsUnavailable(pushed) && clock_ != nullptr) pushed = PushAgain(context, ref, blob, std::move(pushed));
  // At any point it means that the service has the blob.
  return absl::IsAlreadyExists(pushed) ? absl::OkStatus() : pushed;
}

absl::Status ContentClient::PushOnce(const oci::Context& context, const std::string& ref,
                                     const oci::content::Blob& blob) const {
  Upload upload(context, *peer_);
  ABSL_ASSIGN_OR_RETURN(const int64_t offset, upload.Begin(ref, blob.descriptor));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Reader> reader, blob.source->Open(context, offset));
  ABSL_RETURN_IF_ERROR(oci::io::Copy(context, *reader, upload).status());
  return upload.Close();
}

absl::Status ContentClient::PushAgain(const oci::Context& context, const std::string& ref,
                                      const oci::content::Blob& blob, absl::Status pushed) const {
  for (absl::Duration wait = kFirstWait; absl::IsUnavailable(pushed) && wait <= kLastWait; wait *= 2) {
    context.Report({.item = blob.descriptor.digest.ToString(),
                    .state = oci::ProgressEvent::State::kRetrying,
                    .total = blob.descriptor.size,
                    .detail = std::string(pushed.message())});
    ABSL_RETURN_IF_ERROR(clock_->Sleep(context, wait));
    pushed = PushOnce(context, ref, blob);
  }
  if (!absl::IsUnavailable(pushed)) return pushed;
  ABSL_ASSIGN_OR_RETURN(const std::string own_ref, oci::file::RandomName(absl::StrCat(ref, "-")));
  return PushOnce(context, own_ref, blob);
}

}  // namespace waybill::exporter::rpc::content
