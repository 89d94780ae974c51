// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/host.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "oci/error.h"
#include "oci/http/redact.h"
#include "oci/http/url.h"
#include "oci/registry/reply/reply_class.h"
#include "oci/registry/reply/reply_error.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry {
namespace {

// Times that one request is sent again with other credentials.
constexpr int kMaxAuthRounds = 2;
// For the first answer of a host that nobody waits for patiently. Firewalls drop packets without a word.
constexpr absl::Duration kImpatientConnect = absl::Seconds(5);
// A refusal's words.
constexpr int64_t kMaxErrorBody = 64 << 10;

// What servers answer to plain HTTP on a TLS port, among other things.
constexpr int kBadRequest = 400;

// Whether the other scheme may be spoken where a request failed with `error`, or was answered with `status` when it is
// OK. A port that nobody listens on has no other scheme; where none was written, each scheme has its own.
bool MayBeOtherScheme(const config::Endpoint& endpoint, const absl::Status& error, int status) {
  const std::string failure = http::FailureOf(error);
  if (absl::StartsWith(endpoint.base_url, "http:")) {
    return error.ok() ? status == kBadRequest : failure == http::kFailureTransfer;
  }
  const auto url = http::Url::Parse(endpoint.base_url);
  return failure == http::kFailurePlain || (failure == http::kFailureConnect && url.ok() && url->port() == 443);
}

// What helps against a certificate that was refused. `roots`: some are configured.
absl::string_view CertificateHint(absl::string_view message, bool roots) {
  if (absl::StrContains(message, "subject name") || absl::StrContains(message, "hostname")) {
    return "the certificate is for other names: use one of these, or registry.insecure=true";
  }
  if (absl::StrContains(message, "expired") || absl::StrContains(message, "not yet valid")) {
    return "a new certificate, the right time on this machine, or registry.insecure=true helps";
  }
  return roots ? "no authority in \"ca\" has issued it: name the one that has, or use registry.insecure=true"
               : "\"ca\" in the configuration or registry.insecure=true helps";
}

// Adds what helps against the failure, where that is known.
absl::Status WithHint(const absl::Status& error, const http::TlsSettings& tls) {
  const std::string failure = http::FailureOf(error);
  absl::string_view hint;
  if (failure == http::kFailureCertificate) hint = CertificateHint(error.message(), !tls.extra_roots.empty());
  if (failure == http::kFailurePlain) hint = "\"http\" in the configuration or registry.insecure=true helps";
  if (hint.empty()) return error;
  return MakeError(Reason::kNetwork, absl::StrCat(error.message(), "; ", hint), MetadataOf(error));
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

// The last failure, with the silence of all attempts: callers that try again themselves count on.
absl::Status Failure(const absl::Status& error, const Retrier& retrier) {
  if (http::SilenceOf(error) <= absl::ZeroDuration()) return error;
  return http::WithSilence(error, std::max(http::SilenceOf(error), retrier.silent()));
}

// Whether the URL is on the host itself: elsewhere (an upload's storage) its credentials have no business.
bool OnEndpoint(const http::Url& url, const config::Endpoint& endpoint) {
  const auto base = http::Url::Parse(endpoint.base_url);
  return base.ok() && http::SameOrigin(url, *base);
}

}  // namespace

Host::Host(Deps deps, std::string domain, Options options)
    : deps_(deps),
      domain_(std::move(domain)),
      options_(std::move(options)),
      endpoints_(config::EndpointsFor(domain_, options_.config)),
      throttle_(deps.clock, options_.limits),
      authorizer_({deps.transport, deps.credentials, deps.clock}, domain_) {}

Retrier Host::NewRetrier() {
  RetryPolicy policy = options_.retry;
  // One that has answered is there, and comes back.
  policy.patient = policy.patient || answered_.load();
  policy.silence = options_.config.silence_limit.value_or(policy.silence);
  return Retrier(policy, deps_.clock, throttle_, domain_);
}

void Host::Settle(size_t index) {
  absl::MutexLock lock(&mu_);
  settled_ = index;
}

absl::StatusOr<Host::Wire> Host::SendTo(const Context& context, const Call& call, const config::Endpoint& endpoint,
                                        int resends) {
  const bool absolute = !absl::StartsWith(call.target, "/");
  ABSL_ASSIGN_OR_RETURN(http::Url url,
                        http::Url::Parse(absolute ? call.target : absl::StrCat(endpoint.base_url, call.target)));
  const bool ours = OnEndpoint(url, endpoint);
  http::TlsSettings tls = endpoint.tls;
  if (!ours) {
    ABSL_ASSIGN_OR_RETURN(tls, http::curl::OnwardTls(endpoint.tls, url, options_.tls_of));
  }
  const int64_t size = call.body == nullptr ? 0 : call.body->size();
  http::Request request{.method = call.method,
                        .url = url.ToString(),
                        .headers = call.headers,
                        .tls = &tls,
                        .body = call.body,
                        .bulk = size > kLargeBody,
                        .resends = resends,
                        .expect_continue = expect_.WaitFor(size),
                        .limits = options_.waits,
                        .on_sent = call.on_sent};
  if (!options_.retry.patient && !answered_.load()) {
    request.limits.connect = std::min(request.limits.connect, kImpatientConnect);
  }
  const absl::Duration silence = options_.config.silence_limit.value_or(options_.retry.silence);
  request.limits.reply =
      call.body != nullptr ? http::CommitLimit(size, silence) : std::min(request.limits.reply, silence);
  request.on_silence = [&](absl::Duration silent) {
    const std::string what = absl::StrCat("no answer for ", absl::FormatDuration(absl::Trunc(silent, absl::Seconds(1))),
                                          " to ", What(call, request.url));
    if (call.on_silence) return call.on_silence(what);
    context.Report({.state = call.body != nullptr ? ProgressEvent::State::kCommitting : ProgressEvent::State::kChecking,
                    .detail = what});
  };
  ABSL_ASSIGN_OR_RETURN(const Throttle::Permit permit,
                        throttle_.Enter(context, request.bulk ? Slot::kBody : Slot::kRequest, size));
  // Behind the throttle: a token that was taken before it may have ended by now.
  std::string authorization;
  if (ours) {
    ABSL_ASSIGN_OR_RETURN(authorization, authorizer_.Authorization(context, call.access, &endpoint.tls));
    if (!authorization.empty()) request.headers.Set("Authorization", authorization);
  }
  if (call.traffic != nullptr) ++call.traffic->requests;
  absl::StatusOr<http::Response> response =
      call.follow ? http::curl::SendFollowing(context, deps_.transport, request, options_.tls_of)
                  : deps_.transport.Send(context, request);
  if (response.ok() || http::FailureOf(response.status()) == http::kFailureTransfer) {
    expect_.Learn({.bytes = size,
                   .waited = request.expect_continue > absl::ZeroDuration(),
                   .continued = response.ok() && response->continued,
                   .status = response.ok() ? response->status : 0});
  }
  if (!response.ok()) {
    if (call.traffic != nullptr) call.traffic->bytes_sent += SentIn(response.status());
    return WithHint(Annotate(response.status(), What(call, request.url)), tls);
  }
  answered_.store(true);
  if (call.traffic != nullptr) call.traffic->bytes_sent += response->bytes_sent;
  const auto answered = http::Url::Parse(response->url);
  const bool ours_answered = ours && answered.ok() && OnEndpoint(*answered, endpoint);
  return Wire{*std::move(response), std::move(url), std::move(authorization), ours_answered};
}

absl::StatusOr<Host::Wire> Host::SendOnce(const Context& context, const Call& call, int resends) {
  size_t index;
  bool settled;
  {
    absl::MutexLock lock(&mu_);
    index = settled_.value_or(0);
    settled = settled_.has_value() || endpoints_.size() == 1;
  }
  absl::StatusOr<Wire> wire = SendTo(context, call, endpoints_[index], resends);
  if (!wire.ok()) {
    ABSL_ASSIGN_OR_RETURN(std::optional<Wire> inner, SendInnerName(context, call, index, wire.status()));
    if (inner.has_value()) return *std::move(inner);
  }
  if (settled) return wire;
  for (; index + 1 < endpoints_.size(); ++index) {
    const int status = wire.ok() ? wire->response.status : 0;
    if (!MayBeOtherScheme(endpoints_[index], wire.status(), status)) break;
    absl::StatusOr<Wire> other = SendTo(context, call, endpoints_[index + 1], resends + 1);
    // Where the other fails as well, the first was meant, unless something says that it was not: a certificate, or an
    // answer in plain HTTP.
    const bool meant = http::FailureOf(other.status()) != http::kFailureCertificate &&
                       http::FailureOf(wire.status()) != http::kFailurePlain;
    if (!other.ok() && meant) break;
    wire = std::move(other);
  }
  if (wire.ok()) Settle(index);
  return wire;
}

absl::StatusOr<std::optional<Host::Wire>> Host::SendInnerName(const Context& context, const Call& call, size_t index,
                                                              const absl::Status& error) {
  const std::string failure = http::FailureOf(error);
  if (absl::StartsWith(call.target, "/") || (failure != http::kFailureResolve && failure != http::kFailureConnect)) {
    return std::nullopt;
  }
  ABSL_ASSIGN_OR_RETURN(const http::Url named, http::Url::Parse(call.target));
  if (OnEndpoint(named, endpoints_[index]) || !absl::StartsWith(named.path(), "/v2/")) return std::nullopt;
  Call own = call;
  own.target = absl::StrCat(named.path(), named.query().empty() ? "" : "?", named.query());
  absl::StatusOr<Wire> wire = SendTo(context, own, endpoints_[index], /*resends=*/1);
  if (wire.ok() && wire->response.status < 400) return *std::move(wire);
  ABSL_RETURN_IF_ERROR(context.Check());
  return MakeError(Reason::kRefused,
                   absl::StrCat(domain_, " sends us on to a host that cannot be reached: ", error.message()));
}

absl::StatusOr<bool> Host::Learn(const Context& context, const Call& call, const Wire& wire) {
  if (!wire.ours) return false;
  const int status = wire.response.status;
  if (status == 401) {
    const http::Reply head{.status = 401, .headers = wire.response.headers};
    ABSL_ASSIGN_OR_RETURN(const http::Url at, http::Url::Parse(wire.response.url));
    return authorizer_.Learn(context, head, at, call.access, wire.sent);
  }
  // ECR answers so to a password that has expired.
  if (status == 403 && !wire.sent.empty()) {
    const absl::StatusOr<bool> renewed = authorizer_.Renew(context, call.access, wire.sent);
    ABSL_RETURN_IF_ERROR(context.Check());
    // That the source fails says nothing about the answer that there is.
    return renewed.ok() && *renewed;
  }
  const bool hides = (status == 403 || status == 404) && wire.sent.empty() && call.retry;
  return hides ? DrawChallenge(context, call) : false;
}

absl::StatusOr<bool> Host::DrawChallenge(const Context& context, const Call& call) {
  const auto draw = [&]() -> absl::Status {
    if (drawn_.load() || authorizer_.Knows() || !authorizer_.HasCredentials(context, call.access)) {
      return absl::OkStatus();
    }
    const Call base{.target = "/v2/", .access = call.access, .retry = false, .traffic = call.traffic};
    ABSL_ASSIGN_OR_RETURN(const Wire wire, SendOnce(context, base, /*resends=*/0));
    drawn_.store(true);
    return wire.response.status == 401 ? Learn(context, base, wire).status() : absl::OkStatus();
  };
  // That it cannot be drawn says nothing about the answer that there is.
  const absl::StatusOr<bool> drawn = challenge_.Run(context, "", draw);
  ABSL_RETURN_IF_ERROR(context.Check());
  return drawn.ok() && authorizer_.Knows();
}

absl::StatusOr<Host::Wire> Host::SendAuthorized(const Context& context, const Call& call, int resends) {
  for (int round = 0;; ++round) {
    ABSL_ASSIGN_OR_RETURN(Wire wire, SendOnce(context, call, resends + round));
    ABSL_ASSIGN_OR_RETURN(const bool more, Learn(context, call, wire));
    if (!more || !call.retry || round == kMaxAuthRounds) {
      wire.renewed = more;
      return wire;
    }
    if (call.traffic != nullptr) call.traffic->bytes_again += wire.response.bytes_sent;
    // Read to its end, so that the connection serves the next round.
    ABSL_RETURN_IF_ERROR(http::ReadReply(context, std::move(wire.response), kMaxErrorBody).status());
  }
}

absl::StatusOr<bool> Host::Again(const Context& context, const Call& call, Retrier& retrier,
                                 const absl::StatusOr<http::Reply>& reply) {
  const reply::ReplyClass verdict =
      reply.ok() ? reply::ClassifyReply(*reply, /*upload=*/false) : reply::ClassifyError(reply.status());
  if (verdict == reply::ReplyClass::kFinal || verdict == reply::ReplyClass::kAuth) return false;
  const absl::Status why = reply.ok() ? reply::ReplyError(call.method, *reply, 1) : reply.status();
  retrier.AddSilence(http::SilenceOf(why));
  const auto report = [&] {
    if (call.on_retry) return call.on_retry(why.message());
    context.Report({.state = ProgressEvent::State::kRetrying, .detail = std::string(why.message())});
  };
  ABSL_ASSIGN_OR_RETURN(const bool again,
                        retrier.Again(context, verdict, reply::AskedWait(reply, deps_.clock.Now()), report));
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
    absl::StatusOr<Wire> wire = SendAuthorized(context, call, retrier.attempts() - 1);
    const bool renewed = wire.ok() && wire->renewed;
    const absl::StatusOr<http::Reply> reply = ReadWhole(context, call, std::move(wire));
    if (reply.ok() && reply->status < 400) throttle_.Succeed();
    bool again = false;
    if (call.retry) {
      ABSL_ASSIGN_OR_RETURN(again, Again(context, call, retrier, reply));
    }
    if (again) continue;
    if (!reply.ok()) return Failure(reply.status(), retrier);
    if (retrier.attempts() > 1 && !call.on_retry) context.Report({.state = ProgressEvent::State::kTransferring});
    return Answer{*reply, retrier.attempts(), renewed};
  }
}

absl::StatusOr<http::Response> Host::Open(const Context& context, const Call& call) {
  Retrier retrier = NewRetrier();
  while (true) {
    absl::StatusOr<Wire> wire = SendAuthorized(context, call, retrier.attempts() - 1);
    if (wire.ok() && wire->response.status < 400) return std::move(wire->response);
    const absl::StatusOr<http::Reply> reply = ReadWhole(context, call, std::move(wire));
    ABSL_ASSIGN_OR_RETURN(const bool again, Again(context, call, retrier, reply));
    if (again) continue;
    if (!reply.ok()) return Failure(reply.status(), retrier);
    return Refusal(call, {*reply, retrier.attempts()});
  }
}

absl::Status Host::Refusal(const Call& call, const Answer& answer) const {
  const absl::Status error = reply::ReplyError(call.method, answer.reply, answer.attempts);
  if (ReasonOf(error) != Reason::kAuth) return error;
  const std::string origin = authorizer_.Origin();
  return MakeError(
      Reason::kAuth,
      absl::StrCat(error.message(), origin.empty() ? "" : "; credentials: ", origin, authorizer_.LoginHint()),
      MetadataOf(error));
}

}  // namespace waybill::oci::registry
