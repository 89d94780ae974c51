// SPDX-License-Identifier: Apache-2.0
#include "attest/publish/cosign_tag.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "attest/consumer_words.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/image/referrers_tag.h"
#include "oci/json/edit.h"
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
  ABSL_ASSIGN_OR_RETURN(const oci::json::Fields fields, oci::json::Fields::Parse(manifest));
  const absl::string_view old_config = fields.Find("config");
  const absl::string_view old_layers = fields.Find("layers");
  if (old_config.empty() || old_layers.empty()) {
    return oci::InvalidInputError("the manifest under the tag has no config or no list of layers");
  }
  ABSL_ASSIGN_OR_RETURN(const auto there, oci::json::Elements(old_layers));
  std::vector<std::string> layers(there.begin(), there.end());
  for (const Descriptor& layer : added) layers.push_back(oci::image::ToCompactJson(layer));
  std::vector<oci::json::Splice> splices = {{old_config, oci::image::ToCompactJson(config)},
                                            {old_layers, absl::StrCat("[", absl::StrJoin(layers, ","), "]")}};
  if (old_layers.data() < old_config.data()) std::swap(splices[0], splices[1]);
  return oci::json::Spliced(manifest, splices);
}

}  // namespace

std::string CosignTag(const oci::Digest& subject) {
  return absl::StrCat(oci::image::ReferrersTag(subject), kCosignTagSuffix);
}

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
