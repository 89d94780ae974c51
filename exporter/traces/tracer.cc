// SPDX-License-Identifier: Apache-2.0
#include "exporter/traces/tracer.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"

namespace waybill::exporter::traces {

Tracer::Tracer(Options options, oci::Clock& clock, Send send, std::function<void(absl::string_view line)> note)
    : options_(options), clock_(clock), send_(std::move(send)), note_(std::move(note)), thread_([this] { Run(); }) {}

Tracer::~Tracer() {
  if (thread_.joinable()) Stop(absl::ZeroDuration());
}

template <size_t kSize>
std::array<uint8_t, kSize> Tracer::NewId() {
  std::array<uint8_t, kSize> id{};
  while (id == std::array<uint8_t, kSize>{}) {
    for (uint8_t& byte : id) byte = absl::Uniform<uint8_t>(random_);
  }
  return id;
}

oci::trace::SpanContext Tracer::Enter(const oci::trace::SpanContext& remote) {
  oci::trace::SpanContext here = remote;
  if (!remote.valid()) {
    here = {};
    absl::MutexLock lock(&mutex_);
    here.trace = NewId<16>();
  }
  here.sampled = options_.sampler.Samples(remote, here.trace);
  return here;
}

oci::trace::SpanSink::Start Tracer::Begin() {
  const absl::Time now = clock_.Now();
  absl::MutexLock lock(&mutex_);
  return {.id = NewId<8>(), .at = now};
}

void Tracer::End(oci::trace::EndedSpan span) {
  const absl::Time now = clock_.Now();
  absl::MutexLock lock(&mutex_);
  if (queue_.size() >= options_.queue || stopping_) {
    ++overflown_;
  } else {
    queue_.push_back({.span = std::move(span), .end = now});
  }
}

std::vector<FinishedSpan> Tracer::NextBatch() {
  absl::MutexLock lock(&mutex_);
  mutex_.Await(absl::Condition(this, &Tracer::HasWork));
  mutex_.AwaitWithTimeout(absl::Condition(this, &Tracer::HasBatch), options_.delay);
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(std::min(options_.batch, queue_.size()));
  std::vector<FinishedSpan> batch(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
  queue_.erase(queue_.begin(), end);
  return batch;
}

void Tracer::Run() {
  for (std::vector<FinishedSpan> batch = NextBatch(); !batch.empty(); batch = NextBatch()) SendBatch(batch);
  absl::MutexLock lock(&mutex_);
  done_ = true;
}

void Tracer::SendBatch(const std::vector<FinishedSpan>& batch) {
  const absl::StatusOr<Rejection> sent = send_(oci::Context().WithStop(stop_.get_token()), batch);
  if (!sent.ok()) Lose(static_cast<int64_t>(batch.size()), sent.status().message());
  if (sent.ok() && sent->spans > 0) Lose(sent->spans, absl::StrCat("the collector rejects them: ", sent->why));
  int64_t overflown = 0;
  {
    absl::MutexLock lock(&mutex_);
    overflown = std::exchange(overflown_, 0);
  }
  if (overflown > 0) Lose(overflown, "more end than can be sent");
}

void Tracer::Lose(int64_t spans, absl::string_view why) {
  bool first = false;
  {
    absl::MutexLock lock(&mutex_);
    first = lost_ == 0;
    lost_ += spans;
  }
  if (first && note_ != nullptr) note_(absl::StrCat("spans of traces are lost: ", why));
}

void Tracer::Stop(absl::Duration patience) {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    mutex_.AwaitWithTimeout(absl::Condition(&done_), patience);
  }
  stop_.request_stop();
  thread_.join();
  int64_t lost = 0;
  {
    absl::MutexLock lock(&mutex_);
    lost = lost_ + overflown_;
  }
  if (lost > 0 && note_ != nullptr) note_(absl::StrCat(lost, " spans of traces were lost"));
}

}  // namespace waybill::exporter::traces
