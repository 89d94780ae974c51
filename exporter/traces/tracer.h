// SPDX-License-Identifier: Apache-2.0
// Spans that ended, kept until they are sent by a thread of its own: work never waits for a collector.
#ifndef WAYBILL_EXPORTER_TRACES_TRACER_H_
#define WAYBILL_EXPORTER_TRACES_TRACER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <stop_token>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/random/random.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "exporter/traces/encoding.h"
#include "exporter/traces/settings.h"
#include "oci/clock.h"
#include "oci/context.h"
#include "oci/trace/span.h"

namespace waybill::exporter::traces {

// Thread-safe.
class Tracer final : public oci::trace::SpanSink {
 public:
  // Sends one batch, from the tracer's thread. May block; follows the context.
  using Send = std::function<absl::StatusOr<Rejection>(const oci::Context&, const std::vector<FinishedSpan>&)>;
  struct Options {
    Sampler sampler;
    size_t queue = 2048;  // spans that wait; more are lost
    size_t batch = 512;   // of one Send; at most `queue`
    absl::Duration delay;
  };
  // `clock` must outlive this. `note` is told in one line when spans are lost for the first time, and at the end how
  // many were; it may be null.
  Tracer(Options options, oci::Clock& clock, Send send, std::function<void(absl::string_view line)> note);
  // Stop without patience, unless it was called.
  ~Tracer() override;

  oci::trace::SpanContext Enter(const oci::trace::SpanContext& remote) override;
  Start Begin() override;
  void End(oci::trace::EndedSpan span) override;

  // Sends what there is, for at most `patience` by the machine's clock, and ends the thread. Spans that end later are
  // lost. Once.
  void Stop(absl::Duration patience);

 private:
  template <size_t kSize>
  std::array<uint8_t, kSize> NewId() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool HasWork() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return stopping_ || !queue_.empty(); }
  bool HasBatch() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return stopping_ || queue_.size() >= options_.batch; }
  // Waits for a batch, and takes it; empty at the end.
  std::vector<FinishedSpan> NextBatch();
  void Run();
  void SendBatch(const std::vector<FinishedSpan>& batch);
  void Lose(int64_t spans, absl::string_view why);

  const Options options_;
  oci::Clock& clock_;
  const Send send_;
  const std::function<void(absl::string_view)> note_;
  std::stop_source stop_;  // of sending

  absl::Mutex mutex_;
  absl::BitGen random_ ABSL_GUARDED_BY(mutex_);
  std::deque<FinishedSpan> queue_ ABSL_GUARDED_BY(mutex_);
  int64_t overflown_ ABSL_GUARDED_BY(mutex_) = 0;  // and not told yet
  int64_t lost_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool done_ ABSL_GUARDED_BY(mutex_) = false;
  std::jthread thread_;  // last: it uses the rest
};

}  // namespace waybill::exporter::traces

#endif  // WAYBILL_EXPORTER_TRACES_TRACER_H_
