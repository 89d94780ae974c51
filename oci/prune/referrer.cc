// SPDX-License-Identifier: Apache-2.0
#include "oci/prune/referrer.h"

#include "absl/strings/str_cat.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"

namespace waybill::oci::prune {

std::optional<ReferrerTag> ParseReferrerTag(absl::string_view tag) {
  const absl::string_view whole = tag.substr(0, tag.find('.'));
  const absl::string_view suffix = tag.substr(whole.size());
  if (!suffix.empty() && suffix != ".sig" && suffix != ".att" && suffix != ".sbom") return std::nullopt;
  const size_t dash = whole.find('-');
  if (dash == whole.npos) return std::nullopt;
  absl::StatusOr<Digest> subject = Digest::Parse(absl::StrCat(whole.substr(0, dash), ":", whole.substr(dash + 1)));
  if (!subject.ok()) return std::nullopt;
  return ReferrerTag{.tag = std::string(tag),
                     .kind = suffix.empty() ? Kind::kFallbackTag : Kind::kCosignTag,
                     .subject = *std::move(subject)};
}

std::optional<Digest> SubjectOf(absl::string_view media_type, absl::string_view bytes) {
  std::optional<Descriptor> subject;
  if (image::IsIndex(media_type)) {
    if (const absl::StatusOr<image::Index> index = image::ParseIndex(bytes); index.ok()) subject = index->subject;
  } else if (image::IsManifest(media_type)) {
    if (const absl::StatusOr<image::Manifest> manifest = image::ParseManifest(bytes); manifest.ok()) {
      subject = manifest->subject;
    }
  }
  if (!subject.has_value()) return std::nullopt;
  return subject->digest;
}

}  // namespace waybill::oci::prune
