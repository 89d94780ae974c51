// SPDX-License-Identifier: Apache-2.0
// exporter/service: whatever a client writes through the content service, a blob that appears has its digest. Input:
// one Write call, each request with its length (a varint) before it.
#include <google/protobuf/util/delimited_message_util.h>
#include <grpcpp/grpcpp.h>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "exporter/rpc/admission/client_memory.h"
#include "exporter/rpc/admission/client_places.h"
#include "exporter/rpc/admission/gate.h"
#include "exporter/service/content/content_service.h"
#include "exporter/service/store/service_store.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/work/queue.h"
#include "proto/containerd/services/content/v1/content.grpc.pb.h"
#include "tools/fuzz/require.h"

namespace api = containerd::services::content::v1;
namespace oci = waybill::oci;
using waybill::fuzz::Require;

namespace {

constexpr int kMostRequests = 16;

// A service over a directory of its own, which goes with it.
class Service {
 public:
  Service() {
    grpc::ServerBuilder builder;
    builder.RegisterService(&content_);
    server_ = builder.BuildAndStart();
    Require(server_ != nullptr, "a server without a port starts");
  }
  ~Service() {
    server_->Shutdown();
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  void Write(const uint8_t* data, size_t size) {
    grpc::ClientContext context;
    const auto stub = api::Content::NewStub(server_->InProcessChannel({}));
    const auto stream = stub->Write(&context);
    google::protobuf::io::ArrayInputStream input(data, static_cast<int>(size));
    api::WriteContentRequest request;
    api::WriteContentResponse response;
    bool clean_end = false;
    for (int i = 0; i < kMostRequests; ++i) {
      request.Clear();
      if (!google::protobuf::util::ParseDelimitedFromZeroCopyStream(&request, &input, &clean_end)) break;
      if (!stream->Write(request) || !stream->Read(&response)) break;
    }
    stream->WritesDone();
    (void)stream->Finish().ok();
  }

  void CheckBlobs() {
    const absl::Status listed =
        store_.catalog.List(oci::Context(), [&](const waybill::exporter::service::store::BlobInfo& blob) {
          const oci::Descriptor descriptor = {.digest = blob.digest, .size = blob.size};
          return oci::content::VerifiedBytes(oci::Context(), store_.blobs, descriptor, int64_t{1} << 30).status();
        });
    Require(listed.ok(), "a blob has its digest");
    Require(store_.ingests.List().ok(), "uploads can be listed");
  }

 private:
  static std::string NewRoot() {
    const char* parent = getenv("TEST_TMPDIR");
    std::string path = absl::StrCat(parent == nullptr ? "/tmp" : parent, "/writes-XXXXXX");
    Require(mkdtemp(path.data()) != nullptr, "there is a temporary directory");
    return path;
  }

  const std::string root_ = NewRoot();
  waybill::exporter::service::store::ServiceStore store_{{.root = root_, .files = {.sync = false}, .now = absl::Now}};
  waybill::exporter::rpc::admission::ClientMemory memory_{int64_t{1} << 30, int64_t{1} << 30};
  waybill::exporter::rpc::admission::Gate gate_;
  oci::work::Queue queue_{{.name = "content", .parallel = 1, .max_waiting = 10}};
  waybill::exporter::rpc::admission::ClientPlaces places_{"calls", "--client-calls", 10};
  waybill::exporter::service::content::ContentService content_{
      {.store = store_, .workplace = {gate_, queue_, places_}, .memory = memory_}};
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Service content;
  // The second call finds what the first left: a blob, or an upload to go on with.
  for (int call = 0; call < 2; ++call) {
    content.Write(data, size);
    content.CheckBlobs();
  }
  return 0;
}
