// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/push_referrers.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/io/task_group.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry {
namespace {

constexpr int kParallel = 8;
// Longer than another writer takes from its read to its write.
constexpr absl::Duration kSettle = absl::Seconds(1);
constexpr int kRechecks = 3;

}  // namespace

absl::Status ReferrersDelivery::Deliver(const Context& context, const std::vector<PushedReferrer>& pushed) {
  for (const PushedReferrer& referrer : pushed) {
    const Digest& digest = referrer.subject.digest;
    Subject& subject =
        subjects_.try_emplace(digest, Subject{.descriptor = referrer.subject, .outcome = {.subject = digest}})
            .first->second;
    subject.entries.push_back(referrer.entry);
    subject.taken = subject.taken && referrer.taken;
  }
  std::vector<Subject*> to_write;
  for (auto& [digest, subject] : subjects_) {
    ABSL_ASSIGN_OR_RETURN(const bool needed, NeedsTag(context, subject));
    if (needed) to_write.push_back(&subject);
    if (!needed)
      subject.outcome.how =
          fallback_ == Fallback::kNever && !subject.taken ? SubjectOutcome::How::kNone : SubjectOutcome::How::kApi;
  }
  io::TaskGroup group(context, kParallel);
  for (Subject* subject : to_write) {
    group.Add([this, subject](const Context& inner) { return Write(inner, *subject); });
  }
  return group.Wait();
}

absl::StatusOr<bool> ReferrersDelivery::NeedsTag(const Context& context, const Subject& subject) {
  if (fallback_ == Fallback::kAlways) return true;
  if (fallback_ == Fallback::kNever || subject.taken) return false;
  const absl::StatusOr<bool> api = referrers_.HasApi(context, subject.descriptor.digest);
  ABSL_RETURN_IF_ERROR(context.Check());
  if (fallback_ == Fallback::kRequireApi && !(api.ok() && *api)) {
    return MakeError(Reason::kRefused, absl::StrCat(host_.domain(), "/", repository_,
                                                    " has no referrers API (referrers-fallback=require-api)"));
  }
  return !(api.ok() && *api);
}

absl::Status ReferrersDelivery::Write(const Context& context, Subject& subject) {
  absl::StatusOr<Referrers::WriteResult> result =
      referrers_.WriteFallback(context, subject.descriptor, subject.entries);
  ABSL_RETURN_IF_ERROR(context.Check());
  if (!result.ok()) result = Referrers::WriteResult{.reason = std::string(result.status().message())};
  subject.outcome.how = result->written ? SubjectOutcome::How::kFallbackTag : SubjectOutcome::How::kFailed;
  subject.outcome.reason = result->reason;
  if (result->written || fallback_ != Fallback::kAlways) return absl::OkStatus();
  return MakeError(Reason::kRefused, absl::StrCat("fallback tag of ", subject.descriptor.digest.ToString(), ": ",
                                                  result->reason, " (referrers-fallback=always)"));
}

absl::Status ReferrersDelivery::RecheckOne(const Context& context, Subject& subject) {
  for (int round = 0; round < kRechecks; ++round) {
    ABSL_RETURN_IF_ERROR(host_.clock().Sleep(context, kSettle * (1.0 + host_.clock().Random())));
    const absl::StatusOr<bool> listed = referrers_.StillListed(context, subject.descriptor.digest, subject.entries);
    ABSL_RETURN_IF_ERROR(context.Check());
    if (listed.ok() && *listed) return absl::OkStatus();
    ABSL_RETURN_IF_ERROR(Write(context, subject));
  }
  return absl::OkStatus();
}

absl::Status ReferrersDelivery::Recheck(const Context& context) {
  io::TaskGroup group(context, kParallel);
  for (auto& [digest, subject] : subjects_) {
    if (subject.outcome.how != SubjectOutcome::How::kFallbackTag) continue;
    group.Add([this, &subject = subject](const Context& inner) { return RecheckOne(inner, subject); });
  }
  return group.Wait();
}

std::vector<SubjectOutcome> ReferrersDelivery::outcomes() const {
  std::vector<SubjectOutcome> outcomes;
  for (const auto& [digest, subject] : subjects_) outcomes.push_back(subject.outcome);
  return outcomes;
}

}  // namespace waybill::oci::registry
