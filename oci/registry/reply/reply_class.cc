// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/reply/reply_class.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/http/retry_after.h"
#include "oci/registry/reply/reply_error.h"

namespace waybill::oci::registry::reply {
namespace {

// Metadata of RateLimited's errors: milliseconds, or nothing.
constexpr char kWaitKey[] = "retry_after_ms";
constexpr int kTransientStatuses[] = {408, 425, 499, 500, 502, 503, 504, 520, 521, 522, 523, 524};

bool SaysRateLimit(absl::string_view body) {
  const std::string lower = absl::AsciiStrToLower(body);
  return absl::StrContains(lower, "rate limit") || absl::StrContains(lower, "too many requests") ||
         absl::StrContains(lower, "toomanyrequests");
}

bool LostSession(const http::Reply& reply) {
  if (reply.status == 416) return true;
  if (HasCode(reply, "BLOB_UPLOAD_UNKNOWN") || HasCode(reply, "BLOB_UPLOAD_INVALID")) return true;
  return reply.status == 400 && ParseErrors(reply.body).empty();
}

}  // namespace

ReplyClass ClassifyReply(const http::Reply& reply, bool upload) {
  if (reply.status < 400) return ReplyClass::kFinal;
  if (reply.status == 401) return ReplyClass::kAuth;
  if (reply.status == 429 || (reply.status == 403 && SaysRateLimit(reply.body)) ||
      (reply.status == 503 && reply.headers.Find("Retry-After").has_value())) {
    return ReplyClass::kRate;
  }
  const bool listed = std::find(std::begin(kTransientStatuses), std::end(kTransientStatuses), reply.status) !=
                      std::end(kTransientStatuses);
  return listed || (upload && LostSession(reply)) ? ReplyClass::kTransient : ReplyClass::kFinal;
}

ReplyClass ClassifyError(const absl::Status& error) {
  if (MetadataOf(error).contains(kWaitKey)) return ReplyClass::kRate;
  const std::optional<Reason> reason = ReasonOf(error);
  if (reason != Reason::kNetwork && reason != Reason::kTimeout) return ReplyClass::kFinal;
  const std::string failure = http::FailureOf(error);
  if (failure == http::kFailureResolve || failure == http::kFailureConnect) return ReplyClass::kUnreachable;
  if (reason == Reason::kTimeout) return ReplyClass::kTransient;
  const bool settled =
      failure == http::kFailureCertificate || failure == http::kFailurePlain || failure == http::kFailureProxy;
  return settled ? ReplyClass::kFinal : ReplyClass::kTransient;
}

absl::Status RateLimited(const absl::Status& error, std::optional<absl::Duration> wait) {
  ErrorMetadata metadata = MetadataOf(error);
  metadata[kWaitKey] = wait.has_value() ? absl::StrCat(absl::ToInt64Milliseconds(*wait)) : "";
  return MakeError(Reason::kNetwork, error.message(), metadata);
}

std::optional<absl::Duration> AskedWait(const absl::StatusOr<http::Reply>& reply, absl::Time now) {
  if (reply.ok()) return http::ParseRetryAfter(reply->headers.Find("Retry-After").value_or(""), now);
  const ErrorMetadata metadata = MetadataOf(reply.status());
  const auto found = metadata.find(kWaitKey);
  int64_t milliseconds = 0;
  if (found == metadata.end() || !absl::SimpleAtoi(found->second, &milliseconds)) return std::nullopt;
  return absl::Milliseconds(milliseconds);
}

}  // namespace waybill::oci::registry::reply
