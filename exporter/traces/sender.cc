// SPDX-License-Identifier: Apache-2.0
#include "exporter/traces/sender.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/http/redact.h"
#include "oci/http/retry_after.h"
#include "oci/http/status_mapping.h"
#include "oci/io/string.h"
#include "oci/status_macros.h"

namespace waybill::exporter::traces {
namespace {

constexpr int kAttempts = 5;
constexpr absl::Duration kFirstWait = absl::Seconds(1);
constexpr int64_t kMaxReplyBytes = 64 << 10;

bool IsRetryable(int status) { return status == 429 || status == 502 || status == 503 || status == 504; }

}  // namespace

absl::StatusOr<std::string> Sender::Try(const oci::Context& context, const oci::http::Request& request,
                                        std::optional<absl::Duration>& wait) {
  wait = absl::ZeroDuration();
  ABSL_ASSIGN_OR_RETURN(oci::http::Response response, transport_.Send(context, request));
  ABSL_ASSIGN_OR_RETURN(oci::http::Reply reply, ReadReply(context, std::move(response), kMaxReplyBytes));
  if (reply.status >= 200 && reply.status < 300) return std::move(reply.body);
  if (!IsRetryable(reply.status)) wait = std::nullopt;
  if (const std::optional<std::string> asked = reply.headers.Find("Retry-After");
      asked.has_value() && wait.has_value()) {
    wait = oci::http::ParseRetryAfter(*asked, clock_.Now()).value_or(absl::ZeroDuration());
  }
  return oci::MakeError(oci::http::ReasonForStatus(reply.status),
                        absl::StrCat("the collector answers ", reply.status, " ", oci::http::StatusName(reply.status)));
}

absl::StatusOr<Rejection> Sender::Send(const oci::Context& outer, const std::string& spans) {
  const absl::Time end = clock_.Now() + options_.timeout;
  const oci::Context context = outer.WithTimeout(options_.timeout);
  const oci::io::StringSource body(spans);
  oci::http::Request request{.method = "POST",
                             .url = options_.url,
                             .headers = options_.headers,
                             .tls = &options_.tls,
                             .body = &body,
                             .secret_body = true};
  request.headers.Set("Content-Type", "application/x-protobuf");
  for (int attempt = 1;; ++attempt) {
    std::optional<absl::Duration> wait;
    const absl::StatusOr<std::string> answer = Try(context, request, wait);
    if (answer.ok()) return DecodeRejection(*answer);
    const absl::Duration own = kFirstWait * (1 << (attempt - 1)) * (1 + clock_.Random() / 2);
    if (wait.has_value()) wait = std::max(*wait, own);
    const bool again = attempt < kAttempts && wait.has_value() && clock_.Now() + *wait < end;
    if (!again || !clock_.Sleep(context, *wait).ok()) {
      return oci::Annotate(answer.status(), absl::StrCat("sending spans to ", oci::http::RedactUrl(options_.url)));
    }
  }
}

}  // namespace waybill::exporter::traces
