// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/host.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/http/redact.h"
#include "oci/http/redirect.h"
#include "oci/http/retry_after.h"
#include "oci/registry/reply_error.h"
#include "oci/registry/verdict.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry {
namespace {

// Times that one request is sent again with other credentials.
constexpr int kMaxAuthRounds = 2;
// A refusal's words.
constexpr int64_t kMaxErrorBody = 64 << 10;

// What servers answer to plain HTTP on a TLS port, among other things.
constexpr int kBadRequest = 400;

bool MayBeOtherScheme(const absl::Status& error) {
  const std::string failure = http::FailureOf(error);
  return failure == http::kFailureTls || failure == http::kFailureConnect || failure == http::kFailureTransfer;
}

std::string What(const Call& call, absl::string_view url) {
  return absl::StrCat(call.method, " ", http::RedactUrl(url));
}

int64_t SentIn(const absl::Status& error) {
  const ErrorMetadata metadata = MetadataOf(error);
  const auto found = metadata.find(std::string(http::kSentKey));
  int64_t sent = 0;
  return found != metadata.end() && absl::SimpleAtoi(found->second, &sent) ? sent : 0;
}

// Whether the URL is on the host itself: elsewhere (an upload's storage) its credentials have no business.
bool OnEndpoint(const http::Url& url, const Endpoint& endpoint) {
  const auto base = http::Url::Parse(endpoint.base_url);
  return base.ok() && http::SameOrigin(url, *base);
}

}  // namespace

Host::Host(Deps deps, std::string domain, Options options)
    : deps_(deps),
      domain_(std::move(domain)),
      options_(std::move(options)),
      endpoints_(EndpointsFor(domain_, options_.config)),
      gate_(deps.clock, options_.limits),
      authorizer_({deps.transport, deps.credentials, deps.clock}, domain_) {}

Learned Host::referrers_api(absl::string_view repository) const {
  absl::MutexLock lock(&mu_);
  const auto found = referrers_.find(std::string(repository));
  return found == referrers_.end() ? Learned::kUnknown : found->second;
}

void Host::set_referrers_api(absl::string_view repository, Learned learned) {
  absl::MutexLock lock(&mu_);
  referrers_[std::string(repository)] = learned;
}

size_t Host::endpoint_index() const {
  absl::MutexLock lock(&mu_);
  return settled_.value_or(0);
}

void Host::Settle(size_t index) {
  absl::MutexLock lock(&mu_);
  settled_ = index;
}

absl::StatusOr<Host::Wire> Host::SendTo(const Context& context, const Call& call, const Endpoint& endpoint) {
  const bool absolute = !absl::StartsWith(call.target, "/");
  ABSL_ASSIGN_OR_RETURN(http::Url url,
                        http::Url::Parse(absolute ? call.target : absl::StrCat(endpoint.base_url, call.target)));
  const bool ours = OnEndpoint(url, endpoint);
  const int64_t size = call.body == nullptr ? 0 : call.body->size();
  http::Request request{.method = call.method,
                        .url = url.ToString(),
                        .headers = call.headers,
                        .tls = ours ? &endpoint.tls : nullptr,
                        .body = call.body,
                        .bulk = size > kLargeBody,
                        .expect_continue = expect_.WaitFor(size),
                        .on_sent = call.on_sent};
  if (call.body != nullptr) request.limits.reply = http::CommitLimit(size);
  std::string authorization;
  if (ours) {
    ABSL_ASSIGN_OR_RETURN(authorization, authorizer_.Authorization(context, call.access, &endpoint.tls));
    if (!authorization.empty()) request.headers.Set("Authorization", authorization);
  }
  ABSL_ASSIGN_OR_RETURN(const Gate::Permit permit,
                        gate_.Enter(context, request.bulk ? Lane::kBody : Lane::kRequest, size));
  if (call.traffic != nullptr) ++call.traffic->requests;
  absl::StatusOr<http::Response> response =
      call.follow ? http::SendFollowing(context, deps_.transport, request) : deps_.transport.Send(context, request);
  if (response.ok() || http::FailureOf(response.status()) == http::kFailureTransfer) {
    expect_.Learn({.bytes = size,
                   .waited = request.expect_continue > absl::ZeroDuration(),
                   .continued = response.ok() && response->continued,
                   .status = response.ok() ? response->status : 0});
  }
  if (!response.ok()) {
    if (call.traffic != nullptr) call.traffic->bytes_sent += SentIn(response.status());
    const absl::Status error = Annotate(response.status(), What(call, request.url));
    if (http::FailureOf(error) != http::kFailureCertificate) return error;
    return MakeError(Reason::kNetwork,
                     absl::StrCat(error.message(), "; \"ca\" in the configuration or registry.insecure=true helps"),
                     MetadataOf(error));
  }
  if (call.traffic != nullptr) call.traffic->bytes_sent += response->bytes_sent;
  return Wire{*std::move(response), std::move(url), std::move(authorization)};
}

