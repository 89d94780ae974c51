// SPDX-License-Identifier: Apache-2.0
#include "exporter/publishing/reusing_output.h"

#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "attest/sign/bundle.h"
#include "exporter/publishing/earlier_attestations.h"
#include "exporter/publishing/image_roles.h"
#include "oci/content/store/memory_store.h"
#include "oci/content/union_fetcher.h"
#include "oci/error.h"
#include "oci/image/reference.h"
#include "oci/progress.h"
#include "oci/registry/host.h"
#include "oci/registry/referrers/referrers.h"
#include "oci/registry/transfer/repository.h"
#include "oci/status_macros.h"

namespace waybill::exporter::publishing {
namespace {

using oci::content::store::MemoryStore;
using oci::registry::transfer::Repository;

class ReusingOutput final : public Output {
 public:
  ReusingOutput(std::unique_ptr<Output> output, oci::registry::Client& registries)
      : output_(std::move(output)), registries_(registries) {}

  absl::StatusOr<answers::Delivery> Deliver(const oci::Context& context, const Image& image,
                                            const request::ExportOptions& options) override {
    ABSL_ASSIGN_OR_RETURN(EarlierAttestations earlier, EarlierAttestations::Make(context, image.content, image.root));
    MemoryStore staging;
    std::vector<Used> used;
    for (const std::string& name : image.names) {
      if (!earlier.is_open()) break;
      ABSL_ASSIGN_OR_RETURN(std::optional<Used> one, LookAt(context, name, options, earlier, staging));
      if (one.has_value()) used.push_back(*std::move(one));
    }
    if (earlier.reused().empty()) return output_->Deliver(context, image, options);
    ABSL_ASSIGN_OR_RETURN(oci::Descriptor root, earlier.Finish(context, staging));
    std::vector<oci::content::Fetcher*> fetchers = {&staging, &image.content};
    for (const Used& one : used) fetchers.push_back(one.content.get());
    oci::content::UnionFetcher content(std::move(fetchers));
    Image kept = WithContent(image, root, content);
    if (!options.publishing.key.empty()) {
      ABSL_ASSIGN_OR_RETURN(kept.artifacts, BundlesOf(context, earlier.reused(), root.digest, used));
    }
    ABSL_ASSIGN_OR_RETURN(answers::Delivery delivery, output_->Deliver(context, kept, options));
    delivery.root = std::move(root);
    delivery.reused = earlier.reused();
    for (const answers::ReusedAttestations& one : delivery.reused) {
      context.Report({.item = absl::StrCat("reusing attestations of ", one.platform),
                      .state = oci::ProgressEvent::State::kDone,
                      .detail = one.attestations.ToString()});
    }
    return delivery;
  }

 private:
  // A repository from which something was taken.
  struct Used {
    oci::registry::Host* host;
    std::string path;
    std::unique_ptr<Repository> content;
  };

  // What was signed of the images before, of their attestation manifests and of the index, so that it is not signed
  // again. A registry that does not list it costs a warning.
  static absl::StatusOr<std::vector<oci::Descriptor>> BundlesOf(const oci::Context& context,
                                                                const std::vector<answers::ReusedAttestations>& reused,
                                                                const oci::Digest& root,
                                                                const std::vector<Used>& repositories) {
    std::vector<oci::Digest> subjects = {root};
    for (const answers::ReusedAttestations& one : reused) {
      subjects.insert(subjects.end(), {one.image, one.attestations});
    }
    std::vector<oci::Descriptor> bundles;
    std::set<oci::Digest> seen;
    for (const Used& repository : repositories) {
      oci::registry::Traffic traffic;
      oci::registry::referrers::Referrers referrers(*repository.host, repository.path, traffic);
      for (const oci::Digest& subject : subjects) {
        const auto listed = referrers.List(context, subject, std::string(attest::sign::kBundleType));
        ABSL_RETURN_IF_ERROR(context.Check());
        if (!listed.ok()) {
          context.Report({.state = oci::ProgressEvent::State::kWarning,
                          .detail = absl::StrCat("attestations=reuse: signatures of before are not known: ",
                                                 listed.status().message())});
          continue;
        }
        for (const oci::Descriptor& bundle : *listed) {
          if (seen.insert(bundle.digest).second) bundles.push_back(bundle);
        }
      }
    }
    return bundles;
  }

  absl::StatusOr<std::optional<Used>> LookAt(const oci::Context& context, const std::string& name,
                                             const request::ExportOptions& options, EarlierAttestations& earlier,
                                             MemoryStore& staging) {
    ABSL_ASSIGN_OR_RETURN(const oci::image::Reference parsed, oci::image::Reference::Parse(name));
    const oci::image::Reference reference = parsed.WithDefaultTag();
    if (reference.tag().empty()) return std::nullopt;
    ABSL_ASSIGN_OR_RETURN(oci::registry::Host* const host,
                          registries_.HostFor(reference.domain(), options.registry_insecure));
    Repository looked_at(*host, reference.path(), Repository::Reads::kFewest);
    const absl::StatusOr<size_t> taken = Take(context, reference.tag(), looked_at, earlier, staging);
    ABSL_RETURN_IF_ERROR(context.Check());
    // What was taken before an error is used all the same.
    if (!taken.ok() && oci::ReasonOf(taken.status()) != oci::Reason::kNotFound) {
      context.Report({.state = oci::ProgressEvent::State::kWarning,
                      .detail = absl::StrCat("attestations=reuse: ", name, ": ", taken.status().message())});
    }
    if (taken.ok() && *taken == 0) return std::nullopt;
    // One that says what it does not have: the next may.
    return Used{.host = host,
                .path = std::string(reference.path()),
                .content = std::make_unique<Repository>(*host, reference.path())};
  }

  static absl::StatusOr<size_t> Take(const oci::Context& context, const std::string& tag, Repository& repository,
                                     EarlierAttestations& earlier, MemoryStore& staging) {
    ABSL_ASSIGN_OR_RETURN(const oci::Descriptor root, repository.Resolve(context, tag));
    return earlier.LookAt(context, repository, root, staging);
  }

  const std::unique_ptr<Output> output_;
  oci::registry::Client& registries_;
};

}  // namespace

std::unique_ptr<Output> ReusingAttestations(std::unique_ptr<Output> output, oci::registry::Client& registries) {
  return std::make_unique<ReusingOutput>(std::move(output), registries);
}

}  // namespace waybill::exporter::publishing
