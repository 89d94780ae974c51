// SPDX-License-Identifier: Apache-2.0
#include "tools/e2e/attack/requests.h"

#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "exporter/rpc/content/content_client.h"
#include "exporter/rpc/message.h"
#include "oci/content/content.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/io/string.h"
#include "oci/status_macros.h"
#include "proto/containerd/services/content/v1/content.pb.h"
#include "proto/waybill/v1/exporter.pb.h"

namespace waybill::e2e::attack {
namespace {

namespace api = ::containerd::services::content::v1;

constexpr size_t kUploadBytes = 15 << 20;
constexpr size_t kRelayBytes = 15 << 20;
constexpr size_t kExportBytes = 70 << 20;
constexpr size_t kBlobBytes = 64 << 20;
constexpr char kConfig[] = R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}})";

absl::StatusOr<oci::Descriptor> BringBlob(const std::shared_ptr<grpc::Channel>& channel) {
  const std::string bytes(kBlobBytes, 'l');
  const oci::Descriptor blob{.media_type = "application/vnd.oci.image.layer.v1.tar",
                             .digest = oci::Digest::Of(bytes),
                             .size = static_cast<int64_t>(bytes.size())};
  exporter::rpc::content::ContentClient client(channel, {});
  ABSL_RETURN_IF_ERROR(
      client.Push(oci::Context(), {.descriptor = blob, .source = std::make_unique<oci::io::StringSource>(bytes)}));
  return blob;
}

// The fields of `head`, then those of `rest`: protobuf merges messages that follow each other.
grpc::ByteBuffer Joined(const google::protobuf::MessageLite& head, const grpc::Slice& rest) {
  const grpc::Slice slices[] = {grpc::Slice(head.SerializeAsString()), rest};
  return grpc::ByteBuffer(slices, 2);
}

Attack Uploads() {
  api::WriteContentRequest data;
  data.set_data(std::string(kUploadBytes, 'u'));
  return {.method = "/containerd.services.content.v1.Content/Write",
          .message = [data = grpc::Slice(data.SerializeAsString())](int number, int) {
            api::WriteContentRequest head;
            head.set_action(api::WRITE);
            head.set_ref(absl::StrCat("attack-", number));
            return Joined(head, data);
          }};
}

// Under references that no other process of this kind has.
Attack Openings() {
  return {.method = "/containerd.services.content.v1.Content/Write", .message = [](int number, int) {
            api::WriteContentRequest request;
            request.set_action(api::WRITE);
            request.set_ref(absl::StrCat("attack-", getpid(), "-", number));
            request.set_data("u");
            return exporter::rpc::Encode(request);
          }};
}

// Of all that the server serves: an empty request.
Attack Watches() {
  return {.method = "/grpc.health.v1.Health/Watch", .message = [](int, int) {
            const grpc::Slice nothing("");
            return grpc::ByteBuffer(&nothing, 1);
          }};
}

Attack Reads(const oci::Descriptor& blob) {
  api::ReadContentRequest request;
  request.set_digest(blob.digest.ToString());
  return {.method = "/containerd.services.content.v1.Content/Read",
          .message = [request](int, int) { return exporter::rpc::Encode(request); }};
}

Attack Exports(const oci::Descriptor& blob) {
  v1::ExportRequest request;
  request.set_type("oci");
  v1::BuildResult& result = *request.mutable_result();
  (*result.mutable_metadata())["containerimage.config"] = kConfig;
  (*result.mutable_metadata())["filler"] = std::string(kExportBytes, 'f');
  v1::Layer& layer = *(*result.mutable_refs())[""].add_layers();
  layer.mutable_blob()->set_media_type(blob.media_type);
  layer.mutable_blob()->set_digest(blob.digest.ToString());
  layer.mutable_blob()->set_size(blob.size);
  layer.set_diff_id(blob.digest.ToString());
  return {.method = "/waybill.v1.Exporter/Export",
          .message = [bytes = exporter::rpc::Encode(request)](int, int) { return bytes; }};
}

Attack SmallExports() {
  v1::ExportRequest request;
  request.set_type("oci");
  (*request.mutable_result()->mutable_metadata())["containerimage.config"] = kConfig;
  return {.method = "/waybill.v1.Exporter/Export",
          .message = [request](int, int) { return exporter::rpc::Encode(request); }};
}

Attack Relays() {
  const grpc::Slice bytes(std::string(kRelayBytes, 'r'));
  return {.method = "/attack.Daemon/Hold", .messages = 8, .message = [bytes](int, int) {
            return grpc::ByteBuffer(&bytes, 1);
          }};
}

Attack Calls() {
  const grpc::Slice bytes("call");
  return {.method = "/attack.Daemon/Unknown", .answered = true, .message = [bytes](int, int) {
            return grpc::ByteBuffer(&bytes, 1);
          }};
}

// The daemon reads one message, and sends what is built from then on.
Attack Histories() {
  const grpc::Slice bytes(std::string(kRelayBytes, 'h'));
  return {.method = "/moby.buildkit.v1.Control/ListenBuildHistory", .messages = 8, .message = [bytes](int, int index) {
            return grpc::ByteBuffer(&bytes, index == 0 ? 0 : 1);
          }};
}

Attack Pours() {
  const grpc::Slice bytes("pour");
  return {.method = "/attack.Daemon/Pour", .message = [bytes](int, int) { return grpc::ByteBuffer(&bytes, 1); }};
}

}  // namespace

absl::StatusOr<Attack> MakeAttack(const std::string& kind, const std::shared_ptr<grpc::Channel>& channel) {
  if (kind == "uploads") return Uploads();
  if (kind == "openings") return Openings();
  if (kind == "watches") return Watches();
  if (kind == "small-exports") return SmallExports();
  if (kind == "relays") return Relays();
  if (kind == "pours") return Pours();
  if (kind == "histories") return Histories();
  if (kind == "calls") return Calls();
  if (kind != "reads" && kind != "exports") return oci::InvalidInputError(absl::StrCat("no such attack: ", kind));
  ABSL_ASSIGN_OR_RETURN(const oci::Descriptor blob, BringBlob(channel));
  return kind == "reads" ? Reads(blob) : Exports(blob);
}

}  // namespace waybill::e2e::attack
