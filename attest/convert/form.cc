// SPDX-License-Identifier: Apache-2.0
#include "attest/convert/form.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "oci/image/attestation.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/json/edit.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"

namespace waybill::attest::convert {
namespace {

namespace image = oci::image;
namespace json = oci::json;

// Depths of members in their documents: of a manifest, of its config's descriptor, of an index's entry, of the entry's
// annotations.
constexpr size_t kInManifest = 1;
constexpr size_t kInConfig = 2;
constexpr size_t kInEntry = 3;
constexpr size_t kInAnnotations = 4;

constexpr absl::string_view kUnknownPlatform = R"({"architecture":"unknown","os":"unknown"})";

struct Change {
  absl::string_view name;
  std::optional<std::string> value;  // compact; unset takes the member out
  std::vector<absl::string_view> after = {};
};

absl::StatusOr<std::string> Changed(std::string object, size_t depth, const std::vector<Change>& changes) {
  for (const Change& change : changes) {
    if (change.value.has_value()) {
      ABSL_ASSIGN_OR_RETURN(object, json::WithMember(object, change.name, *change.value, change.after, depth));
    } else {
      ABSL_ASSIGN_OR_RETURN(object, json::WithoutMember(object, change.name));
    }
  }
  return object;
}

// Type, digest and size alone.
std::string SubjectJson(const oci::Descriptor& image) {
  return image::ToCompactJson(
      oci::Descriptor{.media_type = image.media_type, .digest = image.digest, .size = image.size});
}

// The fields that every descriptor has.
std::vector<Change> DescriptorChanges(const oci::Descriptor& descriptor) {
  return {{"mediaType", json::Quote(descriptor.media_type)},
          {"digest", json::Quote(descriptor.digest.ToString())},
          {"size", absl::StrCat(descriptor.size)}};
}

absl::StatusOr<std::string> ManifestInForm(AttestationForm form, const std::string& manifest,
                                           const oci::Descriptor& config, const oci::Descriptor& image) {
  const bool artifact = form == AttestationForm::kArtifact;
  ABSL_ASSIGN_OR_RETURN(const json::Fields fields, json::Fields::Parse(manifest));
  std::vector<Change> of_config = DescriptorChanges(config);
  of_config.push_back({"data", std::nullopt, {"size"}});
  if (artifact) of_config.back().value = json::Quote(absl::Base64Escape(image::kEmptyJson));
  ABSL_ASSIGN_OR_RETURN(std::string new_config, Changed(std::string(fields.Find("config")), kInConfig, of_config));
  std::vector<Change> changes = {{"config", std::move(new_config)},
                                 {"artifactType", std::nullopt, {"mediaType", "schemaVersion", "config"}},
                                 {"subject", std::nullopt, {"layers", "config"}}};
  if (artifact) {
    changes[1].value = json::Quote(image::kAttestationManifest);
    changes[2].value = SubjectJson(image);
  }
  if (!fields.Find("mediaType").empty()) changes.push_back({"mediaType", json::Quote(image::kOciManifest)});
  return Changed(manifest, kInManifest, changes);
}

// The annotations by which the entry of a legacy manifest names the image, where it does not.
absl::StatusOr<std::string> AnnotationsOf(const json::Fields& entry, const oci::Descriptor& image) {
  ABSL_ASSIGN_OR_RETURN(const auto there, json::DecodeStringMap(entry.Find("annotations")));
  const absl::string_view raw = entry.Find("annotations");
  std::vector<Change> changes;
  for (const auto& [key, value] : image::AttestationAnnotations(image.digest)) {
    const auto found = there.find(key);
    if (found != there.end() && found->second == value) continue;
    changes.push_back({.name = key == image::kReferenceType ? image::kReferenceType : image::kReferenceDigest,
                       .value = json::Quote(value)});
  }
  return Changed(raw.empty() ? "{}" : std::string(raw), kInAnnotations, changes);
}

absl::StatusOr<std::string> EntryInForm(AttestationForm form, const std::string& entry, const image::Document& manifest,
                                        const oci::Descriptor& image) {
  ABSL_ASSIGN_OR_RETURN(const json::Fields fields, json::Fields::Parse(entry));
  std::vector<Change> changes = DescriptorChanges(manifest.descriptor);
  if (!fields.Find("data").empty()) changes.push_back({"data", json::Quote(absl::Base64Escape(manifest.bytes))});
  const bool has_type = !fields.Find("artifactType").empty();
  if (form == AttestationForm::kArtifact) {
    if (has_type) changes.push_back({"artifactType", json::Quote(image::kAttestationManifest)});
    return Changed(entry, kInEntry, changes);
  }
  if (has_type) changes.push_back({"artifactType", std::nullopt});
  ABSL_ASSIGN_OR_RETURN(std::string annotations, AnnotationsOf(fields, image));
  if (annotations != fields.Find("annotations")) {
    changes.push_back({"annotations", std::move(annotations), {"size"}});
  }
  if (fields.Find("platform").empty()) {
    changes.push_back({"platform", std::string(kUnknownPlatform), {"annotations", "size"}});
  }
  return Changed(entry, kInEntry, changes);
}

}  // namespace

absl::StatusOr<Formed> InForm(AttestationForm form, const Listed& listed, const oci::Descriptor& image) {
  ABSL_ASSIGN_OR_RETURN(const image::Manifest manifest, image::ParseManifest(listed.manifest));
  Formed formed{.listed = {}, .documents = MakeManifest(form, image, manifest.layers)};
  ABSL_ASSIGN_OR_RETURN(formed.listed.manifest,
                        ManifestInForm(form, listed.manifest, formed.documents.config.descriptor, image));
  formed.documents.manifest = image::MakeDocument(image::kOciManifest, formed.listed.manifest);
  ABSL_ASSIGN_OR_RETURN(formed.listed.entry, EntryInForm(form, listed.entry, formed.documents.manifest, image));
  return formed;
}

std::string LossOf(AttestationForm form, const Listed& listed, const Formed& formed, const oci::Descriptor& image) {
  const absl::StatusOr<Formed> back = InForm(form, formed.listed, image);
  if (!back.ok()) return std::string(back.status().message());
  if (back->listed.manifest == listed.manifest && back->listed.entry == listed.entry) return "";
  const absl::StatusOr<image::Manifest> before = image::ParseManifest(listed.manifest);
  if (before.ok() && before->config.digest != back->documents.config.descriptor.digest) {
    return absl::StrCat("its config ", before->config.digest.ToString(), " is not the one of that form");
  }
  if (back->listed.manifest != listed.manifest) {
    return "its artifact type, its subject or its config's descriptor has more than that form says";
  }
  return "its entry in the index lacks what that form says, or has more";
}

}  // namespace waybill::attest::convert
