// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/remote/layer_origins.h"

#include <cstdint>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "exporter/rpc/client.h"
#include "exporter/rpc/content/content_client.h"
#include "oci/content/content.h"
#include "oci/descriptor.h"
#include "oci/image/manifest.h"
#include "proto/containerd/services/content/v1/content.grpc.pb.h"

namespace waybill::exporter::bridge::remote {
namespace {

namespace wire = containerd::services::content::v1;

constexpr absl::Duration kTimeout = absl::Seconds(10);
constexpr size_t kMaxDocuments = 256;
constexpr absl::string_view kLabel = "containerd.io/distribution.source.";

// A document that came from a registry: a manifest, or a config.
struct Pulled {
  oci::Descriptor document;
  std::vector<std::string> repositories;
};

std::vector<std::string> RepositoriesOf(const wire::Info& info, const std::set<std::string>& hosts) {
  std::vector<std::string> repositories;
  for (const std::string& host : hosts) {
    const auto label = info.labels().find(absl::StrCat(kLabel, host));
    if (label == info.labels().end()) continue;
    for (absl::string_view path : absl::StrSplit(label->second, ',', absl::SkipEmpty())) {
      repositories.push_back(absl::StrCat(host, "/", path));
    }
  }
  return repositories;
}

std::vector<Pulled> List(const oci::Context& context, const std::shared_ptr<grpc::ChannelInterface>& daemon,
                         const std::set<std::string>& hosts) {
  wire::ListContentRequest request;
  for (const std::string& host : hosts) request.add_filters(absl::StrCat("labels.\"", kLabel, host, "\""));
  rpc::ClientCall call(context);
  const auto stub = wire::Content::NewStub(daemon);
  const auto stream = stub->List(&call.grpc(), request);
  std::vector<Pulled> pulled;
  wire::ListContentResponse response;
  while (pulled.size() < kMaxDocuments && stream->Read(&response)) {
    for (const wire::Info& info : response.info()) {
      absl::StatusOr<oci::Digest> digest = oci::Digest::Parse(info.digest());
      std::vector<std::string> repositories = RepositoriesOf(info, hosts);
      if (!digest.ok() || repositories.empty() || info.size() > oci::image::kMaxManifestBytes) continue;
      pulled.push_back({{.digest = *std::move(digest), .size = info.size()}, std::move(repositories)});
      if (pulled.size() == kMaxDocuments) break;
    }
  }
  call.Cancel();
  stream->Finish();
  return pulled;
}

}  // namespace

std::map<oci::Digest, std::vector<std::string>> LayerOrigins(const oci::Context& context,
                                                             const std::shared_ptr<grpc::ChannelInterface>& daemon,
                                                             const std::set<std::string>& hosts, oci::Clock& clock) {
  std::map<oci::Digest, std::vector<std::string>> origins;
  if (hosts.empty()) return origins;
  const oci::Context limited = context.WithDeadline(clock.Now() + kTimeout);
  rpc::content::ContentClient content(daemon, {});
  for (const Pulled& pulled : List(limited, daemon, hosts)) {
    const absl::StatusOr<std::string> bytes =
        oci::content::VerifiedBytes(limited, content, pulled.document, oci::image::kMaxManifestBytes);
    if (!bytes.ok()) continue;
    const absl::StatusOr<oci::image::Manifest> manifest = oci::image::ParseManifest(*bytes);
    if (!manifest.ok()) continue;
    for (const oci::Descriptor& layer : manifest->layers) {
      std::vector<std::string>& known = origins[layer.digest];
      known.insert(known.end(), pulled.repositories.begin(), pulled.repositories.end());
    }
  }
  return origins;
}

}  // namespace waybill::exporter::bridge::remote
