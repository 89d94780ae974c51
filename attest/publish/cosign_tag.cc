// SPDX-License-Identifier: Apache-2.0
#include "attest/publish/cosign_tag.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/image/referrers_tag.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"

namespace waybill::attest::publish {
namespace {

using oci::Descriptor;
using oci::image::Document;
using oci::image::Manifest;
using oci::image::ManifestDocuments;

constexpr size_t kMostBytes = 4 << 20;  // registries take no more
constexpr char kSignature[] = "dev.cosignproject.cosign/signature";
constexpr char kPredicateType[] = "predicateType";
constexpr char kStatement[] = "vnd.waybill.statement";
constexpr char kKeyHint[] = "vnd.waybill.key";

bool IsSameStatement(const Descriptor& a, const Descriptor& b) {
  for (const char* const key : {kStatement, kKeyHint}) {
    const auto one = a.annotations.find(key), other = b.annotations.find(key);
    if (one == a.annotations.end() || other == b.annotations.end() || one->second != other->second) return false;
  }
  return true;
}

// Envelopes are not compressed, so that their digests are their diff ids.
Document ConfigOf(const std::vector<Descriptor>& layers) {
  oci::json::Writer writer;
  writer.BeginObject().Key("architecture").String("").Key("os").String("").Key("config").BeginObject().EndObject();
  writer.Key("rootfs").BeginObject().Key("type").String("layers").Key("diff_ids").BeginArray();
  for (const Descriptor& layer : layers) writer.String(layer.digest.ToString());
  writer.EndArray().EndObject().EndObject();
  return oci::image::MakeDocument(oci::image::kOciConfig, writer.Take());
}

// The document with another config and more layers.
absl::StatusOr<std::string> Extended(absl::string_view manifest, const Descriptor& config,
                                     const std::vector<Descriptor>& added) {
  std::string extended;
  size_t kept = 0;  // bytes of the document that are in it
  const auto replace = [&](absl::string_view value, absl::string_view by) {
    const size_t at = value.data() - manifest.data();
    absl::StrAppend(&extended, manifest.substr(kept, at - kept), by);
    kept = at + value.size();
  };
  ABSL_ASSIGN_OR_RETURN(const auto members, oci::json::Members(manifest));
  for (const oci::json::Member& member : members) {
    if (member.key == "config") replace(member.value, oci::image::ToCompactJson(config));
    if (member.key != "layers") continue;
    ABSL_ASSIGN_OR_RETURN(const auto there, oci::json::Elements(member.value));
    std::vector<std::string> layers(there.begin(), there.end());
    for (const Descriptor& layer : added) layers.push_back(oci::image::ToCompactJson(layer));
    replace(member.value, absl::StrCat("[", absl::StrJoin(layers, ","), "]"));
  }
  absl::StrAppend(&extended, manifest.substr(kept));
  return extended;
}

}  // namespace

std::string CosignTag(const oci::Digest& subject) { return absl::StrCat(oci::image::ReferrersTag(subject), ".att"); }

oci::Annotations EnvelopeAnnotations(absl::string_view predicate_type, const oci::Digest& statement,
                                     absl::string_view key_hint) {
  return {{kSignature, ""},
          {kPredicateType, std::string(predicate_type)},
          {kStatement, statement.ToString()},
          {kKeyHint, std::string(key_hint)}};
}

absl::StatusOr<ManifestDocuments> WithEnvelopes(absl::string_view manifest, const std::vector<Descriptor>& envelopes) {
  std::vector<Descriptor> layers;
  if (!manifest.empty()) {
    ABSL_ASSIGN_OR_RETURN(Manifest there, oci::image::ParseManifest(manifest));
    if (there.subject.has_value()) return oci::InvalidInputError("the manifest under the tag has a subject");
    layers = std::move(there.layers);
  }
  std::vector<Descriptor> added;
  for (const Descriptor& envelope : envelopes) {
    const auto same = [&](const Descriptor& layer) { return IsSameStatement(layer, envelope); };
    if (std::any_of(layers.begin(), layers.end(), same)) continue;
    layers.push_back(envelope);
    added.push_back(envelope);
  }
  Document config = ConfigOf(layers);
  std::string bytes(manifest);
  if (manifest.empty()) {
    bytes = oci::image::ToIndentedJson(Manifest{
        .media_type = std::string(oci::image::kOciManifest), .config = config.descriptor, .layers = std::move(layers)});
  } else if (!added.empty()) {
    ABSL_ASSIGN_OR_RETURN(bytes, Extended(manifest, config.descriptor, added));
  }
  if (bytes.size() > kMostBytes) return oci::InvalidInputError("the manifest under the tag would exceed 4 MiB");
  return ManifestDocuments{.config = std::move(config),
                           .manifest = oci::image::MakeDocument(oci::image::kOciManifest, std::move(bytes))};
}

}  // namespace waybill::attest::publish
