// SPDX-License-Identifier: Apache-2.0
#include "exporter/input/image/hosts.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "exporter/input/image/mirrored_blob.h"
#include "oci/error.h"
#include "oci/image/media_types.h"
#include "oci/progress.h"
#include "oci/registry/config/host_config.h"
#include "oci/registry/referrers/referrers.h"
#include "oci/status_macros.h"

namespace waybill::exporter::input::image {

namespace {

bool IsDocument(const oci::Descriptor& descriptor) {
  return oci::image::IsIndex(descriptor.media_type) || oci::image::IsManifest(descriptor.media_type);
}

}  // namespace

absl::StatusOr<std::unique_ptr<ImageHosts>> ImageHosts::For(oci::registry::Client& client,
                                                            const oci::image::Reference& image,
                                                            const std::string& scratch_directory) {
  auto hosts = std::make_unique<ImageHosts>();
  hosts->scratch_ = scratch_directory;
  ABSL_ASSIGN_OR_RETURN(oci::registry::Host* const own, client.HostFor(image.domain(), /*insecure=*/false));
  for (const std::string& mirror : own->config().mirrors) {
    const size_t slash = mirror.find('/');
    const std::string path = slash == std::string::npos ? "" : mirror.substr(slash + 1) + "/";
    ABSL_ASSIGN_OR_RETURN(oci::registry::Host* const host, client.MirrorFor(mirror.substr(0, slash)));
    hosts->places_.push_back(std::make_unique<Place>(*host, absl::StrCat(path, image.path())));
  }
  hosts->places_.push_back(std::make_unique<Place>(*own, image.path()));
  return hosts;
}

void ImageHosts::PassOver(const oci::Context& context, Place& place, const absl::Status& why) {
  const std::optional<oci::Reason> reason = oci::ReasonOf(why);
  // What it lacks today, or what we have no room for, says nothing about the rest.
  if (reason != oci::Reason::kNotFound && reason != oci::Reason::kStorage) place.out.store(true);
  if (place.failed.exchange(true)) return;
  context.Report(
      {.state = oci::ProgressEvent::State::kWarning,
       .detail = absl::StrCat("mirror ", place.host.domain(), "/", place.name, " is passed over: ", why.message())});
}

absl::StatusOr<size_t> ImageHosts::Ask(const oci::Context& context, size_t from,
                                       const std::function<absl::Status(Place&)>& ask) {
  for (size_t i = from;; ++i) {
    Place& place = *places_[i];
    const bool last = i + 1 == places_.size();
    if (!last && place.out.load()) continue;
    const absl::Status status = ask(place);
    if (status.ok()) return i;
    ABSL_RETURN_IF_ERROR(context.Check());
    if (last) return status;
    PassOver(context, place, status);
  }
}

absl::StatusOr<oci::Descriptor> ImageHosts::Resolve(const oci::Context& context, const oci::image::Reference& image) {
  const std::string reference = image.digest().has_value() ? image.digest()->ToString() : image.tag();
  std::optional<oci::Descriptor> root;
  const auto resolve = [&](Place& place) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(root, place.repository.Resolve(context, reference));
    if (&place == places_.back().get() || IsDocument(*root)) return absl::OkStatus();
    return oci::MakeError(oci::Reason::kRefused, absl::StrCat("it has a ", root->media_type, " as ", reference));
  };
  ABSL_ASSIGN_OR_RETURN(first_, Ask(context, 0, resolve));
  return *std::move(root);
}

absl::StatusOr<std::unique_ptr<oci::io::Source>> ImageHosts::Fetch(const oci::Context& context,
                                                                   const oci::Descriptor& descriptor) {
  return FetchFrom(context, first_, descriptor);
}

absl::StatusOr<std::unique_ptr<oci::io::Source>> ImageHosts::FetchFrom(const oci::Context& context, size_t from,
                                                                       const oci::Descriptor& descriptor) {
  std::unique_ptr<oci::io::Source> source;
  const auto fetch = [&](Place& place) -> absl::Status {
    ABSL_ASSIGN_OR_RETURN(source, place.repository.Fetch(context, descriptor));
    return absl::OkStatus();
  };
  ABSL_ASSIGN_OR_RETURN(const size_t at, Ask(context, from, fetch));
  // Documents are checked already.
  if (at + 1 == places_.size() || IsDocument(descriptor)) return source;
  const auto instead = [this, at, descriptor](const oci::Context& inner, const absl::Status& why) {
    PassOver(inner, *places_[at], why);
    return FetchFrom(inner, at + 1, descriptor);
  };
  return std::make_unique<MirroredBlob>(descriptor, std::move(source), scratch_, instead);
}

absl::StatusOr<oci::content::ReferrerList> ImageHosts::ListReferrers(const oci::Context& context,
                                                                     const oci::Digest& subject, size_t limit) {
  oci::content::ReferrerList listed;
  const auto list = [&](Place& place) -> absl::Status {
    oci::registry::Traffic traffic;
    oci::registry::referrers::Referrers referrers(place.host, place.name, traffic);
    ABSL_ASSIGN_OR_RETURN(listed, referrers.ListReferrers(context, subject, limit));
    return absl::OkStatus();
  };
  ABSL_RETURN_IF_ERROR(Ask(context, first_, list).status());
  return listed;
}

}  // namespace waybill::exporter::input::image
