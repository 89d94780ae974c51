// SPDX-License-Identifier: Apache-2.0
#include "oci/places/open_image.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/layout/reader.h"
#include "oci/registry/host.h"
#include "oci/registry/referrers/referrers.h"
#include "oci/registry/transfer/repository.h"
#include "oci/registry/transfer/tags.h"
#include "oci/status_macros.h"

namespace waybill::oci::places {
namespace {

class LayoutImage final : public OpenedImage {
 public:
  LayoutImage(std::unique_ptr<layout::LayoutReader> layout, const std::string& tag)
      : OpenedImage(tag), layout_(std::move(layout)) {}

 private:
  Roles roles() override { return {*layout_, *layout_, *layout_, *layout_}; }

  const std::unique_ptr<layout::LayoutReader> layout_;
};

class RegistryImage final : public OpenedImage {
 public:
  RegistryImage(registry::Host& host, const std::string& repository, std::string name)
      : OpenedImage(std::move(name)),
        repository_(host, repository, registry::transfer::Repository::Reads::kFewest),
        referrers_(host, repository, traffic_),
        tags_(host, repository, traffic_) {}

 private:
  Roles roles() override { return {repository_, repository_, referrers_, tags_}; }

  registry::Traffic traffic_;
  registry::transfer::Repository repository_;
  registry::referrers::Referrers referrers_;
  registry::transfer::Tags tags_;
};

absl::StatusOr<std::unique_ptr<OpenedImage>> OpenRegistry(const ImageName& name, const ClientOf& client) {
  ABSL_ASSIGN_OR_RETURN(registry::Client* const registries, client());
  ABSL_ASSIGN_OR_RETURN(registry::Host* const host, registries->HostFor(name.reference->domain(), /*insecure=*/false));
  const image::Reference& reference = *name.reference;
  return OpenRegistryImage(*host, reference.path(),
                           reference.digest().has_value() ? reference.digest()->ToString() : reference.tag());
}

absl::StatusOr<std::unique_ptr<layout::LayoutReader>> OpenLayout(const Context& context, const ImageName& name) {
  if (name.kind == ImageName::Kind::kDirectory) return layout::OpenDirectory(context, name.path);
  auto archive = layout::OpenArchive(context, name.path);
  const bool has_no_index = ReasonOf(archive.status()) == Reason::kNotFound &&
                            archive.status().message().find(": it has no ") != absl::string_view::npos;
  if (name.kind != ImageName::Kind::kDockerArchive || !has_no_index) return archive;
  return UnsupportedError(absl::StrCat(archive.status().message(),
                                       ", so that it can hold no attestations: Docker before 25 and skopeo write such "
                                       "archives"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<OpenedImage>> OpenImage(const Context& context, const ImageName& name,
                                                       const ClientOf& client) {
  const std::string of = absl::StrCat("image ", name.text);
  if (name.kind == ImageName::Kind::kRegistry) {
    absl::StatusOr<std::unique_ptr<OpenedImage>> opened = OpenRegistry(name, client);
    return opened.ok() ? std::move(opened) : Annotate(opened.status(), of);
  }
  absl::StatusOr<std::unique_ptr<layout::LayoutReader>> opened = OpenLayout(context, name);
  if (!opened.ok()) return Annotate(opened.status(), of);
  return std::make_unique<LayoutImage>(*std::move(opened), name.tag);
}

std::unique_ptr<OpenedImage> OpenRegistryImage(registry::Host& host, const std::string& repository, std::string name) {
  return std::make_unique<RegistryImage>(host, repository, std::move(name));
}

}  // namespace waybill::oci::places
