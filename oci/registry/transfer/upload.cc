// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/transfer/upload.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/io/slice.h"
#include "oci/registry/reply/reply_class.h"
#include "oci/registry/reply/reply_error.h"
#include "oci/registry/transfer/blob_answer.h"
#include "oci/registry/transfer/upload_range.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry::transfer {
namespace {

// Blobs up to this go out with the POST where the host takes them.
constexpr int64_t kSinglePostBytes = 1 << 20;
// Until that is known only these find out: a host that does not take it has the body sent once more.
constexpr int64_t kProbeBytes = 16 << 10;
constexpr int64_t kFirstChunkBytes = int64_t{50} << 20;
constexpr int64_t kGithubChunkBytes = 4 << 20;
constexpr int64_t kSmallestChunkBytes = 1 << 20;
// An upload that has failed does not wait longer for the end of its session.
constexpr absl::Duration kCancelTime = absl::Seconds(2);
// Times that a chunked upload goes on after a break without a chunk that arrived in between.
constexpr int kBreaks = 3;

bool IsSuccess(const http::Reply& reply) { return reply.status >= 200 && reply.status < 300; }

// Hosts that lose data in chunked uploads (docs/registries.md).
bool TakesNoChunks(absl::string_view domain) {
  return absl::EndsWith(domain, ".amazonaws.com") || domain == "public.ecr.aws" || domain == "gcr.io" ||
         absl::EndsWith(domain, ".gcr.io") || absl::EndsWith(domain, ".pkg.dev");
}

reply::ReplyClass JudgeAttempt(const absl::StatusOr<http::Reply>& reply) {
  return reply.ok() ? reply::ClassifyReply(*reply, /*upload=*/true) : reply::ClassifyError(reply.status());
}

// Whether only the answer may have got lost behind the last byte: a connection that broke, or a proxy that gave up
// waiting for the registry.
bool MayHaveArrived(const absl::StatusOr<http::Reply>& reply) {
  const reply::ReplyClass verdict = JudgeAttempt(reply);
  return verdict == reply::ReplyClass::kTransient || verdict == reply::ReplyClass::kUnreachable ||
         (reply.ok() && reply->status == 503);
}

std::optional<int64_t> LastByte(const http::Reply& reply) {
  return LastByteOf(reply.headers.Find("Range").value_or(""));
}

absl::StatusOr<std::string> SessionOf(absl::string_view method, const http::Reply& reply) {
  const std::optional<std::string> location = reply.headers.Find("Location");
  if (!location.has_value()) return reply::NoRegistryError(method, reply, "a Location");
  ABSL_ASSIGN_OR_RETURN(const http::Url at, http::Url::Parse(reply.url));
  ABSL_ASSIGN_OR_RETURN(const http::Url session, http::ResolveOwnLocation(at, *location, "/v2/"));
  return session.ToString();
}

}  // namespace

void Upload::Report(const Context& context, ProgressEvent::State state, int64_t sent, absl::string_view detail) const {
  context.Report({.target = absl::StrCat(host_.domain(), "/", repository_),
                  .item = blob_.digest.ToString(),
                  .state = state,
                  .current = sent,
                  .total = blob_.size,
                  .detail = std::string(detail)});
}

Call Upload::NewCall(const Context& context, absl::string_view method, std::string target) const {
  return Call{
      .method = std::string(method),
      .target = std::move(target),
      .access = {.repository = repository_, .push = true},
      .traffic = &traffic_,
      .on_retry = [this, &context](absl::string_view why) { Report(context, ProgressEvent::State::kRetrying, 0, why); },
      .on_silence = [this, &context](
                        absl::string_view what) { Report(context, ProgressEvent::State::kCommitting, sent_, what); }};
}

