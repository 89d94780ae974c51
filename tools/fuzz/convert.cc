// SPDX-License-Identifier: Apache-2.0
// attest/convert and oci/json/edit: a manifest without loss comes back byte for byte, and an added member goes again.
// Input: the entry of an index, a NUL byte, the manifest.
#include <string>

#include "attest/convert/form.h"
#include "attest/manifest.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/json/edit.h"
#include "oci/json/json.h"
#include "tools/fuzz/require.h"

namespace attest = waybill::attest;
namespace json = waybill::oci::json;
namespace oci = waybill::oci;
using attest::AttestationForm;
using waybill::fuzz::Require;

namespace {

const oci::Descriptor& Image() {
  static const auto* const image = new oci::Descriptor{
      .media_type = std::string(oci::image::kOciManifest), .digest = oci::Digest::Of("image"), .size = 5};
  return *image;
}

void Convert(AttestationForm form, AttestationForm other, const attest::convert::Listed& listed) {
  const auto formed = attest::convert::InForm(form, listed, Image());
  if (!formed.ok()) return;
  const auto manifest = oci::image::ParseManifest(formed->listed.manifest);
  Require(manifest.ok(), "a converted manifest is one");
  Require(manifest->artifact_type.empty() == (form == AttestationForm::kLegacy), "it is in the form");
  Require(manifest->config.digest == formed->documents.config.descriptor.digest, "it has the form's config");
  const auto entry = oci::image::ParseDescriptor(formed->listed.entry);
  Require(entry.ok() && entry->digest == oci::Digest::Of(formed->listed.manifest), "the entry names it");
  const auto before = oci::image::ParseManifest(listed.manifest);
  Require(before.ok() && before->layers == manifest->layers && before->annotations == manifest->annotations,
          "statements and annotations stay");
  if (!attest::convert::LossOf(other, listed, *formed, Image()).empty()) return;
  const auto back = attest::convert::InForm(other, formed->listed, Image());
  Require(back.ok() && back->listed.manifest == listed.manifest && back->listed.entry == listed.entry,
          "converting back restores");
}

void Edit(absl::string_view text) {
  if (!json::Validate(text).ok()) return;
  const std::string value = R"({"a":[1,{"b":""}]})";
  if (json::KindOf(text) == json::Kind::kArray) {
    const auto with = json::WithElement(text, value, 2);
    Require(with.ok() && json::Elements(*with)->size() == json::Elements(text)->size() + 1, "an element more");
    return;
  }
  if (json::KindOf(text) != json::Kind::kObject) return;
  const auto without = json::WithoutMember(text, "x");
  if (!without.ok()) return;
  const auto with = json::WithMember(*without, "x", value, {"config"}, 2);
  Require(with.ok() && *json::Compact(json::Fields::Parse(*with)->Find("x")) == value, "the member is there");
  Require(json::WithoutMember(*with, "x").value_or("") == *without, "and goes again");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes = waybill::fuzz::View(data, size);
  Edit(bytes);
  const size_t end = bytes.find('\0');
  if (end == absl::string_view::npos) return 0;
  const attest::convert::Listed listed{.entry = std::string(bytes.substr(0, end)),
                                       .manifest = std::string(bytes.substr(end + 1))};
  Convert(AttestationForm::kArtifact, AttestationForm::kLegacy, listed);
  Convert(AttestationForm::kLegacy, AttestationForm::kArtifact, listed);
  return 0;
}
