// SPDX-License-Identifier: Apache-2.0
#include "exporter/input/image/registry_image.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "exporter/input/image/hosts.h"
#include "exporter/input/image/image.h"
#include "exporter/request/metadata.h"
#include "oci/content/content.h"
#include "oci/content/store/temporary_store.h"
#include "oci/content/union_fetcher.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/image/reference.h"
#include "oci/io/stream.h"
#include "oci/status_macros.h"

namespace waybill::exporter::input::image {
namespace {

// Owns the client, the repositories and what was made from the image.
class RegistryBlobs final : public oci::content::Fetcher {
 public:
  RegistryBlobs(std::unique_ptr<oci::registry::EnvironmentClient> client, std::unique_ptr<ImageHosts> hosts,
                std::unique_ptr<oci::content::store::TemporaryStore> made)
      : client_(std::move(client)),
        hosts_(std::move(hosts)),
        made_(std::move(made)),
        both_({&made_->store(), hosts_.get()}) {}

  absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(const oci::Context& context,
                                                         const oci::Descriptor& descriptor) override {
    return both_.Fetch(context, descriptor);
  }
  ImageHosts& hosts() { return *hosts_; }
  oci::content::Store& store() { return made_->store(); }

 private:
  const std::unique_ptr<oci::registry::EnvironmentClient> client_;
  const std::unique_ptr<ImageHosts> hosts_;
  const std::unique_ptr<oci::content::store::TemporaryStore> made_;
  oci::content::UnionFetcher both_;
};

absl::StatusOr<OpenedResult> Import(const oci::Context& context,
                                    std::unique_ptr<oci::registry::EnvironmentClient> client,
                                    const oci::image::Reference& image, const std::string& scratch,
                                    const std::vector<oci::Platform>& platforms) {
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<ImageHosts> hosts, ImageHosts::For(client->client(), image, scratch));
  ABSL_ASSIGN_OR_RETURN(const oci::Descriptor root, hosts->Resolve(context, image));
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<oci::content::store::TemporaryStore> made,
                        oci::content::store::TemporaryStore::Create(scratch));
  auto blobs = std::make_unique<RegistryBlobs>(std::move(client), std::move(hosts), std::move(made));
  const ImageParts parts{.content = blobs->hosts(),
                         .store = blobs->store(),
                         .scratch_directory = scratch,
                         .referrers = &blobs->hosts(),
                         .platforms = platforms};
  ABSL_ASSIGN_OR_RETURN(request::BuildResult result, ImportImage(context, root, parts));
  if (!image.tag().empty()) result.metadata[std::string(request::kImageNameKey)] = image.ToString();
  return OpenedResult{.result = std::move(result), .blobs = std::move(blobs)};
}

}  // namespace

absl::StatusOr<OpenedResult> OpenRegistryImage(const oci::Context& context,
                                               std::unique_ptr<oci::registry::EnvironmentClient> client,
                                               absl::string_view text, const std::string& scratch_directory,
                                               const std::vector<oci::Platform>& platforms) {
  absl::string_view rest = text;
  if (!absl::ConsumePrefix(&rest, kRegistryScheme)) {
    return oci::InvalidInputError(absl::StrCat("image ", text, ": expected docker://HOST/REPO[:TAG|@DIGEST]"));
  }
  const absl::StatusOr<oci::image::Reference> image = oci::image::Reference::Parse(rest);
  if (!image.ok())
    return oci::Annotate(image.status(), absl::StrCat("image ", text, ": HOST/REPO[:TAG|@DIGEST] is wanted"));
  absl::StatusOr<OpenedResult> opened =
      Import(context, std::move(client), image->WithDefaultTag(), scratch_directory, platforms);
  if (opened.ok()) return opened;
  // What the registry gave is broken, and not what the user asked for.
  const absl::Status error =
      oci::ReasonOf(opened.status()) == oci::Reason::kInvalidInput
          ? oci::MakeError(oci::Reason::kRefused, opened.status().message(), oci::MetadataOf(opened.status()))
          : opened.status();
  return oci::Annotate(error, absl::StrCat("image ", text));
}

}  // namespace waybill::exporter::input::image
