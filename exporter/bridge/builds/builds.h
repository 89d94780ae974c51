// SPDX-License-Identifier: Apache-2.0
// The builds that waybill exports for, found by session and by ref, and the queues in which they export.
#ifndef WAYBILL_EXPORTER_BRIDGE_BUILDS_BUILDS_H_
#define WAYBILL_EXPORTER_BRIDGE_BUILDS_BUILDS_H_

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "exporter/bridge/builds/build.h"
#include "oci/context.h"
#include "oci/observer.h"
#include "oci/trace/span.h"
#include "oci/work/queue.h"

namespace waybill::exporter::bridge::builds {

// Thread-safe. A build is shared: its Solve and Status calls, its session's calls and its export end at unknown times.
class Builds {
 public:
  // How long exports wait and what they do goes to these; both may be null, and outlive this.
  explicit Builds(oci::Observer* observer = nullptr, oci::trace::SpanSink* spans = nullptr);

  // In the place of one that was stopped. Errors: UNIMPLEMENTED when the session has such a build already.
  absl::Status Add(std::shared_ptr<Build> build);
  // Nothing happens when it is not there (any more).
  void Remove(const Build& build);
  // Null when there is none.
  std::shared_ptr<Build> OfSession(const std::string& session_id);
  std::shared_ptr<Build> OfRef(const std::string& ref);

  // Builds that are under way, and exports that run and that wait.
  size_t size();
  oci::work::Queue::Load exports() { return exports_.load(); }

  // An export, with the build's stop and its place in the client's trace. Returns how the export ended.
  using Work = std::function<absl::Status(const oci::Context&)>;
  // Runs the export of a build on a thread that may block, soon or when others to the same place have ended, so that a
  // registry that stalls holds up only those who push there. `caller` stops the build when whoever asked goes away;
  // work that is stopped while it waits runs at once, to say so. UNAVAILABLE when too many wait: the work then never
  // runs.
  absl::Status Run(std::shared_ptr<Build> build, const std::stop_token& caller, Work work);
  // For a piece of work that soon ends, which does not wait for exports.
  void RunBriefly(std::function<void()> work);

 private:
  // Tells how long an export waited that came at `start`.
  void TellWait(std::chrono::steady_clock::time_point start) const;

  oci::Observer* const observer_;
  oci::trace::SpanSink* const spans_;
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, std::shared_ptr<Build>> by_session_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<std::string, std::shared_ptr<Build>> by_ref_ ABSL_GUARDED_BY(mutex_);
  oci::work::Queue brief_;    // outlives the exports, which use it
  oci::work::Queue exports_;  // a lane for each place that exports go to
};

}  // namespace waybill::exporter::bridge::builds

#endif  // WAYBILL_EXPORTER_BRIDGE_BUILDS_BUILDS_H_
