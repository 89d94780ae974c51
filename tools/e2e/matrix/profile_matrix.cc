// SPDX-License-Identifier: Apache-2.0
#include "tools/e2e/matrix/profile_matrix.h"

#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/synchronization/mutex.h"
#include "exporter/exporter.h"
#include "exporter/output/registry_output.h"
#include "exporter/request/options.h"
#include "oci/content/store/memory_store.h"
#include "oci/content/union_fetcher.h"
#include "oci/http/curl/curl_transport.h"
#include "oci/platform.h"
#include "oci/progress.h"
#include "oci/registry/auth/credentials.h"
#include "oci/registry/client.h"
#include "oci/registry/server/registry_server.h"
#include "oci/registry/server/store/manifest_document.h"
#include "oci/registry/testing/simulated_clock.h"
#include "oci/status_macros.h"
#include "tools/e2e/matrix/oras_rules.h"

namespace waybill::e2e::matrix {
namespace {

using oci::Digest;
using oci::registry::server::RegistryServer;
using oci::registry::server::profiles::Profile;
using oci::registry::server::store::ManifestDocument;

constexpr char kRepository[] = "app";
constexpr char kReferenceDigest[] = "vnd.docker.reference.digest";
// Longer than any registry's listing lags behind.
constexpr absl::Duration kLater = absl::Seconds(60);

class Warnings : public oci::ProgressSink {
 public:
  void Report(const oci::ProgressEvent& event) override {
    if (event.state != oci::ProgressEvent::State::kWarning) return;
    absl::MutexLock lock(&mutex_);
    details_.insert(event.detail);
  }
  std::set<std::string> Take() {
    absl::MutexLock lock(&mutex_);
    return std::exchange(details_, {});
  }

 private:
  absl::Mutex mutex_;
  std::set<std::string> details_ ABSL_GUARDED_BY(mutex_);
};

class NoCredentials : public oci::registry::auth::CredentialSource {
 public:
  absl::StatusOr<oci::registry::auth::FoundCredentials> Find(const oci::Context&, absl::string_view, absl::string_view,
                                                             bool) override {
    return oci::registry::auth::FoundCredentials{{}, "nowhere"};
  }
};

// The text without what differs between runs: the registry's address, and digests by their order of appearance.
std::string Generalize(std::string text, const std::string& host) {
  text = absl::StrReplaceAll(text, {{host, "REGISTRY"}});
  for (size_t at = text.find("sha256:"); at != std::string::npos; at = text.find("sha256:", at + 1)) {
    const size_t end = text.find_first_not_of("0123456789abcdef", at + 7);
    text.replace(at, (end == std::string::npos ? text.size() : end) - at, "sha256:...");
  }
  return text;
}

// One registry, one client, one way to export.
class Scenario {
 public:
  static absl::StatusOr<std::unique_ptr<Scenario>> Start(const Profile& profile) {
    auto scenario = std::make_unique<Scenario>();
    ABSL_ASSIGN_OR_RETURN(scenario->registry_,
                          RegistryServer::Start({.behavior = profile.behavior,
                                                 .clock = [clock = &scenario->clock_] { return clock->Now(); }}));
    scenario->registry_->contents().AddRepository(kRepository);
    return scenario;
  }

  // What a user is told.
  std::string Push(const exporter::request::BuildResult& result, oci::content::Fetcher& blobs,
                   const std::string& placement, const std::string& form) {
    const absl::Status status = Export(result, blobs, placement, form);
    const std::set<std::string> warnings = warnings_.Take();
    const std::string& host = registry_->host();
    if (!status.ok()) return absl::StrCat("error: ", Generalize(std::string(status.message()), host));
    if (warnings.empty()) return "works";
    return absl::StrCat("works; ", Generalize(absl::StrJoin(warnings, "; "), host));
  }

  // Tags that stand in for the referrers API.
  size_t FallbackTags() const {
    size_t count = 0;
    for (const std::string& tag : registry_->contents().Tags(kRepository))
      count += absl::StartsWith(tag, "sha256-") ? 1 : 0;
    return count;
  }

  // Whether each attestation manifest that the last push made is found from its image.
  std::string Discover(size_t platforms) {
    const absl::Status waited = clock_.Sleep(oci::Context(), kLater);
    const std::optional<Digest> root = registry_->contents().Tagged(kRepository, "1");
    if (!waited.ok() || !root.has_value()) return "nothing was pushed";
    absl::StatusOr<std::vector<Digest>> images = Images(*root);
    if (!images.ok()) return absl::StrCat("error: ", images.status().message());
    size_t found = 0;
    for (const Digest& image : *images) {
      const auto referrers = DiscoverAsOras(registry_->host(), kRepository, image);
      if (!referrers.ok()) return absl::StrCat("error: ", referrers.status().message());
      found += referrers->size();
    }
    // One from each of the two builds.
    if (found == 2 * platforms) return "works";
    return found == 0 ? "none" : absl::StrCat(found, " of ", 2 * platforms);
  }

