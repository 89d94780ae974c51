// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/builds/builds.h"

#include <utility>

#include "oci/context.h"
#include "oci/error.h"

namespace waybill::exporter::bridge::builds {
namespace {
// Exports to one registry at once; further ones wait.
constexpr int kParallelExports = 32;
// A daemon sends four layers at a time.
constexpr int kBriefWorkers = 4;

oci::work::TaskGroup::Task Always(std::function<void()> work) {
  return [work = std::move(work)](const oci::Context&) {
    work();
    return absl::OkStatus();
  };
}
}  // namespace

Builds::Builds() : exports_(kParallelExports), brief_workers_(oci::Context(), kBriefWorkers) {}

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

void Builds::Run(std::shared_ptr<Build> build, const std::stop_token& caller, std::function<void()> work) {
  ExportQueue::Job job{
      .lane = build->lane(), .stop = build->stop().token(), .waits = [build] { build->ShowWaiting(); }};
  // Shared: the queue's functions can be copied.
  const auto link =
      std::make_shared<std::stop_callback<std::function<void()>>>(caller, [build] { build->stop().Request(); });
  job.run = [link, work = std::move(work)] { work(); };
  exports_.Add(std::move(job));
}

void Builds::RunBriefly(std::function<void()> work) { brief_workers_.Add(Always(std::move(work))); }

}  // namespace waybill::exporter::bridge::builds