absl::StatusOr<Host::Wire> Host::SendOnce(const Context& context, const Call& call) {
  size_t index;
  bool settled;
  {
    absl::MutexLock lock(&mu_);
    index = settled_.value_or(0);
    settled = settled_.has_value() || endpoints_.size() == 1;
  }
  absl::StatusOr<Wire> wire = SendTo(context, call, endpoints_[index]);
  if (settled) return wire;
  for (; index + 1 < endpoints_.size(); ++index) {
    if (wire.ok() ? wire->response.status != kBadRequest : !MayBeOtherScheme(wire.status())) break;
    absl::StatusOr<Wire> other = SendTo(context, call, endpoints_[index + 1]);
    // Without TLS on the other side the bad request was meant; a certificate says that it was not.
    if (!other.ok() && wire.ok() && http::FailureOf(other.status()) != http::kFailureCertificate) break;
    wire = std::move(other);
  }
  if (wire.ok()) Settle(index);
  return wire;
}

absl::StatusOr<Host::Wire> Host::SendAuthorized(const Context& context, const Call& call) {
  for (int round = 0;; ++round) {
    ABSL_ASSIGN_OR_RETURN(Wire wire, SendOnce(context, call));
    if (wire.response.status != 401 || !OnEndpoint(wire.url, endpoints_[endpoint_index()])) return wire;
    const http::Reply head{.status = 401, .headers = wire.response.headers};
    ABSL_ASSIGN_OR_RETURN(const bool more, authorizer_.Learn(context, head, wire.url, call.access, wire.sent));
    if (!more || !call.retry || round == kMaxAuthRounds) return wire;
    if (call.traffic != nullptr) call.traffic->bytes_again += wire.response.bytes_sent;
    // Read to its end, so that the connection serves the next round.
    ABSL_RETURN_IF_ERROR(http::ReadReply(context, std::move(wire.response), kMaxErrorBody).status());
  }
}

absl::StatusOr<bool> Host::Again(const Context& context, const Call& call, Retrier& retrier,
                                 const absl::StatusOr<http::Reply>& reply) {
  const Verdict verdict = reply.ok() ? JudgeReply(*reply, /*upload=*/false) : JudgeError(reply.status());
  std::optional<absl::Duration> wait;
  if (reply.ok()) {
    wait = http::ParseRetryAfter(reply->headers.Find("Retry-After").value_or(""), deps_.clock.Now());
  }
  if (verdict == Verdict::kFinal || verdict == Verdict::kAuth) return false;
  const absl::Status why = reply.ok() ? ReplyError(call.method, *reply, 1) : reply.status();
  const auto report = [&] {
    if (call.on_retry) return call.on_retry(why.message());
    context.Report({.state = ProgressEvent::State::kRetrying, .detail = std::string(why.message())});
  };
  ABSL_ASSIGN_OR_RETURN(const bool again, retrier.Again(context, verdict, wait, report));
  if (again && call.traffic != nullptr) {
    call.traffic->bytes_again += reply.ok() ? reply->bytes_sent : SentIn(reply.status());
  }
  return again;
}

absl::StatusOr<http::Reply> Host::ReadWhole(const Context& context, const Call& call, absl::StatusOr<Wire> wire) {
  ABSL_RETURN_IF_ERROR(wire.status());
  const int64_t limit = wire->response.status >= 400 ? kMaxErrorBody : call.reply_limit;
  absl::StatusOr<http::Reply> reply = http::ReadReply(context, std::move(wire->response), limit);
  if (!reply.ok()) return Annotate(reply.status(), What(call, wire->url.ToString()));
  return reply;
}

absl::StatusOr<Answer> Host::Send(const Context& context, const Call& call) {
  Retrier retrier = NewRetrier();
  while (true) {
    absl::StatusOr<Wire> wire = SendAuthorized(context, call);
    const absl::StatusOr<http::Reply> reply = ReadWhole(context, call, std::move(wire));
    if (reply.ok() && reply->status < 400) gate_.Succeed();
    bool again = false;
    if (call.retry) {
      ABSL_ASSIGN_OR_RETURN(again, Again(context, call, retrier, reply));
    }
    if (again) continue;
    if (!reply.ok()) return reply.status();
    if (retrier.attempts() > 1 && !call.on_retry) context.Report({.state = ProgressEvent::State::kTransferring});
    return Answer{*reply, retrier.attempts()};
  }
}

absl::StatusOr<http::Response> Host::Open(const Context& context, const Call& call) {
  Retrier retrier = NewRetrier();
  while (true) {
    absl::StatusOr<Wire> wire = SendAuthorized(context, call);
    if (wire.ok() && wire->response.status < 400) return std::move(wire->response);
    const absl::StatusOr<http::Reply> reply = ReadWhole(context, call, std::move(wire));
    ABSL_ASSIGN_OR_RETURN(const bool again, Again(context, call, retrier, reply));
    if (again) continue;
    if (!reply.ok()) return reply.status();
    return Refusal(call, {*reply, retrier.attempts()});
  }
}

absl::Status Host::Refusal(const Call& call, const Answer& answer) const {
  const absl::Status error = ReplyError(call.method, answer.reply, answer.attempts);
  if (ReasonOf(error) != Reason::kAuth) return error;
  const std::string origin = authorizer_.Origin();
  return MakeError(Reason::kAuth, absl::StrCat(error.message(), origin.empty() ? "" : "; credentials: ", origin),
                   MetadataOf(error));
}

}  // namespace waybill::oci::registry
