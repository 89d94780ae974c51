// SPDX-License-Identifier: Apache-2.0
#include "oci/http/link.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

namespace waybill::oci::http {
namespace {

bool IsNext(absl::string_view parameters) {
  for (absl::string_view parameter : absl::StrSplit(parameters, ';')) {
    const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(parameter, absl::MaxSplits('=', 1));
    if (!absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(parts.first), "rel")) continue;
    absl::string_view value = absl::StripAsciiWhitespace(parts.second);
    if (absl::ConsumePrefix(&value, "\"")) value = value.substr(0, value.find('"'));
    for (absl::string_view relation : absl::StrSplit(value, ' ')) {
      if (absl::EqualsIgnoreCase(relation, "next")) return true;
    }
  }
  return false;
}

}  // namespace

std::optional<std::string> NextLink(const std::vector<std::string>& fields) {
  for (absl::string_view rest : fields) {
    for (size_t open = rest.find('<'); open != absl::string_view::npos; open = rest.find('<')) {
      const size_t close = rest.find('>', open);
      if (close == absl::string_view::npos) break;
      const absl::string_view target = rest.substr(open + 1, close - open - 1);
      rest = rest.substr(close + 1);
      if (IsNext(rest.substr(0, rest.find('<')).substr(0, rest.find(',')))) return std::string(target);
    }
  }
  return std::nullopt;
}

}  // namespace waybill::oci::http
