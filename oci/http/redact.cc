// SPDX-License-Identifier: Apache-2.0
#include "oci/http/redact.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "oci/words/quote.h"
#include "oci/words/secrets.h"

namespace waybill::oci::http {
namespace {

constexpr absl::string_view kHidden = "...";
constexpr size_t kLookedAt = 16;  // bytes for each one that is shown
constexpr absl::string_view kProtocolParameters[] = {"digest",  "mount",        "from", "tag", "scope",
                                                     "service", "artifactType", "n",    "last"};

std::string RedactQuery(absl::string_view query) {
  std::vector<std::string> parts;
  for (absl::string_view part : absl::StrSplit(query, '&')) {
    const absl::string_view name = part.substr(0, part.find('='));
    const bool shown = std::find(std::begin(kProtocolParameters), std::end(kProtocolParameters), name) !=
                       std::end(kProtocolParameters);
    // A parameter without a name is all value.
    const absl::string_view kept = name.size() < part.size() ? part.substr(0, name.size() + 1) : "";
    parts.push_back(shown ? std::string(part) : absl::StrCat(kept, kHidden));
  }
  return absl::StrJoin(parts, "&");
}

// Of what follows "://": how much of it is "user:password@". A password that should have been percent-encoded may hold
// what ends an authority, and is noticed by what would be no port.
size_t UserInfoBytes(absl::string_view text) {
  const absl::string_view authority = text.substr(0, text.find_first_of("/?#"));
  if (const size_t at = authority.rfind('@'); at != absl::string_view::npos) return at + 1;
  const size_t colon = authority.find(':');
  if (colon == absl::string_view::npos || absl::StartsWith(authority, "[")) return 0;
  const absl::string_view port = authority.substr(colon + 1);
  if (std::all_of(port.begin(), port.end(), absl::ascii_isdigit)) return 0;
  return text.rfind('@') + 1;  // nothing where there is none
}

bool EndsUrl(char c) {
  return absl::ascii_isspace(static_cast<unsigned char>(c)) || c == '"' || c == '\'' || c == '<' || c == '>';
}

bool BeginsUrl(absl::string_view text) {
  const size_t scheme = std::find_if_not(text.begin(), text.end(), absl::ascii_isalnum) - text.begin();
  return scheme > 0 && absl::StartsWith(text.substr(scheme), "://");
}

// The word after "Bearer " or "Basic " is a credential.
absl::string_view SchemeAt(absl::string_view text) {
  for (const absl::string_view scheme : {"bearer ", "basic "}) {
    if (absl::StartsWithIgnoreCase(text, scheme)) return text.substr(0, scheme.size());
  }
  return {};
}

}  // namespace

std::string RedactUrl(absl::string_view url) {
  std::string out;
  if (const size_t scheme = url.find("://"); scheme != absl::string_view::npos) {
    out = std::string(url.substr(0, scheme + 3));
    url.remove_prefix(scheme + 3);
    url.remove_prefix(UserInfoBytes(url));
  }
  url = url.substr(0, url.find('#'));
  const size_t mark = url.find('?');
  absl::StrAppend(&out, url.substr(0, mark));
  if (mark != absl::string_view::npos) absl::StrAppend(&out, "?", RedactQuery(url.substr(mark + 1)));
  return out;
}

std::string RedactText(absl::string_view text, size_t limit) {
  // Secrets go before the text is cut, and once more what URLs have left.
  const std::string shown = words::WithoutSecrets(text.substr(0, limit * kLookedAt));
  text = shown;
  std::string out;
  while (!text.empty() && out.size() < limit) {
    if (BeginsUrl(text)) {
      const size_t end = std::find_if(text.begin(), text.end(), EndsUrl) - text.begin();
      absl::StrAppend(&out, RedactUrl(text.substr(0, end)));
      text.remove_prefix(end);
    } else if (const absl::string_view scheme = SchemeAt(text); !scheme.empty()) {
      absl::StrAppend(&out, scheme, kHidden);
      text.remove_prefix(scheme.size());
      text.remove_prefix(std::find_if(text.begin(), text.end(), EndsUrl) - text.begin());
    } else {
      out.push_back(text.front());
      text.remove_prefix(1);
    }
  }
  return words::Quoted(out, limit);
}

}  // namespace waybill::oci::http
