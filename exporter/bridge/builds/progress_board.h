// SPDX-License-Identifier: Apache-2.0
// Everybody who watches one build: the client's Status calls, which get the export's rows between the daemon's.
#ifndef WAYBILL_EXPORTER_BRIDGE_BUILDS_PROGRESS_BOARD_H_
#define WAYBILL_EXPORTER_BRIDGE_BUILDS_PROGRESS_BOARD_H_

#include <grpcpp/grpcpp.h>

#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "exporter/bridge/relay/relay_call.h"
#include "proto/moby/control.pb.h"

namespace waybill::exporter::bridge::builds {

// Thread-safe. A call is attached at most once and must be detached before it is gone.
class ProgressBoard {
 public:
  void Attach(relay::RelayCall& call);
  void Detach(relay::RelayCall& call);
  void Show(const moby::buildkit::v1::StatusResponse& rows);
  // Keeps a call that the daemon has ended open for rows to come; false once the board is closed.
  bool Hold(relay::RelayCall& call, const grpc::Status& status);
  // No more rows: lets go of the calls that were held.
  void Close();

 private:
  absl::Mutex mutex_;
  std::vector<relay::RelayCall*> calls_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::pair<relay::RelayCall*, grpc::Status>> held_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace waybill::exporter::bridge::builds

#endif  // WAYBILL_EXPORTER_BRIDGE_BUILDS_PROGRESS_BOARD_H_