absl::Status Upload::Run(const Context& context, std::optional<std::string> session) {
  Retrier retrier = host_.NewRetrier();
  chunk_bytes_ = host_.memory().chunks().SizeFor(blob_.size);
  session_ = session.value_or("");
  while (true) {
    sent_ = 0;
    const absl::StatusOr<http::Reply> reply = Once(context, std::exchange(session, std::nullopt));
    if (reply.ok() && IsSuccess(*reply)) {
      ABSL_RETURN_IF_ERROR(CheckStored(context, *reply));
      if (chunk_bytes_ > 0) host_.memory().chunks().Took(chunk_bytes_);
      return absl::OkStatus();
    }
    const absl::Status error =
        Annotate(reply.ok() ? host_.Refusal({.method = "PUT"}, {*reply, retrier.attempts()}) : reply.status(),
                 absl::StrCat("blob ", blob_.digest.ToString()));
    const absl::StatusOr<bool> again = Again(context, retrier, reply, error);
    // After the wait, which a registry that is still at it may need.
    if (again.ok() && sent_ >= blob_.size && MayHaveArrived(reply) && Arrived(context)) return absl::OkStatus();
    CancelSession();
    ABSL_RETURN_IF_ERROR(again.status());
    if (!*again) return error;
    traffic_.bytes_again += sent_;
  }
}

absl::StatusOr<bool> Upload::Again(const Context& context, Retrier& retrier, const absl::StatusOr<http::Reply>& reply,
                                   const absl::Status& error) {
  ABSL_RETURN_IF_ERROR(context.Check());
  const auto report = [&] { Report(context, ProgressEvent::State::kRetrying, 0, error.message()); };
  const reply::ReplyClass verdict = JudgeAttempt(reply);
  retrier.AddSilence(http::SilenceOf(reply.status()));
  // ECR answers 403 to a password that has expired.
  const bool auth = verdict == reply::ReplyClass::kAuth || std::exchange(renewed_, false);
  const bool other_way =
      (auth && !std::exchange(authorized_again_, true)) || (reply.ok() && reply->status == 413 && ShrinkChunks());
  if (other_way) {
    report();
    return true;
  }
  return retrier.Again(context, verdict, reply::AskedWait(reply, host_.clock().Now()), report);
}

void Upload::CancelSession() {
  if (session_.empty()) return;
  const Context own = Context().WithTimeout(kCancelTime);
  Call call = NewCall(own, "DELETE", std::exchange(session_, ""));
  call.retry = false;
  // A session that stays is no harm to the push.
  (void)host_.Send(own, call);
}

absl::StatusOr<http::Reply> Upload::Once(const Context& context, std::optional<std::string> session) {
  std::optional<Throttle::Permit> permit;
  if (blob_.size > kLargeBody) {
    ABSL_ASSIGN_OR_RETURN(Throttle::Permit entered, host_.throttle().Enter(context, Slot::kSession, blob_.size));
    permit.emplace(std::move(entered));
  }
  const Learned learned = host_.memory().single_post();
  const int64_t limit = learned == Learned::kYes ? kSinglePostBytes : learned == Learned::kNo ? 0 : kProbeBytes;
  const bool single = !session.has_value() && blob_.size <= limit && blob_.size > 0;
  single_ = single;
  if (single) {
    ABSL_ASSIGN_OR_RETURN(http::Reply reply, PostWhole(context, session));
    const bool final = reply::ClassifyReply(reply, /*upload=*/true) == reply::ReplyClass::kFinal && !renewed_;
    if (!session.has_value() && (IsSuccess(reply) || !final)) return reply;
  }
  single_ = false;
  if (!session.has_value()) {
    ABSL_ASSIGN_OR_RETURN(session, OpenSession(context));
  }
  return chunk_bytes_ > 0 ? PutInChunks(context, *std::move(session)) : Put(context, *session);
}

absl::StatusOr<Answer> Upload::SendPart(const Context& context, const Call& call) {
  absl::StatusOr<Answer> answer = host_.Send(context, call);
  renewed_ = answer.ok() && answer->renewed;
  return answer;
}

