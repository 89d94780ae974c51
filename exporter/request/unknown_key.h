// SPDX-License-Identifier: Apache-2.0
// Keys that a client wrote and that no part of an export reads. BuildKit passes them over in silence.
#ifndef WAYBILL_EXPORTER_REQUEST_UNKNOWN_KEY_H_
#define WAYBILL_EXPORTER_REQUEST_UNKNOWN_KEY_H_

#include <string>

#include "absl/strings/string_view.h"
#include "exporter/request/options.h"

namespace waybill::exporter::request {

// The annotation key that was meant by one that is nearly one: "annotation-index.k" for "index:k" (the form of
// buildx --annotation), "annotation.k" for "annotations.k", "anotation.k", "annotation:k" and "annotation k". Empty for
// other keys, and for keys that are annotations.
std::string AnnotationMeantBy(absl::string_view key);

// One line about a key of ExportOptions::unknown, with what was probably meant: "dset is no key of type=oci, and
// nothing reads it; did you mean dest?".
std::string DescribeUnknownKey(absl::string_view key, ExporterType type);

}  // namespace waybill::exporter::request

#endif  // WAYBILL_EXPORTER_REQUEST_UNKNOWN_KEY_H_
