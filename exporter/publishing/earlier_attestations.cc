// SPDX-License-Identifier: Apache-2.0
#include "exporter/publishing/earlier_attestations.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/image/attestation.h"
#include "oci/image/media_types.h"
#include "oci/io/string.h"
#include "oci/json/edit.h"
#include "oci/json/json.h"
#include "oci/platform.h"
#include "oci/status_macros.h"

namespace waybill::exporter::publishing {
namespace {

using attest::AttestationManifest;
using oci::image::Index;

absl::StatusOr<std::string> ReadDocument(const oci::Context& context, oci::content::Fetcher& content,
                                         const oci::Descriptor& descriptor) {
  return oci::content::VerifiedBytes(context, content, descriptor, oci::image::kMaxManifestBytes);
}

absl::Status Stage(const oci::Context& context, oci::content::Store& staging, const oci::Descriptor& descriptor,
                   std::string bytes) {
  return staging.Push(context,
                      {.descriptor = descriptor, .source = std::make_unique<oci::io::StringSource>(std::move(bytes))});
}

// The image that an index entry says it is about; unset for other entries.
std::optional<oci::Digest> ImageOf(const oci::Descriptor& entry) {
  if (!oci::image::IsManifest(entry.media_type)) return std::nullopt;
  const auto mark = oci::image::FindAttestationMark(entry, /*artifact_type=*/"", /*subject=*/std::nullopt);
  return mark.has_value() ? mark->image : std::nullopt;
}

const oci::Descriptor* Find(const Index& index, const oci::Digest& digest) {
  const auto found = std::find_if(index.manifests.begin(), index.manifests.end(),
                                  [&](const oci::Descriptor& entry) { return entry.digest == digest; });
  return found == index.manifests.end() ? nullptr : &*found;
}

// The only entry about the image; nullptr when there is none, or another, or when the index does not list the image.
const oci::Descriptor* OnlyOneAbout(const Index& index, const oci::Digest& image) {
  const oci::Descriptor* only = nullptr;
  for (const oci::Descriptor& entry : index.manifests) {
    if (ImageOf(entry) != image) continue;
    if (only != nullptr) return nullptr;
    only = &entry;
  }
  return Find(index, image) == nullptr ? nullptr : only;
}

std::vector<std::string> TypesOf(const AttestationManifest& attestation) {
  std::vector<std::string> types;
  for (const oci::Descriptor& statement : attestation.statements) types.push_back(attest::PredicateTypeOf(statement));
  std::sort(types.begin(), types.end());
  return types;
}

bool Fits(const AttestationManifest& earlier, const AttestationManifest& wanted) {
  const std::vector<std::string> has = TypesOf(earlier);
  const std::vector<std::string> needs = TypesOf(wanted);
  return earlier.form == wanted.form && earlier.image == wanted.image &&
         std::includes(has.begin(), has.end(), needs.begin(), needs.end());
}

absl::StatusOr<std::string> EntryOf(absl::string_view raw, const oci::Descriptor& earlier) {
  ABSL_ASSIGN_OR_RETURN(const std::string with_digest,
                        oci::json::WithMember(raw, "digest", oci::json::Quote(earlier.digest.ToString()), {}, 3));
  return oci::json::WithMember(with_digest, "size", absl::StrCat(earlier.size), {}, 3);
}

}  // namespace

absl::StatusOr<EarlierAttestations> EarlierAttestations::Make(const oci::Context& context,
                                                              oci::content::Fetcher& content,
                                                              const oci::Descriptor& root) {
  EarlierAttestations made(root);
  if (!oci::image::IsIndex(root.media_type)) return made;
  ABSL_ASSIGN_OR_RETURN(made.bytes_, ReadDocument(context, content, root));
  ABSL_ASSIGN_OR_RETURN(const Index index, oci::image::ParseIndex(made.bytes_));
  for (size_t i = 0; i < index.manifests.size(); ++i) {
    const oci::Descriptor& entry = index.manifests[i];
    const std::optional<oci::Digest> about = ImageOf(entry);
    const oci::Descriptor* const image = about.has_value() ? Find(index, *about) : nullptr;
    if (image == nullptr || OnlyOneAbout(index, *about) == nullptr) continue;
    ABSL_ASSIGN_OR_RETURN(const std::string bytes, ReadDocument(context, content, entry));
    ABSL_ASSIGN_OR_RETURN(const oci::image::Manifest manifest, oci::image::ParseManifest(bytes));
    std::optional<AttestationManifest> attestation = attest::TakeApart(entry, manifest);
    if (!attestation.has_value()) continue;
    made.entries_.push_back({.place = i,
                             .attestation = *std::move(attestation),
                             .platform = image->platform.has_value() ? oci::FormatShort(*image->platform) : ""});
  }
  return made;
}

bool EarlierAttestations::is_open() const {
  return std::any_of(entries_.begin(), entries_.end(), [](const Entry& one) { return !one.earlier.has_value(); });
}

absl::StatusOr<size_t> EarlierAttestations::LookAt(const oci::Context& context, oci::content::Fetcher& content,
                                                   const oci::Descriptor& root, oci::content::Store& staging) {
  if (!oci::image::IsIndex(root.media_type)) return 0;
  ABSL_ASSIGN_OR_RETURN(const std::string bytes, ReadDocument(context, content, root));
  ABSL_ASSIGN_OR_RETURN(const Index index, oci::image::ParseIndex(bytes));
  size_t taken = 0;
  for (Entry& one : entries_) {
    if (one.earlier.has_value()) continue;
    const oci::Descriptor* const entry = OnlyOneAbout(index, *one.attestation.image);
    if (entry == nullptr) continue;
    ABSL_ASSIGN_OR_RETURN(std::string document, ReadDocument(context, content, *entry));
    ABSL_ASSIGN_OR_RETURN(const oci::image::Manifest manifest, oci::image::ParseManifest(document));
    const std::optional<AttestationManifest> attestation = attest::TakeApart(*entry, manifest);
    if (!attestation.has_value() || !Fits(*attestation, one.attestation)) continue;
    // The entry's word goes before the manifest's own.
    if (manifest.subject.has_value() && manifest.subject->digest != *attestation->image) continue;
    ABSL_RETURN_IF_ERROR(Stage(context, staging, *entry, std::move(document)));
    one.earlier = *entry;
    ++taken;
  }
  return taken;
}

std::vector<answers::ReusedAttestations> EarlierAttestations::reused() const {
  std::vector<answers::ReusedAttestations> reused;
  for (const Entry& one : entries_) {
    if (!one.earlier.has_value()) continue;
    reused.push_back({.platform = one.platform, .image = *one.attestation.image, .attestations = one.earlier->digest});
  }
  return reused;
}

absl::StatusOr<oci::Descriptor> EarlierAttestations::Finish(const oci::Context& context,
                                                            oci::content::Store& staging) const {
  if (entries_.empty()) return root_;
  ABSL_ASSIGN_OR_RETURN(const oci::json::Fields fields, oci::json::Fields::Parse(bytes_));
  ABSL_ASSIGN_OR_RETURN(const std::vector<absl::string_view> raw, oci::json::Elements(fields.Find("manifests")));
  std::vector<oci::json::Splice> splices;
  for (const Entry& one : entries_) {
    if (!one.earlier.has_value() || one.place >= raw.size()) continue;
    ABSL_ASSIGN_OR_RETURN(std::string text, EntryOf(raw[one.place], *one.earlier));
    splices.push_back({raw[one.place], std::move(text)});
  }
  if (splices.empty()) return root_;
  std::string index = oci::json::Spliced(bytes_, splices);
  oci::Descriptor root = root_;
  oci::Hasher hasher(root.digest);
  hasher.Update(index);
  root.digest = hasher.Current();
  root.size = static_cast<int64_t>(index.size());
  ABSL_RETURN_IF_ERROR(Stage(context, staging, root, std::move(index)));
  return root;
}

}  // namespace waybill::exporter::publishing
