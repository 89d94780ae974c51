// SPDX-License-Identifier: Apache-2.0
#include "exporter/names.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "oci/error.h"
#include "oci/reference.h"

namespace waybill::exporter {
namespace {

std::string Resolve(const ExportOptions& options, const Metadata& metadata) {
  const std::string* built = options.name == "*" ? FindMetadata(metadata, kImageNameKey) : nullptr;
  return built != nullptr && !built->empty() ? *built : options.name;
}

absl::StatusOr<std::string> NormalizeName(const std::string& name) {
  const absl::StatusOr<oci::Reference> reference = oci::Reference::Parse(name);
  if (!reference.ok()) return oci::Annotate(reference.status(), absl::StrCat("failed to parse ", name));
  return reference->WithDefaultTag().ToString();
}

absl::Status CheckPushable(const std::string& name, bool by_digest) {
  const std::string what = absl::StrCat("failed to push ", name);
  const absl::StatusOr<oci::Reference> reference = oci::Reference::Parse(name);
  if (!reference.ok()) return oci::Annotate(reference.status(), what);
  if (by_digest && (!reference->tag().empty() || reference->digest().has_value())) {
    return oci::InvalidInputError(absl::StrCat(what, ": can't push tagged ref ", reference->ToString(), " by digest"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> SubjectNames(const ExportOptions& options) {
  std::vector<std::string> names = absl::StrSplit(options.name, ',', absl::SkipEmpty());
  for (const std::string& name : names) {
    const absl::StatusOr<oci::Reference> reference = oci::Reference::Parse(name);
    if (!reference.ok()) {
      return oci::Annotate(reference.status(), absl::StrCat("failed to parse ref \"", name, "\""));
    }
  }
  return names;
}

absl::StatusOr<std::vector<std::string>> DestinationNames(const ExportOptions& options, const Metadata& metadata) {
  const std::string text = Resolve(options, metadata);
  if (text.empty()) return std::vector<std::string>();
  std::vector<std::string> names = absl::StrSplit(text, ',');
  for (std::string& name : names) {
    if (options.type != ExporterType::kImage) {
      absl::StatusOr<std::string> normalized = NormalizeName(name);
      if (!normalized.ok()) return normalized.status();
      name = *std::move(normalized);
    } else if (options.push) {
      if (const absl::Status status = CheckPushable(name, options.push_by_digest); !status.ok()) return status;
    }
  }
  return names;
}

std::vector<std::string> WithDanglingName(std::vector<std::string> names, const ExportOptions& options,
                                          const oci::Digest& root) {
  const bool wanted = !options.dangling_name_prefix.empty() && (!options.dangling_name_empty_only || names.empty());
  if (options.type == ExporterType::kImage && wanted) {
    names.push_back(absl::StrCat(options.dangling_name_prefix, "@", root.ToString()));
  }
  return names;
}

}  // namespace waybill::exporter