absl::StatusOr<http::Reply> Upload::PostWhole(const Context& context, std::optional<std::string>& session) {
  Call call = NewCall(
      context, "POST",
      absl::StrCat("/v2/", repository_, "/blobs/uploads/?digest=", http::PercentEncode(blob_.digest.ToString())));
  call.headers.Add("Content-Type", "application/octet-stream");
  call.body = &source_;
  call.retry = false;
  call.on_sent = [this](int64_t sent) { sent_ = sent; };
  ABSL_ASSIGN_OR_RETURN(Answer answer, SendPart(context, call));
  sent_ = answer.reply.bytes_sent;
  if (answer.reply.status == 202) {
    host_.memory().set_single_post(Learned::kNo);
    ABSL_ASSIGN_OR_RETURN(session, Enter(answer.reply));
    traffic_.bytes_again += std::exchange(sent_, 0);
  } else if (SaysStored(answer.reply, blob_)) {
    host_.memory().set_single_post(Learned::kYes);
  } else if (!IsSuccess(answer.reply) && !renewed_ &&
             reply::ClassifyReply(answer.reply, /*upload=*/true) == reply::ReplyClass::kFinal) {
    host_.memory().set_single_post(Learned::kNo);
    traffic_.bytes_again += std::exchange(sent_, 0);
  }
  return std::move(answer.reply);
}

absl::StatusOr<std::string> Upload::OpenSession(const Context& context) {
  const Call call = NewCall(context, "POST", absl::StrCat("/v2/", repository_, "/blobs/uploads/"));
  ABSL_ASSIGN_OR_RETURN(const Answer answer, host_.Send(context, call));
  if (!IsSuccess(answer.reply)) return host_.Refusal(call, answer);
  return Enter(answer.reply);
}

absl::StatusOr<std::string> Upload::Enter(const http::Reply& reply) {
  int64_t minimum = 0;
  if (absl::SimpleAtoi(reply.headers.Find("OCI-Chunk-Min-Length").value_or(""), &minimum)) {
    chunk_minimum_ = std::clamp<int64_t>(minimum, 0, blob_.size);
    if (chunk_bytes_ > 0) chunk_bytes_ = std::max(chunk_bytes_, chunk_minimum_);
  }
  ABSL_ASSIGN_OR_RETURN(session_, SessionOf("POST", reply));
  return session_;
}

absl::StatusOr<http::Reply> Upload::Put(const Context& context, const std::string& session) {
  ABSL_ASSIGN_OR_RETURN(const http::Url url, http::Url::Parse(session));
  Call call = NewCall(context, "PUT", url.WithParameter("digest", blob_.digest.ToString()).ToString());
  call.headers.Add("Content-Type", "application/octet-stream");
  call.body = &source_;
  call.retry = false;
  call.on_sent = [this, &context](int64_t sent) {
    sent_ = sent;
    Report(context, sent == blob_.size ? ProgressEvent::State::kCommitting : ProgressEvent::State::kTransferring, sent,
           "");
  };
  Report(context, ProgressEvent::State::kTransferring, 0, "");
  ABSL_ASSIGN_OR_RETURN(Answer answer, SendPart(context, call));
  return std::move(answer.reply);
}

absl::StatusOr<Answer> Upload::Patch(const Context& context, const std::string& session, int64_t offset, int64_t end) {
  const io::Slice slice(source_, offset, end - offset);
  Call call = NewCall(context, "PATCH", session);
  call.headers.Add("Content-Type", "application/octet-stream");
  call.headers.Add("Content-Range", absl::StrCat(offset, "-", end - 1));
  call.body = &slice;
  call.retry = false;
  call.on_sent = [this, &context, offset](int64_t sent) {
    sent_ = offset + sent;
    Report(context, ProgressEvent::State::kTransferring, sent_, "");
  };
  return SendPart(context, call);
}

