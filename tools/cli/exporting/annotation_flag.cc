// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/exporting/annotation_flag.h"

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "exporter/request/annotations.h"
#include "oci/error.h"
#include "oci/status_macros.h"
#include "oci/words/quote.h"

namespace waybill::cli::exporting {
namespace {

constexpr absl::string_view kForm =
    "[TYPE[,TYPE]...:]KEY=VALUE, with manifest, manifest-descriptor, index or "
    "index-descriptor as TYPE, and [PLATFORM] behind it";

absl::Status Invalid(absl::string_view what) {
  return oci::InvalidInputError(
      absl::StrCat("invalid annotation \"", oci::words::Quoted(what, 200), "\", expected ", kForm));
}

}  // namespace

absl::StatusOr<exporter::request::Attributes> ParseAnnotationFlag(absl::string_view text) {
  const size_t equals = text.find('=');
  if (equals == absl::string_view::npos) return Invalid(text);
  const absl::string_view left = text.substr(0, equals);
  const size_t colon = left.find(':');
  const bool typed = colon != absl::string_view::npos;
  const absl::string_view key = typed ? left.substr(colon + 1) : left;
  exporter::request::Attributes attributes;
  for (const absl::string_view type : absl::StrSplit(typed ? left.substr(0, colon) : "", ',')) {
    if (typed && type.empty()) return Invalid(text);
    const std::string attribute = absl::StrCat("annotation", typed ? "-" : "", type, ".", key);
    ABSL_ASSIGN_OR_RETURN(const std::optional<exporter::request::AnnotationKey> parsed,
                          exporter::request::ParseAnnotationKey(attribute));
    if (!parsed.has_value()) return Invalid(text);
    attributes[attribute] = std::string(text.substr(equals + 1));
  }
  return attributes;
}

}  // namespace waybill::cli::exporting
