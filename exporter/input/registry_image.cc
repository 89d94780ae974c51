// SPDX-License-Identifier: Apache-2.0
#include "exporter/input/registry_image.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "exporter/input/image.h"
#include "exporter/metadata.h"
#include "oci/content/content.h"
#include "oci/content/temporary_store.h"
#include "oci/content/union_fetcher.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/io/stream.h"
#include "oci/media_types.h"
#include "oci/reference.h"
#include "oci/registry/host.h"
#include "oci/registry/referrers.h"
#include "oci/registry/repository.h"
#include "oci/status_macros.h"

namespace waybill::exporter::input {
namespace {

// A repository that has the image, and its root.
struct Found {
  oci::registry::Host* host;
  std::string name;
  std::unique_ptr<oci::registry::Repository> repository;
  oci::Descriptor root;
};

// Owns the client, the repository and what was made from the image.
class RegistryBlobs final : public oci::content::Fetcher {
 public:
  RegistryBlobs(std::unique_ptr<oci::registry::EnvironmentClient> client,
                std::unique_ptr<oci::registry::Repository> repository,
                std::unique_ptr<oci::content::TemporaryStore> made)
      : client_(std::move(client)),
        repository_(std::move(repository)),
        made_(std::move(made)),
        both_({&made_->store(), repository_.get()}) {}

  absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(const oci::Context& context,
                                                         const oci::Descriptor& descriptor) override {
    return both_.Fetch(context, descriptor);
  }
  oci::registry::Repository& repository() { return *repository_; }
  oci::content::Store& store() { return made_->store(); }

 private:
  const std::unique_ptr<oci::registry::EnvironmentClient> client_;
  const std::unique_ptr<oci::registry::Repository> repository_;
  const std::unique_ptr<oci::content::TemporaryStore> made_;
  oci::content::UnionFetcher both_;
};

absl::StatusOr<Found> FindAt(const oci::Context& context, oci::registry::Client& client, const std::string& domain,
                             const std::string& name, const std::string& reference) {
  ABSL_ASSIGN_OR_RETURN(oci::registry::Host* const host, client.HostFor(domain, /*insecure=*/false));
  auto repository = std::make_unique<oci::registry::Repository>(*host, name);
  ABSL_ASSIGN_OR_RETURN(oci::Descriptor root, repository->Resolve(context, reference));
  return Found{host, name, std::move(repository), std::move(root)};
}

// The mirrors of the host in order, then the host itself. A mirror that fails, for whatever reason, is passed over.
absl::StatusOr<Found> FindImage(const oci::Context& context, oci::registry::Client& client,
                                const oci::Reference& image) {
  const std::string reference = image.digest().has_value() ? image.digest()->ToString() : image.tag();
  ABSL_ASSIGN_OR_RETURN(oci::registry::Host* const host, client.HostFor(image.domain(), /*insecure=*/false));
  for (const std::string& mirror : host->config().mirrors) {
    const size_t slash = mirror.find('/');
    const std::string path = slash == std::string::npos ? "" : mirror.substr(slash + 1) + "/";
    absl::StatusOr<Found> found =
        FindAt(context, client, mirror.substr(0, slash), absl::StrCat(path, image.path()), reference);
    if (found.ok()) return found;
    ABSL_RETURN_IF_ERROR(context.Check());
  }
  return FindAt(context, client, image.domain(), image.path(), reference);
}

absl::StatusOr<Bundle> Import(const oci::Context& context, std::unique_ptr<oci::registry::EnvironmentClient> client,
                              const oci::Reference& image, const std::string& scratch) {
  ABSL_ASSIGN_OR_RETURN(Found found, FindImage(context, client->client(), image));
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<oci::content::TemporaryStore> made,
                        oci::content::TemporaryStore::Create(scratch));
  auto blobs = std::make_unique<RegistryBlobs>(std::move(client), std::move(found.repository), std::move(made));
  oci::registry::Traffic traffic;
  oci::registry::Referrers referrers(*found.host, found.name, traffic);
  const ImageParts parts{.content = blobs->repository(),
                         .store = blobs->store(),
                         .scratch_directory = scratch,
                         .referrers = [&](const oci::Digest& subject) {
                           return referrers.List(context, subject, std::string(oci::kAttestationManifest));
                         }};
  ABSL_ASSIGN_OR_RETURN(BuildResult result, ImportImage(context, found.root, parts));
  if (!image.tag().empty()) result.metadata[std::string(kImageNameKey)] = image.ToString();
  return Bundle{.result = std::move(result), .blobs = std::move(blobs)};
}

}  // namespace

absl::StatusOr<Bundle> OpenRegistryImage(const oci::Context& context,
                                         std::unique_ptr<oci::registry::EnvironmentClient> client,
                                         absl::string_view text, const std::string& scratch_directory) {
  absl::string_view rest = text;
  if (!absl::ConsumePrefix(&rest, kRegistryScheme)) {
    return oci::InvalidInputError(absl::StrCat("image ", text, ": expected docker://HOST/REPO[:TAG|@DIGEST]"));
  }
  const absl::StatusOr<oci::Reference> image = oci::Reference::Parse(rest);
  absl::StatusOr<Bundle> bundle =
      image.ok() ? Import(context, std::move(client), image->WithDefaultTag(), scratch_directory) : image.status();
  if (!bundle.ok()) return oci::Annotate(bundle.status(), absl::StrCat("image ", text));
  return bundle;
}

}  // namespace waybill::exporter::input
