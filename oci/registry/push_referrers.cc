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
  std::vector<Subject*> open;
  for (auto& [digest, subject] : subjects_) {
    if (MayNeedTag(subject)) {
      open.push_back(&subject);
    } else {
      subject.outcome.how = subject.taken ? SubjectOutcome::How::kApi : SubjectOutcome::How::kNone;
    }
  }
  if (open.empty()) return absl::OkStatus();
  if (fallback_ != Fallback::kAlways) {
    ABSL_ASSIGN_OR_RETURN(const bool api, AskForApi(context, open));
    if (!api && fallback_ == Fallback::kRequireApi) {
      return MakeError(Reason::kRefused, absl::StrCat(host_.domain(), "/", repository_,
                                                      " has no referrers API (referrers-fallback=require-api)"));
    }
    for (Subject* subject : open) subject->outcome.how = SubjectOutcome::How::kApi;
    if (api) return absl::OkStatus();
  }
  io::TaskGroup group(context, kParallel);
  for (Subject* subject : open) {
    group.Add([this, subject](const Context& inner) { return Write(inner, *subject); });
  }
  return group.Wait();
}

bool ReferrersDelivery::MayNeedTag(const Subject& subject) const {
  return fallback_ == Fallback::kAlways || (fallback_ != Fallback::kNever && !subject.taken);
}

absl::StatusOr<bool> ReferrersDelivery::AskForApi(const Context& context, const std::vector<Subject*>& subjects) {
  const bool known = host_.referrers_api(repository_) != Learned::kUnknown;
  bool api = false;
  io::TaskGroup group(context, kParallel);
  group.Add([&](const Context& inner) {
    api = referrers_.HasApi(inner, subjects.front()->descriptor.digest).value_or(false);
    return inner.Check();
  });
  for (Subject* subject : subjects) {
    if (known || fallback_ == Fallback::kRequireApi) break;
    group.Add([this, subject](const Context& inner) {
      auto state = referrers_.ReadFallback(inner, subject->descriptor.digest);
      if (state.ok()) subject->state = *std::move(state);
      return inner.Check();
    });
  }
  ABSL_RETURN_IF_ERROR(group.Wait());
  return api;
}

absl::Status ReferrersDelivery::Write(const Context& context, Subject& subject) {
  absl::StatusOr<Referrers::WriteResult> result =
      referrers_.WriteFallback(context, subject.descriptor, subject.entries, std::move(subject.state));
  ABSL_RETURN_IF_ERROR(context.Check());
  if (!result.ok()) result = Referrers::WriteResult{.reason = std::string(result.status().message())};
  subject.outcome.how = result->written ? SubjectOutcome::How::kFallbackTag : SubjectOutcome::How::kFailed;
  subject.outcome.reason = result->reason;
  if (result->written || fallback_ != Fallback::kAlways) return absl::OkStatus();
  return MakeError(Reason::kRefused, absl::StrCat("fallback tag of ", subject.descriptor.digest.ToString(), ": ",
                                                  result->reason, " (referrers-fallback=always)"));
}

std::vector<SubjectOutcome> ReferrersDelivery::outcomes() const {
  std::vector<SubjectOutcome> outcomes;
  for (const auto& [digest, subject] : subjects_) outcomes.push_back(subject.outcome);
  return outcomes;
}

}  // namespace waybill::oci::registry
