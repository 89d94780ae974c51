// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/transfer/manifests.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "oci/error.h"
#include "oci/http/url.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/io/string.h"
#include "oci/json/json.h"
#include "oci/registry/reply/reply_error.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry::transfer {
namespace {

bool IsKnown(absl::string_view type) { return image::IsIndex(type) || image::IsManifest(type); }

// Servers of files and proxies give documents types of their own.
std::string MediaTypeOf(const http::Reply& reply) {
  const std::string header = reply.headers.Find("Content-Type").value_or("");
  const std::string type(absl::StripAsciiWhitespace(absl::string_view(header).substr(0, header.find(';'))));
  const absl::StatusOr<json::Fields> fields = json::Fields::Parse(reply.body);
  if (!fields.ok()) return type;
  const absl::string_view raw = fields->Find("mediaType");
  const std::string own = raw.empty() ? "" : json::DecodeString(raw).value_or("");
  if (IsKnown(own) || IsKnown(type)) return IsKnown(own) ? own : type;
  if (!own.empty()) return own;
  // OCI's documents need no mediaType.
  if (!fields->Find("manifests").empty()) return std::string(image::kOciIndex);
  if (!fields->Find("layers").empty() && !fields->Find("config").empty()) return std::string(image::kOciManifest);
  return type;
}

bool IsJson(absl::string_view body) { return json::Fields::Parse(body).ok(); }

std::optional<Digest> DigestHeader(const http::Reply& reply) {
  absl::StatusOr<Digest> digest = Digest::Parse(reply.headers.Find("Docker-Content-Digest").value_or(""));
  if (!digest.ok()) return std::nullopt;
  return *std::move(digest);
}

// The digest by the algorithm of `like`, or the usual one.
Digest DigestLike(const Digest* like, absl::string_view bytes) {
  Hasher hasher = like != nullptr ? Hasher(*like) : Hasher();
  hasher.Update(bytes);
  return hasher.Current();
}

}  // namespace

Call Manifests::NewCall(absl::string_view method, absl::string_view reference, bool push) const {
  return Call{.method = std::string(method),
              .target = absl::StrCat("/v2/", repository_, "/manifests/", reference),
              .access = {.repository = repository_, .push = push},
              .reply_limit = image::kMaxManifestBytes,
              .traffic = &traffic_};
}

absl::StatusOr<std::optional<Digest>> Manifests::Head(const Context& context, absl::string_view reference) {
  Call call = NewCall("HEAD", reference, /*push=*/true);
  call.headers.Add("Accept", kManifestTypes);
  ABSL_ASSIGN_OR_RETURN(const Answer answer, host_.Send(context, call));
  const int status = answer.reply.status;
  if (status == 404 || status == 403) return std::nullopt;
  if (status == 400 || status == 405 || status == 501) return Look(context, reference);
  if (status != 200) return host_.Refusal(call, answer);
  std::optional<Digest> digest = DigestHeader(answer.reply);
  if (!digest.has_value()) return Look(context, reference);
  const absl::StatusOr<Digest> asked = Digest::Parse(reference);
  return asked.ok() && *asked != *digest ? std::nullopt : std::move(digest);
}

absl::StatusOr<std::optional<Digest>> Manifests::Look(const Context& context, absl::string_view reference) {
  Call call = NewCall("GET", reference, /*push=*/true);
  call.headers.Add("Accept", kManifestTypes);
  ABSL_ASSIGN_OR_RETURN(Answer answer, host_.Send(context, call));
  if (answer.reply.status != 200) return std::nullopt;
  const bool is_page = reply::IsWebPage(answer.reply);
  const absl::StatusOr<FetchedManifest> fetched = Accept(std::move(answer), reference);
  if (fetched.ok()) return fetched->digest;
  // Nothing good comes from a place that answers with web pages. Any other answer says that the manifest is not there.
  if (is_page) return fetched.status();
  return std::nullopt;
}

absl::StatusOr<std::optional<FetchedManifest>> Manifests::Get(const Context& context, absl::string_view reference) {
  return Get(context, reference, /*push=*/false);
}

absl::StatusOr<std::optional<FetchedManifest>> Manifests::Get(const Context& context, absl::string_view reference,
                                                              bool push) {
  Call call = NewCall("GET", reference, push);
  call.headers.Add("Accept", kManifestTypes);
  ABSL_ASSIGN_OR_RETURN(Answer answer, host_.Send(context, call));
  if (answer.reply.status == 404) return std::nullopt;
  if (answer.reply.status != 200) return host_.Refusal(call, answer);
  return Accept(std::move(answer), reference);
}

