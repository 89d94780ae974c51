// SPDX-License-Identifier: Apache-2.0
// The progress of one export as rows below its exporter's vertex, a few per second.
#ifndef WAYBILL_EXPORTER_BRIDGE_BUILDS_EXPORT_ROWS_H_
#define WAYBILL_EXPORTER_BRIDGE_BUILDS_EXPORT_ROWS_H_

#include <map>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "exporter/bridge/builds/progress_board.h"
#include "exporter/bridge/solve/rewriter.h"
#include "oci/clock.h"
#include "oci/progress.h"

namespace waybill::exporter::bridge::builds {

// Thread-safe.
class ExportRows : public oci::ProgressSink {
 public:
  // Opens the vertex again: the daemon has closed it when it had written its part.
  ExportRows(ProgressBoard& board, oci::Clock& clock, solve::TakenKind kind, std::string vertex, std::string name);

  void Report(const oci::ProgressEvent& event) override;
  // A row that is about no blob and no name.
  void ShowNote(const std::string& text, bool completed);
  // Closes the vertex, with the error if there is one.
  void Close(const absl::Status& status);

 private:
  struct Item {
    absl::Time started;
    absl::Time shown;
    oci::ProgressEvent::State state;
  };
  void ShowVertex(bool completed, const std::string& error);

  ProgressBoard& board_;
  oci::Clock& clock_;
  const solve::TakenKind kind_;
  const std::string vertex_;
  const std::string name_;
  const absl::Time started_;
  absl::Mutex mutex_;
  std::map<std::pair<std::string, std::string>, Item> items_ ABSL_GUARDED_BY(mutex_);  // by target and item
};

}  // namespace waybill::exporter::bridge::builds

#endif  // WAYBILL_EXPORTER_BRIDGE_BUILDS_EXPORT_ROWS_H_
