// SPDX-License-Identifier: Apache-2.0
// The threads on which builds are exported, one for each export. Exports that go to the same place are limited, so that
// a registry that stalls holds up nobody who pushes elsewhere.
#ifndef WAYBILL_EXPORTER_BRIDGE_BUILDS_EXPORT_QUEUE_H_
#define WAYBILL_EXPORTER_BRIDGE_BUILDS_EXPORT_QUEUE_H_

#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace waybill::exporter::bridge::builds {

// Thread-safe.
class ExportQueue {
 public:
  struct Job {
    std::string lane;             // where it goes
    std::stop_token stop;         // one that is stopped while it waits runs at once, to say so
    std::function<void()> waits;  // told when it cannot run at once; must not block
    std::function<void()> run;    // may block
  };
  // So many jobs of one lane run at a time, in the order in which they came.
  explicit ExportQueue(int parallel) : parallel_(parallel) {}
  // Waits until every job has run.
  ~ExportQueue();

  void Add(Job job);

 private:
  struct Entry {
    Job job;
    std::unique_ptr<std::stop_callback<std::function<void()>>> on_stop;
  };
  struct Lane {
    int running = 0;
    std::deque<std::shared_ptr<Entry>> waiting;  // shared with whoever removes one
  };

  void Start(std::shared_ptr<Entry> entry, bool counted) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Run(std::list<std::jthread>::iterator self, std::shared_ptr<Entry> entry, bool counted);
  // The next of the lane, whose place becomes free when there is none.
  std::shared_ptr<Entry> Next(const std::string& lane) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnStop(const Entry& entry);

  const int parallel_;
  absl::Mutex mutex_;
  std::map<std::string, Lane> lanes_ ABSL_GUARDED_BY(mutex_);
  std::list<std::jthread> running_ ABSL_GUARDED_BY(mutex_);
  std::list<std::jthread> ended_ ABSL_GUARDED_BY(mutex_);  // but for their last instructions
};

}  // namespace waybill::exporter::bridge::builds

#endif  // WAYBILL_EXPORTER_BRIDGE_BUILDS_EXPORT_QUEUE_H_
