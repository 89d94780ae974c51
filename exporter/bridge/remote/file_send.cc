// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/remote/file_send.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::bridge::remote {
namespace {

constexpr char kExporterKey[] = "buildkit-attachable-exporter-id";
constexpr char kResponsePrefix[] = "exporter-md-";
// Clients in Go read a message into a buffer of 32 KiB or, when it is larger, of 1 MiB, which they clear first: the
// largest message that fits the latter, with the header of its one field, costs them least.
constexpr size_t kMessageBytes = (1 << 20) - 8;

}  // namespace

FileSend::FileSend(const oci::Context& context, const std::shared_ptr<grpc::ChannelInterface>& client, int exporter,
                   const std::map<std::string, std::string>& response)
    : call_(context), stub_(moby::filesync::v1::FileSend::NewStub(client)) {
  call_.grpc().AddMetadata(kExporterKey, absl::StrCat(exporter));
  for (const auto& [key, value] : response) call_.grpc().AddMetadata(absl::StrCat(kResponsePrefix, key), value);
  stream_ = stub_->DiffCopy(&call_.grpc());
}

FileSend::~FileSend() {
  if (finished_) return;
  call_.Cancel();
  stream_->Finish();
}

absl::Status FileSend::Write(absl::string_view bytes) {
  std::string& data = *message_.mutable_data();
  while (!bytes.empty()) {
    const size_t size = std::min(bytes.size(), kMessageBytes - data.size());
    data.append(bytes.data(), size);
    bytes.remove_prefix(size);
    if (data.size() == kMessageBytes) ABSL_RETURN_IF_ERROR(Flush());
  }
  return absl::OkStatus();
}

absl::Status FileSend::Flush() {
  const bool sent = stream_->Write(message_);
  message_.clear_data();
  if (sent) return absl::OkStatus();
  ABSL_RETURN_IF_ERROR(Finish());
  return oci::StorageError("the client stopped reading before the end of the file");
}

absl::Status FileSend::Close() {
  if (!message_.data().empty()) ABSL_RETURN_IF_ERROR(Flush());
  stream_->WritesDone();
  const absl::Status status = Finish();
  return absl::IsAlreadyExists(status) ? absl::OkStatus() : status;
}

absl::Status FileSend::Finish() {
  finished_ = true;
  moby::filesync::v1::BytesMessage ignored;
  while (stream_->Read(&ignored)) {
  }
  return oci::Annotate(call_.ToStatus(stream_->Finish()), "the client's file");
}

}  // namespace waybill::exporter::bridge::remote
