// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/builds/builds.h"

#include <chrono>
#include <optional>
#include <utility>

#include "absl/time/time.h"
#include "exporter/rpc/propagation/traced_call.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::bridge::builds {
namespace {
// Exports to one registry at once; further ones wait.
constexpr int kParallelExports = 32;
// Those that wait, to all registries.
constexpr size_t kMaxWaitingExports = 1000;
// A daemon sends four layers at a time.
constexpr int kParallelBrief = 4;

// Kept by the work that waits, so that it ends with that.
struct StopLinks {
  std::optional<std::stop_callback<std::function<void()>>> of_caller;  // stops the build
  std::optional<std::stop_callback<std::function<void()>>> of_build;   // runs the work at once
};
}  // namespace

Builds::Builds(oci::Observer* observer, oci::trace::SpanSink* spans)
    : observer_(observer),
      spans_(spans),
      brief_({.name = "layers", .parallel = kParallelBrief}),
      exports_({.name = "exports",
                .parallel = kParallelExports,
                .max_waiting = kMaxWaitingExports,
                .kind = oci::work::Pool::Kind::kLong}) {}

absl::Status Builds::Add(std::shared_ptr<Build> build) {
  absl::MutexLock lock(&mutex_);
  std::shared_ptr<Build>& there = by_session_[build->rewritten().request.session()];
  if (there != nullptr && !there->stop().token().stop_requested()) {
    return oci::UnsupportedError("two builds that push in one session at the same time: open a session for each build");
  }
  there = build;
  by_ref_[build->rewritten().request.ref()] = std::move(build);
  return absl::OkStatus();
}

size_t Builds::size() {
  absl::MutexLock lock(&mutex_);
  return by_session_.size();
}

void Builds::Remove(const Build& build) {
  const auto is_it = [&build](const auto& entry) { return entry.second.get() == &build; };
  absl::MutexLock lock(&mutex_);
  absl::erase_if(by_session_, is_it);
  absl::erase_if(by_ref_, is_it);
}

std::shared_ptr<Build> Builds::OfSession(const std::string& session_id) {
  absl::MutexLock lock(&mutex_);
  const auto found = by_session_.find(session_id);
  return found == by_session_.end() ? nullptr : found->second;
}

std::shared_ptr<Build> Builds::OfRef(const std::string& ref) {
  absl::MutexLock lock(&mutex_);
  const auto found = by_ref_.find(ref);
  return found == by_ref_.end() ? nullptr : found->second;
}

absl::Status Builds::Run(std::shared_ptr<Build> build, const std::stop_token& caller, Work work) {
  // Shared: the queue's functions can be copied.
  const auto links = std::make_shared<StopLinks>();
  links->of_caller.emplace(caller, [build] { build->stop().Request(); });
  const auto traced = std::make_shared<rpc::propagation::TracedCall>(spans_, build->caller(), "export");
  traced->span().Set("waybill.export.id", build->rewritten().request.ref());
  const auto run = [this, links, traced, build, work = std::move(work), start = std::chrono::steady_clock::now()] {
    TellWait(start);
    traced->End(work(traced->Begin(oci::Context().WithStop(build->stop().token()))));
  };
  const absl::StatusOr<oci::work::Queue::Ticket> ticket =
      exports_.Submit({.lane = build->lane(), .waits = [build] { build->ShowWaiting(); }, .run = run});
  if (!ticket.ok()) traced->End(ticket.status());
  if (!ticket.ok() || !ticket->waits) return ticket.status();
  links->of_build.emplace(build->stop().token(), [this, ticket = *ticket] {
    // The work holds what this function belongs to.
    Builds& builds = *this;
    if (auto withdrawn = builds.exports_.Withdraw(ticket)) builds.brief_.Continue(std::move(withdrawn));
  });
  return absl::OkStatus();
}

void Builds::TellWait(std::chrono::steady_clock::time_point start) const {
  if (observer_ == nullptr) return;
  observer_->Observe(oci::QueueWaited{.took = absl::FromChrono(std::chrono::steady_clock::now() - start)});
}

void Builds::RunBriefly(std::function<void()> work) { brief_.Continue(std::move(work)); }

}  // namespace waybill::exporter::bridge::builds
