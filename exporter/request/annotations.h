// SPDX-License-Identifier: Apache-2.0
// Annotations that a client or a build asks for: "annotation[-type][[platform]].key" keys, and what they ask for per
// platform. Where they land is annotation_placement.h's subject.
#ifndef WAYBILL_EXPORTER_REQUEST_ANNOTATIONS_H_
#define WAYBILL_EXPORTER_REQUEST_ANNOTATIONS_H_

#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/descriptor.h"

namespace waybill::exporter::request {

struct AnnotationGroup {
  oci::Annotations manifest;
  oci::Annotations manifest_descriptor;
  oci::Annotations index;
  oci::Annotations index_descriptor;
};

// By platform in full format ("linux/arm64"); "" is every platform.
using AnnotationGroups = std::map<std::string, AnnotationGroup>;

// One annotation key taken apart.
struct AnnotationKey {
  oci::Annotations AnnotationGroup::*target = nullptr;
  std::string platform;  // full format, "" for every platform
  std::string key;
};

// nullopt when `text` does not have the form of an annotation key: it is then an ordinary metadata key.
// Errors: INVALID_ARGUMENT for an unknown type or a platform that does not parse.
absl::StatusOr<std::optional<AnnotationKey>> ParseAnnotationKey(absl::string_view text);

// Picks the annotations out of `entries`; `rest`, when given, gets every other entry.
// Errors: as ParseAnnotationKey, and INVALID_ARGUMENT when two keys give one annotation different values.
absl::StatusOr<AnnotationGroups> ParseAnnotations(const std::map<std::string, std::string>& entries,
                                                  std::map<std::string, std::string>* rest);

// `winner` added to `base`; its values replace.
void MergeAnnotations(AnnotationGroups& base, const AnnotationGroups& winner);

// One kind over all platforms, as indexes take them. Errors: INVALID_ARGUMENT when platforms disagree on a key.
absl::StatusOr<oci::Annotations> FlattenAnnotations(const AnnotationGroups& groups,
                                                    oci::Annotations AnnotationGroup::*target);

}  // namespace waybill::exporter::request

#endif  // WAYBILL_EXPORTER_REQUEST_ANNOTATIONS_H_
