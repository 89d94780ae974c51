// SPDX-License-Identifier: Apache-2.0
// One call of Exporter.Export: a blocking export on a worker, its progress and bytes to the client.
#ifndef WAYBILL_EXPORTER_SERVICE_EXPORT_CALL_H_
#define WAYBILL_EXPORTER_SERVICE_EXPORT_CALL_H_

#include <deque>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "exporter/exporter.h"
#include "exporter/service/executor.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "oci/context.h"
#include "oci/io/stream.h"
#include "oci/progress.h"
#include "proto/waybill/v1/exporter.pb.h"

namespace waybill::exporter::service {

// Owns itself. At most one message is in flight. Bytes wait for the client: Write returns when the one before is sent,
// so a slow client slows the export down and memory stays bounded. Progress never waits: what has not been sent yet is
// replaced by what is newer about the same item.
class ExportCall final : public grpc::ServerWriteReactor<v1::ExportEvent>,
                         private oci::ProgressSink,
                         private oci::io::Writer {
 public:
  // Runs on the worker. Bytes of the export go to the writer, progress to the context.
  using Work = std::function<absl::StatusOr<exporter::Report>(const oci::Context&, oci::io::Writer&)>;

  ExportCall(grpc::CallbackServerContext& call, Executor& executor, Work work);

  void OnWriteDone(bool ok) override;
  void OnCancel() override { stop_.request_stop(); }
  void OnDone() override { delete this; }

 private:
  // More pending progress than this is dropped.
  static constexpr size_t kMaxPending = 1000;

  void Run();
  void Report(const oci::ProgressEvent& event) override;
  absl::Status Write(absl::string_view bytes) override;
  absl::Status Close() override { return absl::OkStatus(); }

  // Waits until the client takes `event`, after the progress before it.
  absl::Status Send(v1::ExportEvent event);
  // Starts the next message, if none is in flight.
  void Pump() ABSL_LOCKS_EXCLUDED(mutex_);
  std::optional<v1::ExportEvent> TakeNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool CanQueue() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !next_.has_value() || broken_; }
  bool Quiet() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !sending_ && (broken_ || (!next_.has_value() && pending_.empty()));
  }

  std::stop_source stop_;
  const oci::Context context_;
  const Work work_;
  v1::ExportEvent in_flight_;  // belongs to gRPC while sending_

  absl::Mutex mutex_;
  std::deque<oci::ProgressEvent> pending_ ABSL_GUARDED_BY(mutex_);
  std::optional<v1::ExportEvent> next_ ABSL_GUARDED_BY(mutex_);
  bool sending_ ABSL_GUARDED_BY(mutex_) = false;
  bool broken_ ABSL_GUARDED_BY(mutex_) = false;  // the client has gone
};

}  // namespace waybill::exporter::service

#endif  // WAYBILL_EXPORTER_SERVICE_EXPORT_CALL_H_
