// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/push/push_referrers.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/content/referrers.h"
#include "oci/error.h"
#include "oci/status_macros.h"
#include "oci/work/task_group.h"

namespace waybill::oci::registry::push {
namespace {

constexpr int kParallel = 8;
constexpr size_t kMostListed = 10'000;  // referrers of one subject

}  // namespace

void ReferrersDelivery::Add(const StoredReferrer& referrer) {
  PendingSubject& subject =
      subjects_.try_emplace(referrer.subject.digest, PendingSubject{.descriptor = referrer.subject}).first->second;
  subject.entries.push_back(referrer.entry);
  if (referrer.taken.has_value()) ++(*referrer.taken ? subject.taken : subject.not_taken);
}

void ReferrersDelivery::Settle(const Subjects& subjects, SubjectOutcome::How how, const std::string& reason) {
  for (PendingSubject* subject : subjects) {
    subject->outcome = {.subject = subject->descriptor.digest, .how = how, .reason = reason};
  }
}

ReferrersDelivery::Subjects ReferrersDelivery::open() {
  Subjects open;
  for (auto& [digest, subject] : subjects_) {
    if (!subject.outcome.has_value()) open.push_back(&subject);
  }
  return open;
}

void ReferrersDelivery::SettleByHeader() {
  int taken = 0, not_taken = 0;
  for (const auto& [digest, subject] : subjects_) {
    taken += subject.taken;
    not_taken += subject.not_taken;
  }
  // A registry that takes subjects took those of earlier pushes.
  if (taken > 0 && not_taken == 0) host_.memory().set_referrers_api(repository_, Learned::kYes);
  for (auto& [digest, subject] : subjects_) {
    if (subject.taken > 0 && subject.not_taken == 0) Settle({&subject}, SubjectOutcome::How::kApi);
  }
}

absl::Status ReferrersDelivery::Deliver(const Context& context, const std::vector<StoredReferrer>& referrers) {
  for (const StoredReferrer& referrer : referrers) Add(referrer);
  ABSL_RETURN_IF_ERROR(CheckLists(context));
  if (fallback_ != config::Fallback::kAlways) SettleByHeader();
  if (fallback_ == config::Fallback::kNever) {
    // Of those that were there before nothing is known.
    for (PendingSubject* subject : open()) {
      if (subject->not_taken > 0) Settle({subject}, SubjectOutcome::How::kNone);
    }
    return absl::OkStatus();
  }
  if (open().empty()) return absl::OkStatus();
  if (fallback_ == config::Fallback::kRequireApi) return RequireApi(context);
  if (fallback_ == config::Fallback::kAuto) ABSL_RETURN_IF_ERROR(FindOut(context));
  work::TaskGroup group(context, kParallel);
  for (PendingSubject* subject : open()) {
    group.Add([this, subject](const Context& inner) { return Write(inner, *subject); });
  }
  return group.Wait();
}

absl::Status ReferrersDelivery::CheckLists(const Context& context) {
  if (store_again_ == nullptr) return absl::OkStatus();
  work::TaskGroup group(context, kParallel);
  for (const auto& [digest, subject] : subjects_) {
    if (subject.taken < 2) continue;
    group.Add([this, &subject = subject](const Context& inner) { return CheckList(inner, subject); });
  }
  return group.Wait();
}

absl::Status ReferrersDelivery::CheckList(const Context& context, const PendingSubject& subject) {
  const auto listed = referrers_.ListReferrers(context, subject.descriptor.digest, kMostListed);
  ABSL_RETURN_IF_ERROR(context.Check());
  std::set<Digest> there;
  // A list that cannot be had vouches for none of them.
  if (listed.ok()) {
    for (const content::Referrer& one : listed->referrers) there.insert(one.descriptor.digest);
  }
  for (const Descriptor& entry : subject.entries) {
    if (!there.contains(entry.digest)) ABSL_RETURN_IF_ERROR(store_again_(context, entry.digest));
  }
  return absl::OkStatus();
}

absl::Status ReferrersDelivery::RequireApi(const Context& context) {
  const Subjects subjects = open();
  const std::string where = absl::StrCat(host_.domain(), "/", repository_);
  const absl::StatusOr<bool> api = referrers_.HasApi(context, subjects.front()->descriptor.digest);
  if (!api.ok()) {
    return Annotate(api.status(),
                    absl::StrCat("whether ", where, " has the referrers API (referrers-fallback=require-api)"));
  }
  if (!*api) {
    return MakeError(Reason::kRefused, absl::StrCat(where, " has no referrers API (referrers-fallback=require-api)"));
  }
  Settle(subjects, SubjectOutcome::How::kApi);
  return absl::OkStatus();
}

absl::Status ReferrersDelivery::FindOut(const Context& context) {
  const Learned known = host_.memory().referrers_api(repository_);
  if (known == Learned::kNo) return absl::OkStatus();
  Subjects subjects = open();
  const auto nothing = [](const Context&) { return absl::OkStatus(); };
  const auto complete = [](const PendingSubject* subject) {
    return subject->state.has_value() && referrers::Referrers::Lists(*subject->state, subject->entries);
  };
  const bool stored =
      std::any_of(subjects.begin(), subjects.end(), [](PendingSubject* it) { return it->not_taken > 0; });
  if (known == Learned::kUnknown && !stored) {
    // An earlier push may have found out: where the tags are complete nobody needs to be asked.
    ABSL_RETURN_IF_ERROR(ReadTags(context, {subjects.front()}, nothing));
    if (complete(subjects.front())) {
      ABSL_RETURN_IF_ERROR(ReadTags(context, {subjects.begin() + 1, subjects.end()}, nothing));
    }
    for (PendingSubject* subject : subjects) {
      if (complete(subject)) Settle({subject}, SubjectOutcome::How::kFallbackTag);
    }
    subjects = open();
    if (subjects.empty()) return absl::OkStatus();
  }
  absl::StatusOr<bool> api = false;
  const auto ask = [&](const Context& inner) {
    api = referrers_.HasApi(inner, subjects.front()->descriptor.digest);
    return inner.Check();
  };
  // The tags of what is new are read meanwhile, so that finding out costs no round trip of its own.
  ABSL_RETURN_IF_ERROR(ReadTags(context, known == Learned::kUnknown && stored ? subjects : Subjects(), ask));
  if (!api.ok()) {
    Settle(subjects, SubjectOutcome::How::kFailed,
           absl::StrCat("the registry does not tell whether it lists them: ", api.status().message()));
  } else if (*api) {
    Settle(subjects, SubjectOutcome::How::kApi);
  }
  return absl::OkStatus();
}

absl::Status ReferrersDelivery::ReadTags(const Context& context, const Subjects& subjects,
                                         const std::function<absl::Status(const Context&)>& ask) {
  work::TaskGroup group(context, kParallel);
  group.Add(ask);
  for (PendingSubject* subject : subjects) {
    group.Add([this, subject](const Context& inner) {
      auto state = referrers_.ReadFallback(inner, subject->descriptor.digest);
      if (state.ok()) subject->state = *std::move(state);
      return inner.Check();
    });
  }
  return group.Wait();
}

absl::Status ReferrersDelivery::Write(const Context& context, PendingSubject& subject) {
  absl::StatusOr<referrers::TagWrite> result =
      referrers_.WriteFallback(context, subject.descriptor, subject.entries, std::move(subject.state));
  ABSL_RETURN_IF_ERROR(context.Check());
  if (!result.ok()) result = referrers::TagWrite{.reason = std::string(result.status().message())};
  Settle({&subject}, result->written ? SubjectOutcome::How::kFallbackTag : SubjectOutcome::How::kFailed,
         result->reason);
  if (result->written || fallback_ != config::Fallback::kAlways) return absl::OkStatus();
  return MakeError(Reason::kRefused, absl::StrCat("fallback tag of ", subject.descriptor.digest.ToString(), ": ",
                                                  result->reason, " (referrers-fallback=always)"));
}

std::vector<SubjectOutcome> ReferrersDelivery::outcomes() const {
  std::vector<SubjectOutcome> outcomes;
  for (const auto& [digest, subject] : subjects_) {
    if (subject.outcome.has_value()) outcomes.push_back(*subject.outcome);
  }
  return outcomes;
}

}  // namespace waybill::oci::registry::push
