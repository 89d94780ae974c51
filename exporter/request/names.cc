// SPDX-License-Identifier: Apache-2.0
#include "exporter/request/names.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "exporter/request/values/push_names.h"
#include "oci/error.h"
#include "oci/image/reference.h"
#include "oci/status_macros.h"

namespace waybill::exporter::request {
namespace {

std::string Resolve(const ExportOptions& options, const Metadata& metadata) {
  const std::string* built = options.name == "*" ? FindMetadata(metadata, kImageNameKey) : nullptr;
  return built != nullptr && !built->empty() ? *built : options.name;
}

absl::StatusOr<std::string> NormalizeName(const std::string& name) {
  const absl::StatusOr<oci::image::Reference> reference = oci::image::Reference::Parse(name);
  if (!reference.ok()) return oci::Annotate(reference.status(), absl::StrCat("failed to parse ", name));
  return reference->WithDefaultTag().ToString();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> SubjectNames(const ExportOptions& options) {
  std::vector<std::string> names = absl::StrSplit(options.name, ',', absl::SkipEmpty());
  for (const std::string& name : names) {
    const absl::StatusOr<oci::image::Reference> reference = oci::image::Reference::Parse(name);
    if (!reference.ok()) {
      return oci::Annotate(reference.status(), absl::StrCat("failed to parse ref \"", name, "\""));
    }
  }
  return names;
}

absl::StatusOr<std::vector<std::string>> DestinationNames(const ExportOptions& options, const Metadata& metadata) {
  const std::string text = Resolve(options, metadata);
  if (text.empty()) return std::vector<std::string>();
  if (options.push) ABSL_RETURN_IF_ERROR(values::CheckPushNames(text, options.push_by_digest));
  std::vector<std::string> names = absl::StrSplit(text, ',');
  for (std::string& name : names) {
    if (options.type != ExporterType::kImage) {
      ABSL_ASSIGN_OR_RETURN(name, NormalizeName(name));
    }
  }
  return names;
}

absl::StatusOr<std::vector<std::string>> WithDanglingName(std::vector<std::string> names, const ExportOptions& options,
                                                          const oci::Digest& root) {
  const bool wanted = !options.dangling_name_prefix.empty() && (!options.dangling_name_empty_only || names.empty());
  if (options.type == ExporterType::kImage && wanted) {
    names.push_back(absl::StrCat(options.dangling_name_prefix, "@", root.ToString()));
    if (options.push) ABSL_RETURN_IF_ERROR(values::CheckPushNames(names.back(), options.push_by_digest));
  }
  return names;
}

}  // namespace waybill::exporter::request