absl::StatusOr<http::Reply> Upload::PutInChunks(const Context& context, std::string session) {
  int breaks = 0;  // since the last chunk that arrived
  for (int64_t offset = 0; offset < blob_.size;) {
    const int64_t end = std::min(offset + chunk_bytes_, blob_.size);
    absl::StatusOr<Answer> answer = Patch(context, session, offset, end);
    if (!answer.ok()) {
      if (reply::ClassifyError(answer.status()) != reply::ReplyClass::kTransient || ++breaks > kBreaks)
        return answer.status();
      Report(context, ProgressEvent::State::kRetrying, offset, answer.status().message());
      ABSL_ASSIGN_OR_RETURN(const std::optional<Position> at, FindPosition(context, session));
      if (!at.has_value() || at->offset < offset || at->offset > end) return answer.status();
      traffic_.bytes_again += std::max<int64_t>(sent_ - at->offset, 0);
      offset = sent_ = at->offset;
      session = session_ = at->session;
      continue;
    }
    if (!IsSuccess(answer->reply)) return std::move(answer->reply);
    ABSL_ASSIGN_OR_RETURN(session, AcceptChunk(answer->reply, session, end));
    session_ = session;
    offset = end;
    breaks = 0;
  }
  ABSL_ASSIGN_OR_RETURN(const http::Url url, http::Url::Parse(session));
  Call call = NewCall(context, "PUT", url.WithParameter("digest", blob_.digest.ToString()).ToString());
  call.retry = false;
  Report(context, ProgressEvent::State::kCommitting, blob_.size, "");
  ABSL_ASSIGN_OR_RETURN(Answer answer, SendPart(context, call));
  return std::move(answer.reply);
}

absl::StatusOr<std::optional<Upload::Position>> Upload::FindPosition(const Context& context,
                                                                     const std::string& session) {
  ABSL_RETURN_IF_ERROR(context.Check());
  const absl::StatusOr<Answer> answer = host_.Send(context, NewCall(context, "GET", session));
  ABSL_RETURN_IF_ERROR(context.Check());
  if (!answer.ok() || answer->reply.status != 204) return std::nullopt;
  const std::optional<int64_t> last = LastByte(answer->reply);
  if (last.value_or(0) == 0) return std::nullopt;
  Position position{.offset = *last + 1, .session = session};
  if (answer->reply.headers.Find("Location").has_value()) {
    ABSL_ASSIGN_OR_RETURN(position.session, SessionOf("GET", answer->reply));
  }
  return position;
}

absl::StatusOr<std::string> Upload::AcceptChunk(const http::Reply& reply, const std::string& session, int64_t end) {
  const std::string range = reply.headers.Find("Range").value_or("");
  if (reply.status != 202 || (!range.empty() && LastByte(reply) != end - 1)) {
    return MakeError(Reason::kRefused,
                     absl::StrCat(host_.domain(), "/", repository_, ": the registry takes no chunked upload: after ",
                                  end, " bytes it answered ", reply.status, ", Range \"", range, "\""));
  }
  if (!reply.headers.Find("Location").has_value()) return session;
  return SessionOf("PATCH", reply);
}

bool Upload::Arrived(const Context& context) {
  const Call call = NewCall(context, "HEAD", absl::StrCat("/v2/", repository_, "/blobs/", blob_.digest.ToString()));
  const absl::StatusOr<Answer> answer = host_.Send(context, call);
  return answer.ok() && SaysPresent(answer->reply, blob_);
}

absl::Status Upload::CheckStored(const Context& context, const http::Reply& reply) {
  if (SaysStored(reply, blob_) || Arrived(context)) return absl::OkStatus();
  ABSL_RETURN_IF_ERROR(context.Check());
  return Annotate(reply::NoRegistryError(single_ ? "POST" : "PUT", reply, "a Location, and the blob is not there"),
                  absl::StrCat("blob ", blob_.digest.ToString()));
}

bool Upload::ShrinkChunks() {
  if (TakesNoChunks(host_.domain())) return false;
  host_.memory().chunks().Refused(chunk_bytes_ > 0 ? chunk_bytes_ : blob_.size);
  const int64_t smallest = std::max(kSmallestChunkBytes, chunk_minimum_);
  if (chunk_bytes_ == 0) {
    const int64_t first = host_.domain() == "ghcr.io" ? kGithubChunkBytes : kFirstChunkBytes;
    chunk_bytes_ = std::max(smallest, std::min(first, blob_.size / 2));
    return blob_.size > smallest;
  }
  if (chunk_bytes_ <= smallest) return false;
  chunk_bytes_ = std::max(smallest, chunk_bytes_ / 4);
  return true;
}

}  // namespace waybill::oci::registry::transfer
