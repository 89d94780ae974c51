// SPDX-License-Identifier: Apache-2.0
// The attributes of exporters: which there are, for which types, and how each is read.
#ifndef WAYBILL_EXPORTER_REQUEST_ATTRIBUTES_H_
#define WAYBILL_EXPORTER_REQUEST_ATTRIBUTES_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "exporter/request/options.h"

namespace waybill::exporter::request {

inline constexpr absl::string_view kGzipEngineKey = "gzip-engine";
// BuildKit looks for conflicts when it has read what makes the image, and before it reads where that goes.
inline constexpr absl::string_view kLastOfImage = "rewrite-timestamp";

struct Attribute {
  // Sets the option that `key` stands for. Errors: INVALID_ARGUMENT, for BuildKit's attributes in its words.
  using Parser = absl::Status (*)(ExportOptions& options, absl::string_view key, absl::string_view value);

  bool IsFor(ExporterType type) const { return (types >> static_cast<unsigned>(type) & 1) != 0; }

  absl::string_view key;
  unsigned types;  // a bit for each, 1 << ExporterType
  Parser parse;
  bool ours = false;    // waybill's own: refused where `types` does not have it
  bool leaves = false;  // says something to what leaves the exporter: type image needs a push
};

// In the order in which BuildKit looks at them, as far as it has one.
absl::Span<const Attribute> AllAttributes();

// nullptr for what is no attribute of `type`. waybill's own are of every type here.
const Attribute* FindAttribute(absl::string_view key, ExporterType type);

}  // namespace waybill::exporter::request

#endif  // WAYBILL_EXPORTER_REQUEST_ATTRIBUTES_H_
