// SPDX-License-Identifier: Apache-2.0
// The builds that pass through the bridge, of all kinds: a bridge that shuts down takes no new ones and waits for them.
#ifndef WAYBILL_EXPORTER_BRIDGE_BUILDS_RUNNING_SOLVES_H_
#define WAYBILL_EXPORTER_BRIDGE_BUILDS_RUNNING_SOLVES_H_

#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace waybill::exporter::bridge::builds {

// Thread-safe.
class RunningSolves {
 public:
  // False once it is closed. After true, Leave must follow.
  bool Enter(const std::string& session_id);
  void Leave(const std::string& session_id);
  // Whether a client may open this session: it may do so after its build has begun.
  bool TakesSession(const std::string& session_id);
  // Returns when none is left or at the deadline.
  void AwaitNone(absl::Time deadline);
  // Takes no more, and returns when none is left or at the deadline.
  void Drain(absl::Time deadline);

 private:
  absl::Mutex mutex_;
  std::multiset<std::string> sessions_ ABSL_GUARDED_BY(mutex_);  // of the running builds
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace waybill::exporter::bridge::builds

#endif  // WAYBILL_EXPORTER_BRIDGE_BUILDS_RUNNING_SOLVES_H_
