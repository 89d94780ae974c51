// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/auth/credential_helper.h"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "oci/error.h"
#include "oci/http/redact.h"
#include "oci/json/json.h"
#include "oci/program/program.h"
#include "oci/status_macros.h"
#include "oci/words/quote.h"

namespace waybill::oci::registry::auth {
namespace {

constexpr absl::string_view kMissing[] = {"credentials not found in native keychain", "no credentials server URL",
                                          "no credentials username"};

bool ValidSuffix(absl::string_view suffix) {
  return !suffix.empty() && std::all_of(suffix.begin(), suffix.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
  });
}

std::string FindProgram(absl::string_view name, absl::string_view search_path) {
  for (absl::string_view directory : absl::StrSplit(search_path, ':')) {
    std::string path = absl::StrCat(directory, "/", name);
    if (!directory.empty() && ::access(path.c_str(), X_OK) == 0) return path;
  }
  return "";
}

// An object, or a name and its value: the secret is not one that we hold yet, so that it cannot be found in the words.
bool MayHoldSecret(absl::string_view words) {
  if (absl::StrContains(words, '{')) return true;
  const std::string lowered = absl::AsciiStrToLower(words);
  const absl::string_view lower = lowered;
  for (const absl::string_view name : {"secret", "password", "token"}) {
    for (size_t at = lower.find(name); at != lower.npos; at = lower.find(name, at + 1)) {
      const size_t next = lower.find_first_not_of(" \t\"'", at + name.size());
      if (next != lower.npos && (lower[next] == ':' || lower[next] == '=')) return true;
    }
  }
  return false;
}

absl::StatusOr<Credentials> Run(const Context& context, const HelperCall& call, const std::string& path) {
  ABSL_ASSIGN_OR_RETURN(
      const program::Outcome outcome,
      program::Execute(context.WithTimeout(call.timeout), {.path = path, .arguments = {"get"}}, call.server));
  if (outcome.Succeeded()) return ParseHelperOutput(outcome.output);
  const absl::string_view words = absl::StripAsciiWhitespace(outcome.output);
  if (std::find(std::begin(kMissing), std::end(kMissing), words) != std::end(kMissing)) return Credentials{};
  // Words for people are quoted. An answer for programs may hold the secret, also one that is only nearly JSON.
  if (MayHoldSecret(words)) {
    return MakeError(Reason::kAuth, "it failed, and its words may hold a secret");
  }
  return MakeError(Reason::kAuth, http::RedactText(words, words::kMaxQuotedBytes));
}

}  // namespace

absl::StatusOr<Credentials> ParseHelperOutput(absl::string_view output) {
  const absl::StatusOr<json::Fields> fields = json::Fields::Parse(output);
  if (!fields.ok()) return InvalidInputError("output is no JSON object");
  const absl::StatusOr<std::string> username = json::DecodeString(fields->Find("Username"));
  const absl::StatusOr<std::string> secret = json::DecodeString(fields->Find("Secret"));
  if (!username.ok() || !secret.ok()) return InvalidInputError("output lacks Username or Secret");
  if (*username == "<token>") return Credentials{.identity_token = *secret};
  return Credentials{.username = *username, .password = *secret};
}

absl::StatusOr<Credentials> AskHelper(const Context& context, const HelperCall& call) {
  if (!ValidSuffix(call.suffix)) return InvalidInputError("bad name of a credential helper");
  const std::string name = absl::StrCat("docker-credential-", call.suffix);
  const std::string path = FindProgram(name, call.search_path);
  if (path.empty()) return NotFoundError(absl::StrCat(name, " is not in PATH"));
  absl::StatusOr<Credentials> credentials = Run(context, call, path);
  if (ReasonOf(credentials.status()) == Reason::kTimeout && context.Check().ok()) {
    // Nothing to try again: it may be waiting for somebody.
    credentials = MakeError(Reason::kAuth, absl::StrCat("no answer within ", absl::FormatDuration(call.timeout)));
  }
  if (!credentials.ok()) return Annotate(credentials.status(), absl::StrCat(name, " get ", call.server));
  return credentials;
}

}  // namespace waybill::oci::registry::auth
