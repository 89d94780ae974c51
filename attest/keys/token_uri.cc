// SPDX-License-Identifier: Apache-2.0
#include "attest/keys/token_uri.h"

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "attest/keys/percent.h"
#include "oci/error.h"
#include "oci/status_macros.h"
#include "oci/words/quote.h"

namespace waybill::attest::keys {
namespace {

constexpr size_t kMaxQuotedName = 40;

struct Attribute {
  std::string name;
  std::string value;
};

absl::StatusOr<std::vector<Attribute>> Split(absl::string_view text, char separator) {
  std::vector<Attribute> attributes;
  for (const absl::string_view part : absl::StrSplit(text, separator, absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> named = absl::StrSplit(part, absl::MaxSplits('=', 1));
    absl::StatusOr<std::string> value = PercentDecode(named.second);
    const std::string name = oci::words::Quoted(named.first, kMaxQuotedName);
    if (!value.ok()) return oci::Annotate(value.status(), name);
    for (const Attribute& other : attributes) {
      if (other.name == named.first) return oci::InvalidInputError(absl::StrCat(name, " comes twice"));
    }
    attributes.push_back({std::string(named.first), *std::move(value)});
  }
  return attributes;
}

absl::Status Unknown(const Attribute& attribute) {
  return oci::UnsupportedError(absl::StrCat("the attribute ", oci::words::Quoted(attribute.name, kMaxQuotedName)));
}

absl::Status TakePath(Attribute& attribute, TokenUri& uri) {
  const std::pair<absl::string_view, std::optional<std::string>*> texts[] = {
      {"token", &uri.token},   {"manufacturer", &uri.manufacturer},
      {"model", &uri.model},   {"serial", &uri.serial},
      {"object", &uri.object}, {"id", &uri.id}};
  for (const auto& [name, to] : texts) {
    if (attribute.name != name) continue;
    *to = std::move(attribute.value);
    return absl::OkStatus();
  }
  if (attribute.name == "slot-id") {
    uint64_t number = 0;
    if (!absl::SimpleAtoi(attribute.value, &number)) return oci::InvalidInputError("slot-id: a number is expected");
    uri.slot_id = number;
    return absl::OkStatus();
  }
  if (attribute.name != "type") return Unknown(attribute);
  return attribute.value == "private" ? absl::OkStatus() : oci::InvalidInputError("type: private is expected");
}

absl::Status TakeQuery(Attribute& attribute, TokenUri& uri) {
  if (absl::StrContains(attribute.value, '\0')) return oci::InvalidInputError("a byte 0");
  if (attribute.name == "pin-value") {
    return oci::InvalidInputError(
        "pin-value: a PIN stands in no name of a key, because lists of processes and logs have it; use pin-source");
  }
  if (attribute.name == "module-path") {
    uri.module_path = std::move(attribute.value);
    return absl::StartsWith(uri.module_path, "/") ? absl::OkStatus()
                                                  : oci::InvalidInputError("module-path: an absolute path is expected");
  }
  if (attribute.name != "pin-source") return Unknown(attribute);
  absl::string_view path = attribute.value;
  if (absl::ConsumePrefix(&path, "file:")) absl::ConsumePrefix(&path, "//");
  uri.pin_file = std::string(path);
  return absl::StartsWith(path, "/") ? absl::OkStatus()
                                     : oci::InvalidInputError("pin-source: file:/ABSOLUTE/PATH is expected");
}

}  // namespace

absl::StatusOr<TokenUri> ParseTokenUri(absl::string_view text) {
  if (!absl::ConsumePrefix(&text, kTokenScheme)) return oci::InvalidInputError("\"pkcs11:\" is expected");
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(text, absl::MaxSplits('?', 1));
  TokenUri uri;
  ABSL_ASSIGN_OR_RETURN(std::vector<Attribute> path, Split(parts.first, ';'));
  for (Attribute& attribute : path) ABSL_RETURN_IF_ERROR(TakePath(attribute, uri));
  ABSL_ASSIGN_OR_RETURN(std::vector<Attribute> query, Split(parts.second, '&'));
  for (Attribute& attribute : query) ABSL_RETURN_IF_ERROR(TakeQuery(attribute, uri));
  if (!uri.object.has_value() && !uri.id.has_value()) {
    return oci::InvalidInputError("object or id is expected, which name the key");
  }
  return uri;
}

}  // namespace waybill::attest::keys