 private:
  absl::Status Export(const exporter::request::BuildResult& result, oci::content::Fetcher& blobs,
                      const std::string& placement, const std::string& form) {
    ABSL_ASSIGN_OR_RETURN(const auto options,
                          exporter::request::ExportOptions::FromRequest(
                              {.type = "image",
                               .attributes = {{"name", absl::StrCat(registry_->host(), "/", kRepository, ":1")},
                                              {"push", "true"},
                                              {"oci-mediatypes", "true"},
                                              {"oci-artifact", form == "artifact" ? "true" : "false"},
                                              {"attestation-placement", placement}}}));
    const exporter::Exporter exporter({.now = [] { return absl::UnixEpoch(); },
                                       .version = "v0.33.1",
                                       .host = oci::HostPlatform(),
                                       .scratch_directory = "/tmp"});
    oci::content::store::MemoryStore staging;
    exporter::output::RegistryOutput output(client_);
    const oci::Context context = oci::Context().WithProgress(warnings_);
    return exporter.Export(context, result, options, blobs, staging, output).status();
  }

  // The platform manifests of the index.
  absl::StatusOr<std::vector<Digest>> Images(const Digest& root) const {
    ABSL_ASSIGN_OR_RETURN(const std::string bytes, registry_->contents().Content(kRepository, root));
    ABSL_ASSIGN_OR_RETURN(const ManifestDocument index, oci::registry::server::store::ReadManifestDocument(bytes));
    std::vector<Digest> images;
    for (const auto& manifest : index.manifests) {
      if (!manifest.annotations.contains(kReferenceDigest)) images.push_back(manifest.digest);
    }
    return images;
  }

  oci::registry::testing::SimulatedClock clock_;
  Warnings warnings_;
  std::unique_ptr<RegistryServer> registry_;
  oci::http::curl::CurlTransport transport_{oci::http::curl::CurlTransport::Options{}};
  NoCredentials credentials_;
  oci::registry::Client client_{{transport_, credentials_, clock_}, {}};
};

// The same images with another provenance.
exporter::request::BuildResult WithNewAttestations(exporter::request::BuildResult result,
                                                   oci::content::store::MemoryStore& blobs) {
  const std::string predicate = R"({"buildDefinition":{"buildType":"https://example.com/again"}})";
  for (auto& [platform, attestations] : result.attestations) {
    for (exporter::request::Attestation& attestation : attestations) {
      if (!attestation.content.has_value()) continue;
      attestation.content->digest = blobs.Add(predicate);
      attestation.content->size = static_cast<int64_t>(predicate.size());
    }
  }
  return result;
}

}  // namespace

absl::StatusOr<MatrixRow> RunRow(const Profile& profile, const std::string& placement, const std::string& form,
                                 exporter::input::OpenedResult& sample) {
  ABSL_ASSIGN_OR_RETURN(const auto scenario, Scenario::Start(profile));
  MatrixRow row = {.profile = std::string(profile.name), .placement = placement, .form = form};
  row.first_push = scenario->Push(sample.result, *sample.blobs, placement, form);
  row.second_push = scenario->Push(sample.result, *sample.blobs, placement, form);
  oci::content::store::MemoryStore more;
  const exporter::request::BuildResult again = WithNewAttestations(sample.result, more);
  oci::content::UnionFetcher blobs({&more, sample.blobs.get()});
  row.new_attestations = scenario->Push(again, blobs, placement, form);
  row.discovered = scenario->Discover(sample.result.refs.size());
  row.fallback_tags = scenario->FallbackTags();
  return row;
}

absl::StatusOr<std::vector<MatrixRow>> RunMatrix(exporter::input::OpenedResult& sample) {
  std::vector<MatrixRow> rows;
  for (const Profile& profile : oci::registry::server::profiles::AllProfiles()) {
    for (const char* form : {"artifact", "legacy"}) {
      for (const char* placement : {"both", "index", "referrer"}) {
        ABSL_ASSIGN_OR_RETURN(MatrixRow row, RunRow(profile, placement, form, sample));
        rows.push_back(std::move(row));
      }
    }
  }
  return rows;
}

}  // namespace waybill::e2e::matrix
