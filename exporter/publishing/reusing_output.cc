// SPDX-License-Identifier: Apache-2.0
#include "exporter/publishing/reusing_output.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "exporter/publishing/earlier_attestations.h"
#include "exporter/publishing/image_roles.h"
#include "oci/content/store/memory_store.h"
#include "oci/content/union_fetcher.h"
#include "oci/error.h"
#include "oci/image/reference.h"
#include "oci/progress.h"
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
    std::vector<std::unique_ptr<Repository>> repositories;  // from which something was taken
    for (const std::string& name : image.names) {
      if (!earlier.is_open()) break;
      ABSL_ASSIGN_OR_RETURN(std::unique_ptr<Repository> used, LookAt(context, name, options, earlier, staging));
      if (used != nullptr) repositories.push_back(std::move(used));
    }
    if (earlier.reused().empty()) return output_->Deliver(context, image, options);
    ABSL_ASSIGN_OR_RETURN(oci::Descriptor root, earlier.Finish(context, staging));
    std::vector<oci::content::Fetcher*> fetchers = {&staging, &image.content};
    for (const std::unique_ptr<Repository>& one : repositories) fetchers.push_back(one.get());
    oci::content::UnionFetcher content(std::move(fetchers));
    ABSL_ASSIGN_OR_RETURN(answers::Delivery delivery,
                          output_->Deliver(context, WithContent(image, root, content), options));
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
  // The repository, if something was taken from it.
  absl::StatusOr<std::unique_ptr<Repository>> LookAt(const oci::Context& context, const std::string& name,
                                                     const request::ExportOptions& options,
                                                     EarlierAttestations& earlier, MemoryStore& staging) {
    ABSL_ASSIGN_OR_RETURN(const oci::image::Reference parsed, oci::image::Reference::Parse(name));
    const oci::image::Reference reference = parsed.WithDefaultTag();
    if (reference.tag().empty()) return nullptr;
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
    if (taken.ok() && *taken == 0) return nullptr;
    // One that says what it does not have: the next may.
    return std::make_unique<Repository>(*host, reference.path());
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
