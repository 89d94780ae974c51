// SPDX-License-Identifier: Apache-2.0
#include "exporter/input/image/annotations.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "exporter/input/image/contents.h"
#include "oci/image/attestation.h"
#include "oci/words/quote.h"

namespace waybill::exporter::input::image {
namespace {

bool IsAdded(absl::string_view key) {
  return key == "io.containerd.image.name" || key == "org.opencontainers.image.ref.name" ||
         key == "org.opencontainers.image.created" || key == "config.digest" || key == oci::image::kReferenceType ||
         key == oci::image::kReferenceDigest || absl::StartsWith(key, "containerd.io/distribution.source.");
}

}  // namespace

oci::Annotations OwnAnnotations(oci::Annotations annotations) {
  std::erase_if(annotations, [](const auto& annotation) { return IsAdded(annotation.first); });
  return annotations;
}

void WarnOfLostAnnotations(const oci::Context& context, const oci::Annotations& annotations,
                           const oci::Descriptor& of) {
  oci::Annotations lost = OwnAnnotations(annotations);
  lost.erase(std::string(oci::image::kPredicateType));
  if (lost.empty()) return;
  WarnOfImage(context,
              absl::StrCat("annotations of ", oci::words::Quoted(of.media_type, 200), " ", of.digest.ToString(),
                           " are left out, \"", oci::words::Quoted(lost.begin()->first, 200), "\" among them"));
}

}  // namespace waybill::exporter::input::image