absl::StatusOr<FetchedManifest> Manifests::Accept(Answer answer, absl::string_view reference) const {
  if (!IsJson(answer.reply.body)) return reply::NoRegistryError("GET", answer.reply, "a manifest");
  FetchedManifest fetched{.media_type = MediaTypeOf(answer.reply),
                          .bytes = std::move(answer.reply.body),
                          .digest = Digest::Of(""),
                          .etag = answer.reply.headers.Find("ETag").value_or("")};
  const absl::StatusOr<Digest> asked = Digest::Parse(reference);
  const std::optional<Digest> said = DigestHeader(answer.reply);
  fetched.digest = DigestLike(asked.ok() ? &*asked : nullptr, fetched.bytes);
  if (asked.ok() && fetched.digest != *asked) {
    return VerificationError(absl::StrCat("the registry sent ", fetched.digest.ToString(), " for ", reference));
  }
  if (!asked.ok() && said.has_value() && DigestLike(&*said, fetched.bytes) != *said) {
    return VerificationError(absl::StrCat("the registry sent ", fetched.digest.ToString(), " for ", reference,
                                          ", and says that it is ", said->ToString()));
  }
  return fetched;
}

absl::StatusOr<Answer> Manifests::Put(const Context& context, absl::string_view reference, const ManifestPut& put) {
  Call call = NewCall("PUT", reference, /*push=*/true);
  for (size_t i = 0; i < put.tags.size(); ++i) {
    absl::StrAppend(&call.target, i == 0 ? "?" : "&", "tag=", http::PercentEncode(put.tags[i]));
  }
  if (put.conditions.has_value()) call.headers = *put.conditions;
  call.headers.Set("Content-Type", put.media_type);
  const io::StringSource body{std::string(put.bytes)};
  call.body = &body;
  return host_.Send(context, call);
}

absl::Status Manifests::Refusal(absl::string_view reference, const Answer& answer) const {
  return host_.Refusal(NewCall("PUT", reference, true), answer);
}

absl::Status Manifests::CheckStored(const Context& context, const Answer& answer, const Digest& digest) {
  const std::optional<Digest> stored = DigestHeader(answer.reply);
  if (!stored.has_value()) {
    if (answer.reply.status == 201 && answer.reply.headers.Find("Location").has_value()) return absl::OkStatus();
    ABSL_ASSIGN_OR_RETURN(const std::optional<Digest> there, Look(context, digest.ToString()));
    return there.has_value() ? absl::OkStatus()
                             : reply::NoRegistryError("PUT", answer.reply, "a digest, and the manifest is not there");
  }
  if (*stored == digest) return absl::OkStatus();
  return VerificationError(absl::StrCat(host_.domain(), "/", repository_, ": the registry stored ", stored->ToString(),
                                        " instead of ", digest.ToString()));
}

absl::StatusOr<bool> Manifests::Exists(const Context& context, absl::string_view reference) {
  Call call = NewCall("HEAD", reference, /*push=*/false);
  // A type that is missing here would make it a 404.
  call.headers.Add("Accept", absl::StrCat(kManifestTypes, ", */*"));
  ABSL_ASSIGN_OR_RETURN(const Answer head, host_.Send(context, call));
  if (head.reply.status == 200 && !reply::IsWebPage(head.reply)) return true;
  // The answer to HEAD has no words.
  call.method = "GET";
  ABSL_ASSIGN_OR_RETURN(const Answer answer, host_.Send(context, call));
  if (answer.reply.status == 200) {
    if (IsJson(answer.reply.body)) return true;
    return reply::NoRegistryError("GET", answer.reply, "a manifest");
  }
  const bool is_unknown = answer.reply.status == 404 && (reply::HasCode(answer.reply, "MANIFEST_UNKNOWN") ||
                                                         reply::HasCode(answer.reply, "NOT_FOUND"));
  if (is_unknown) return false;
  return host_.Refusal(call, answer);
}

absl::Status Manifests::Delete(const Context& context, absl::string_view reference) {
  Call call = NewCall("DELETE", reference, /*push=*/true);
  call.access.more_scopes = {absl::StrCat("repository:", repository_, ":delete")};
  ABSL_ASSIGN_OR_RETURN(const Answer answer, host_.Send(context, call));
  const int status = answer.reply.status;
  if (status == 200 || status == 202 || status == 204 || status == 404) return absl::OkStatus();
  return host_.Refusal(call, answer);
}

}  // namespace waybill::oci::registry::transfer
