// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/reply/reply_error.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "oci/error.h"
#include "oci/http/redact.h"
#include "oci/http/status_mapping.h"
#include "oci/json/json.h"
#include "oci/words/quote.h"
#include "oci/words/secrets.h"

namespace waybill::oci::registry::reply {
namespace {

constexpr size_t kMaxErrors = 5;
constexpr size_t kMaxCode = 128;
constexpr absl::string_view kRequestIds[] = {"X-Request-Id", "x-amzn-requestid", "x-ms-correlation-request-id",
                                             "Docker-Distribution-Request-Id"};

struct Hint {
  int status;
  absl::string_view code;  // "" for any
  absl::string_view text;
};

constexpr Hint kHints[] = {
    {413, "", "a proxy in front of the registry limits the size of a request"},
    {404, "NAME_UNKNOWN", "the repository may have to be created first"},
    {415, "", "the registry does not take this media type; oci-mediatypes=true gives OCI's"},
    {411, "", "a proxy in front of the registry wants a length"},
    {429, "", "the registry limits the rate of requests"},
    {412, "", "the registry does not let the tag change"},
};

std::string Text(const json::Fields& fields, absl::string_view name) {
  const absl::string_view raw = fields.Find(name);
  if (raw.empty()) return "";
  absl::StatusOr<std::string> text = json::DecodeString(raw);
  return text.ok() ? *std::move(text) : std::string(raw);
}

std::string Words(const std::vector<RegistryError>& errors, absl::string_view body) {
  if (errors.empty()) return http::RedactText(body, words::kMaxQuotedBytes);
  std::vector<std::string> parts;
  for (const RegistryError& error : errors) {
    const bool has_detail = !error.detail.empty() && error.detail != "null" && error.detail != "{}";
    parts.push_back(absl::StrCat(error.code, error.message.empty() ? "" : ": ", error.message,
                                 has_detail ? absl::StrCat(" (", error.detail, ")") : ""));
    if (parts.size() == kMaxErrors) break;
  }
  return http::RedactText(absl::StrJoin(parts, "; "), words::kMaxQuotedBytes);
}

// `writes`: the request was to change something, so that what is missing is no answer but a refusal.
Reason ReasonFor(int status, absl::string_view code, bool writes) {
  if (code == "UNAUTHORIZED") return Reason::kAuth;
  if (code == "DIGEST_INVALID" || code == "SIZE_INVALID") return Reason::kVerification;
  if (code == "TOOMANYREQUESTS") return Reason::kNetwork;
  // A manifest that names what is not there was not found missing itself: it was refused.
  if (code == "MANIFEST_BLOB_UNKNOWN" || code == "MANIFEST_INVALID") return Reason::kRefused;
  const Reason reason = http::ReasonForStatus(status);
  const bool no = reason == Reason::kConflict || reason == Reason::kUnsupported;
  return no || (writes && reason == Reason::kNotFound) ? Reason::kRefused : reason;
}

}  // namespace

std::vector<RegistryError> ParseErrors(absl::string_view body) {
  std::vector<RegistryError> errors;
  const absl::StatusOr<json::Fields> document = json::Fields::Parse(body);
  if (!document.ok() || document->Find("errors").empty()) return errors;
  const auto elements = json::Elements(document->Find("errors"));
  if (!elements.ok()) return errors;
  for (const absl::string_view element : *elements) {
    const absl::StatusOr<json::Fields> fields = json::Fields::Parse(element);
    if (!fields.ok()) continue;
    // In upper case a secret would not be known any more.
    const std::string code = words::WithoutSecrets(Text(*fields, "code"));
    errors.push_back({absl::AsciiStrToUpper(code), Text(*fields, "message"), std::string(fields->Find("detail"))});
  }
  return errors;
}

bool HasCode(const http::Reply& reply, absl::string_view code) {
  const std::vector<RegistryError> errors = ParseErrors(reply.body);
  return std::any_of(errors.begin(), errors.end(), [code](const RegistryError& error) { return error.code == code; });
}

absl::Status ReplyError(absl::string_view method, const http::Reply& reply, int attempts) {
  const std::vector<RegistryError> errors = ParseErrors(reply.body);
  const std::string code = errors.empty() ? "" : errors.front().code;
  const absl::string_view name = http::StatusName(reply.status);
  const std::string words = Words(errors, reply.body);
  std::string message = absl::StrCat(method, " ", http::RedactUrl(reply.url), ": ", reply.status,
                                     name.empty() ? "" : " ", name, words.empty() ? "" : ": ", words);
  for (const absl::string_view header : kRequestIds) {
    const std::string id = http::RedactText(reply.headers.Find(header).value_or(""), 128);
    if (!id.empty()) absl::StrAppend(&message, " [", absl::AsciiStrToLower(header), " ", id, "]");
  }
  if (attempts > 1) absl::StrAppend(&message, " (after ", attempts, " attempts)");
  for (const Hint& hint : kHints) {
    if (hint.status == reply.status && (hint.code.empty() || hint.code == code)) {
      absl::StrAppend(&message, "; ", hint.text);
    }
  }
  ErrorMetadata metadata{{std::string(kStatusKey), absl::StrCat(reply.status)}};
  if (!code.empty()) metadata.emplace(kCodeKey, http::RedactText(code, kMaxCode));
  const bool writes = method != "GET" && method != "HEAD";
  return MakeError(ReasonFor(reply.status, code, writes), message, metadata);
}

bool IsWebPage(const http::Reply& reply) {
  const std::string type = absl::AsciiStrToLower(reply.headers.Find("Content-Type").value_or(""));
  return absl::StartsWith(type, "text/html") || absl::StartsWith(type, "application/xhtml");
}

absl::Status NoRegistryError(absl::string_view method, const http::Reply& reply, absl::string_view missing) {
  const absl::string_view name = http::StatusName(reply.status);
  const absl::string_view page =
      IsWebPage(reply) ? "; a web page answered, which is no registry: a login page, a proxy, or a wrong port" : "";
  return MakeError(Reason::kRefused, absl::StrCat(method, " ", http::RedactUrl(reply.url), ": ", reply.status,
                                                  name.empty() ? "" : " ", name, " without ", missing, page));
}

}  // namespace waybill::oci::registry::reply
