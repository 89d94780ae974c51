// SPDX-License-Identifier: Apache-2.0
// One call of Exporter.Export: a blocking export on a worker, its progress and bytes to the client.
#ifndef WAYBILL_EXPORTER_SERVICE_EXPORT_CALL_H_
#define WAYBILL_EXPORTER_SERVICE_EXPORT_CALL_H_

#include <deque>
#include <functional>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "exporter/exporter.h"
#include "exporter/rpc/admission/gate.h"
#include "exporter/rpc/call.h"
#include "exporter/rpc/server_call.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "oci/context.h"
#include "oci/io/stream.h"
#include "oci/progress.h"
#include "oci/work/queue.h"
#include "proto/waybill/v1/exporter.pb.h"

namespace waybill::exporter::service {

// Owns itself. At most one message is in flight. Bytes wait for the client: Write returns when the one before is sent,
// so a slow client slows the export down and memory stays bounded; one that takes nothing for too long loses the call.
// Progress never waits: what has not been sent yet is replaced by what is newer about the same item.
class ExportCall final : public rpc::ServerCall<grpc::ServerWriteReactor<grpc::ByteBuffer>>,
                         private oci::ProgressSink,
                         private oci::io::Writer {
 public:
  // Runs on the worker. Bytes of the export go to the writer, progress to the context.
  using Work = std::function<absl::StatusOr<exporter::Report>(const oci::Context&, oci::io::Writer&)>;
  // Learns how the call ends, also when the work never ran. Called once, from any thread.
  using EndSink = std::function<void(const absl::Status&)>;

  // `patience` is how long a client may take for one message.
  ExportCall(grpc::CallbackServerContext& call, const rpc::Workplace& workplace, absl::Duration patience, Work work,
             EndSink on_end);

  void OnWriteDone(bool ok) override;
  // A call that waits for its turn ends at once.
  void OnCancel() override;

 private:
  // More pending progress than this is dropped.
  static constexpr size_t kMaxPending = 1000;

  absl::Status Begin(rpc::admission::Gate& gate);
  void Run();
  absl::Status RunWork();
  void Close(const absl::Status& status);
  // Tells the client that the export waits for others, unless it has begun; and that it no longer does.
  void TellWaiting();
  void TellBegun();
  void Report(const oci::ProgressEvent& event) override;
  absl::Status Write(absl::string_view bytes) override;
  absl::Status Close() override { return absl::OkStatus(); }

  void Queue(const oci::ProgressEvent& event) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Waits until the client takes `event`, after the progress before it.
  absl::Status Send(v1::ExportEvent event);
  // Until the client has taken everything.
  absl::Status Flush();
  // Ends the call of a client that takes nothing.
  absl::Status GiveUp() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Starts the next message, if none is in flight.
  void Pump() ABSL_LOCKS_EXCLUDED(mutex_);
  std::optional<v1::ExportEvent> TakeNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool CanQueue() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !next_.has_value() || broken_; }
  bool Quiet() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !sending_ && (broken_ || (!next_.has_value() && pending_.empty()));
  }

  grpc::CallbackServerContext& call_;
  oci::work::Queue& queue_;
  const absl::Duration patience_;
  rpc::admission::Gate::Pass pass_;
  oci::work::Queue::Ticket ticket_;  // not for the worker, which may begin before this is set
  const oci::Context context_;       // the call's, with progress
  const Work work_;
  const EndSink on_end_;
  grpc::ByteBuffer in_flight_;  // belongs to gRPC while sending_

  absl::Mutex mutex_;
  std::deque<oci::ProgressEvent> pending_ ABSL_GUARDED_BY(mutex_);
  std::optional<v1::ExportEvent> next_ ABSL_GUARDED_BY(mutex_);
  bool sending_ ABSL_GUARDED_BY(mutex_) = false;
  bool broken_ ABSL_GUARDED_BY(mutex_) = false;   // the client has gone
  bool waiting_ ABSL_GUARDED_BY(mutex_) = false;  // and the client was told so
  bool begun_ ABSL_GUARDED_BY(mutex_) = false;
  bool withdrawn_ ABSL_GUARDED_BY(mutex_) = false;  // it will never begin
};

}  // namespace waybill::exporter::service

#endif  // WAYBILL_EXPORTER_SERVICE_EXPORT_CALL_H_
