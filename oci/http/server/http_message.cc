// SPDX-License-Identifier: Apache-2.0
#include "oci/http/server/http_message.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace waybill::oci::http::server {

absl::string_view Request::Header(absl::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return "";
}

std::optional<std::string> Request::Query(absl::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::vector<std::string> Request::QueryAll(absl::string_view name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : query) {
    if (key == name) values.push_back(value);
  }
  return values;
}

Response& Response::Set(absl::string_view name, absl::string_view value) {
  headers.emplace_back(std::string(name), std::string(value));
  return *this;
}

absl::string_view Response::Header(absl::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (absl::EqualsIgnoreCase(key, name)) return value;
  }
  return "";
}

int64_t Response::body_length() const {
  if (!content) return static_cast<int64_t>(body.size());
  return content_length.value_or(content->size() - content_first);
}

std::string PercentDecode(absl::string_view text, bool plus_is_space) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && absl::ascii_isxdigit(text[i + 1]) &&
        absl::ascii_isxdigit(text[i + 2])) {
      out += absl::HexStringToBytes(text.substr(i + 1, 2));
      i += 2;
    } else {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::string PercentEncode(absl::string_view text) {
  std::string out;
  for (const char c : text) {
    if (absl::ascii_isalnum(c) || absl::StrContains("-._~", c)) {
      out += c;
    } else {
      absl::StrAppendFormat(&out, "%%%02X", static_cast<unsigned char>(c));
    }
  }
  return out;
}

Pairs ParseForm(absl::string_view text) {
  Pairs pairs;
  for (const absl::string_view part : absl::StrSplit(text, '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> pair = absl::StrSplit(part, absl::MaxSplits('=', 1));
    pairs.emplace_back(PercentDecode(pair.first, true), PercentDecode(pair.second, true));
  }
  return pairs;
}

void SplitTarget(Request& request) {
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(request.target, absl::MaxSplits('?', 1));
  request.path = PercentDecode(parts.first, false);
  request.query = ParseForm(parts.second);
}

}  // namespace waybill::oci::http::server
