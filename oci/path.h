// SPDX-License-Identifier: Apache-2.0
// Slash-separated paths as text, with the meaning of Go's package path. Nothing here touches a file system.
#ifndef WAYBILL_OCI_PATH_H_
#define WAYBILL_OCI_PATH_H_

#include <initializer_list>
#include <string>

#include "absl/strings/string_view.h"

namespace waybill::oci::path {

// The shortest equal path: no ".", no double slashes, ".." resolved as far as possible (never above "/"). "." for "".
std::string Clean(absl::string_view path);
// The parts that are not empty joined by slashes and cleaned; "" when all are empty.
std::string Join(std::initializer_list<absl::string_view> parts);
// What follows the last slash ("." for "", "/" for slashes only); trailing slashes do not count.
absl::string_view Base(absl::string_view path);

}  // namespace waybill::oci::path

#endif  // WAYBILL_OCI_PATH_H_
