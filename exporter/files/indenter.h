// SPDX-License-Identifier: Apache-2.0
// Compact JSON made readable, as Go's json.Indent does it with two spaces.
#ifndef WAYBILL_EXPORTER_FILES_INDENTER_H_
#define WAYBILL_EXPORTER_FILES_INDENTER_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"

namespace waybill::exporter::files {

// oci/json has the same for a whole document. Takes one valid value without white space between its tokens, in pieces
// of any size. Empty objects and arrays stay as they are. Memory does not grow with the value.
class Indenter {
 public:
  // Appends to `out` what `compact` adds.
  void Feed(absl::string_view compact, std::string& out);

 private:
  void Put(char byte, std::string& out);
  void NewLine(std::string& out) const;

  size_t depth_ = 0;
  bool opened_ = false;  // the last token opened an object or an array
  bool in_string_ = false;
  bool escaped_ = false;  // the next byte of the string is no quotation mark
};

}  // namespace waybill::exporter::files

#endif  // WAYBILL_EXPORTER_FILES_INDENTER_H_
