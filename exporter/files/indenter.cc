// SPDX-License-Identifier: Apache-2.0
#include "exporter/files/indenter.h"

namespace waybill::exporter::files {

void Indenter::NewLine(std::string& out) const {
  out.push_back('\n');
  out.append(2 * depth_, ' ');
}

void Indenter::Put(char byte, std::string& out) {
  const bool closes = byte == '}' || byte == ']';
  if (closes) --depth_;
  if (opened_ != closes) NewLine(out);  // before the first token, and before the end of what is not empty
  opened_ = false;
  out.push_back(byte);
  if (byte == '{' || byte == '[') {
    ++depth_;
    opened_ = true;
  } else if (byte == ',') {
    NewLine(out);
  } else if (byte == ':') {
    out.push_back(' ');
  }
  in_string_ = byte == '"';
}

void Indenter::Feed(absl::string_view compact, std::string& out) {
  for (const char byte : compact) {
    if (!in_string_) {
      Put(byte, out);
      continue;
    }
    out.push_back(byte);
    in_string_ = escaped_ || byte != '"';
    escaped_ = !escaped_ && byte == '\\';
  }
}

}  // namespace waybill::exporter::files
