// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/builds/export_queue.h"

#include <algorithm>
#include <utility>

namespace waybill::exporter::bridge::builds {

ExportQueue::~ExportQueue() {
  const auto idle = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return running_.empty(); };
  std::list<std::jthread> ended;
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(&idle));
  ended.swap(ended_);
}

void ExportQueue::Add(Job job) {
  const auto entry = std::make_shared<Entry>();
  entry->job = std::move(job);
  entry->on_stop = std::make_unique<std::stop_callback<std::function<void()>>>(
      entry->job.stop, [this, added = entry.get()] { OnStop(*added); });
  std::list<std::jthread> ended;
  {
    absl::MutexLock lock(&mutex_);
    ended.swap(ended_);
    Lane& lane = lanes_[entry->job.lane];
    if (lane.running < parallel_) {
      ++lane.running;
      return Start(entry, true);
    }
    // Told under the lock: afterwards the job may be running.
    entry->job.waits();
    lane.waiting.push_back(entry);
  }
  // A stop that came before the entry did not find it.
  if (entry->job.stop.stop_requested()) OnStop(*entry);
}

void ExportQueue::Start(std::shared_ptr<Entry> entry, bool counted) {
  const auto self = running_.emplace(running_.end());
  *self = std::jthread([this, self, entry = std::move(entry), counted] { Run(self, entry, counted); });
}

void ExportQueue::Run(std::list<std::jthread>::iterator self, std::shared_ptr<Entry> entry, bool counted) {
  const std::string lane = entry->job.lane;
  while (entry != nullptr) {
    // Not under the lock: waits for a stop that is being told of right now.
    entry->on_stop.reset();
    entry->job.run();
    entry.reset();
    if (!counted) break;
    absl::MutexLock lock(&mutex_);
    entry = Next(lane);
  }
  absl::MutexLock lock(&mutex_);
  ended_.splice(ended_.end(), running_, self);
}

std::shared_ptr<ExportQueue::Entry> ExportQueue::Next(const std::string& lane) {
  const auto found = lanes_.find(lane);
  if (found->second.waiting.empty()) {
    if (--found->second.running == 0) lanes_.erase(found);
    return nullptr;
  }
  std::shared_ptr<Entry> entry = std::move(found->second.waiting.front());
  found->second.waiting.pop_front();
  return entry;
}

void ExportQueue::OnStop(const Entry& entry) {
  absl::MutexLock lock(&mutex_);
  const auto lane = lanes_.find(entry.job.lane);
  if (lane == lanes_.end()) return;
  auto& waiting = lane->second.waiting;
  const auto found =
      std::find_if(waiting.begin(), waiting.end(), [&entry](const auto& e) { return e.get() == &entry; });
  if (found == waiting.end()) return;
  std::shared_ptr<Entry> stopped = std::move(*found);
  waiting.erase(found);
  Start(std::move(stopped), false);
}

}  // namespace waybill::exporter::bridge::builds
