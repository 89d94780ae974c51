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
#include "oci/io/string.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry::transfer {
namespace {

std::string MediaTypeOf(const http::Reply& reply) {
  const std::string header = reply.headers.Find("Content-Type").value_or("");
  const std::string type(absl::StripAsciiWhitespace(absl::string_view(header).substr(0, header.find(';'))));
  if (!type.empty() && type != "application/json" && type != "text/plain") return type;
  const absl::StatusOr<json::Fields> fields = json::Fields::Parse(reply.body);
  if (!fields.ok() || fields->Find("mediaType").empty()) return type;
  return json::DecodeString(fields->Find("mediaType")).value_or(type);
}

std::optional<Digest> DigestHeader(const http::Reply& reply) {
  absl::StatusOr<Digest> digest = Digest::Parse(reply.headers.Find("Docker-Content-Digest").value_or(""));
  if (!digest.ok()) return std::nullopt;
  return *std::move(digest);
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
  if (status == 404 || status == 403 || status == 405) return std::nullopt;
  if (status != 200) return host_.Refusal(call, answer);
  if (std::optional<Digest> digest = DigestHeader(answer.reply); digest.has_value()) return digest;
  // Asked for by digest, the answer is about that digest.
  absl::StatusOr<Digest> asked = Digest::Parse(reference);
  if (!asked.ok()) return std::nullopt;
  return *std::move(asked);
}

absl::StatusOr<std::optional<FetchedManifest>> Manifests::Get(const Context& context, absl::string_view reference) {
  Call call = NewCall("GET", reference, /*push=*/false);
  call.headers.Add("Accept", kManifestTypes);
  ABSL_ASSIGN_OR_RETURN(Answer answer, host_.Send(context, call));
  if (answer.reply.status == 404) return std::nullopt;
  if (answer.reply.status != 200) return host_.Refusal(call, answer);
  FetchedManifest fetched{.media_type = MediaTypeOf(answer.reply),
                          .bytes = std::move(answer.reply.body),
                          .digest = Digest::Of(""),
                          .etag = answer.reply.headers.Find("ETag").value_or("")};
  const absl::StatusOr<Digest> asked = Digest::Parse(reference);
  Hasher hasher = asked.ok() ? Hasher(*asked) : Hasher();
  hasher.Update(fetched.bytes);
  fetched.digest = hasher.Current();
  if (asked.ok() && fetched.digest != *asked) {
    return VerificationError(absl::StrCat("the registry sent ", fetched.digest.ToString(), " for ", reference));
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

absl::Status Manifests::CheckStored(const Answer& answer, const Digest& digest) const {
  const std::optional<Digest> stored = DigestHeader(answer.reply);
  if (!stored.has_value() || *stored == digest) return absl::OkStatus();
  return VerificationError(absl::StrCat(host_.domain(), "/", repository_, ": the registry stored ", stored->ToString(),
                                        " instead of ", digest.ToString()));
}

absl::StatusOr<bool> Manifests::Delete(const Context& context, absl::string_view reference) {
  ABSL_ASSIGN_OR_RETURN(const Answer answer, host_.Send(context, NewCall("DELETE", reference, /*push=*/true)));
  return answer.reply.status == 202 || answer.reply.status == 200 || answer.reply.status == 404;
}

}  // namespace waybill::oci::registry::transfer
