// SPDX-License-Identifier: Apache-2.0
// The switch that ends the export of a build. Its caller, its client's session and the bridge may use it.
#ifndef WAYBILL_EXPORTER_BRIDGE_BUILDS_BUILD_STOP_H_
#define WAYBILL_EXPORTER_BRIDGE_BUILDS_BUILD_STOP_H_

#include <stop_token>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "exporter/bridge/session/session.h"

namespace waybill::exporter::bridge::builds {

// Thread-safe.
class BuildStop {
 public:
  // The export stops, or does not begin.
  void Request() { source_.request_stop(); }
  std::stop_token token() const { return source_.get_token(); }

  // Stops the export because the client's session has ended. `tunnel` is held until the build is gone, so that the
  // daemon learns that the export has failed.
  void Abandon(session::TunnelHold tunnel) {
    {
      absl::MutexLock lock(&mutex_);
      abandoned_ = true;
      tunnel_ = std::move(tunnel);
    }
    Request();
  }
  bool abandoned() const {
    absl::MutexLock lock(&mutex_);
    return abandoned_;
  }

 private:
  std::stop_source source_;
  mutable absl::Mutex mutex_;
  session::TunnelHold tunnel_ ABSL_GUARDED_BY(mutex_);
  bool abandoned_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace waybill::exporter::bridge::builds

#endif  // WAYBILL_EXPORTER_BRIDGE_BUILDS_BUILD_STOP_H_
