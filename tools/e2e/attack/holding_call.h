// SPDX-License-Identifier: Apache-2.0
// One call of an attack: it sends what it is told to, and reads nothing.
#ifndef WAYBILL_TOOLS_E2E_ATTACK_HOLDING_CALL_H_
#define WAYBILL_TOOLS_E2E_ATTACK_HOLDING_CALL_H_

#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "tools/e2e/attack/requests.h"

namespace waybill::e2e::attack {

// What became of the calls. Thread-safe.
class Tally {
 public:
  void Sent() {
    absl::MutexLock lock(&mutex_);
    ++sent_;
  }
  void Ended(const grpc::Status& status) {
    absl::MutexLock lock(&mutex_);
    ++ended_[status.error_code()];
    ++ends_;
  }
  // Until `count` calls have sent everything or ended.
  void Await(int count, absl::Duration limit) {
    const auto settled = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return sent_ + ends_ >= count; };
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(&settled), limit);
  }
  // Until so many have ended.
  void AwaitEnds(int count, absl::Duration limit) {
    const auto over = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return ends_ >= count; };
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(&over), limit);
  }
  // By gRPC's code.
  std::map<int, int> ended() const {
    absl::MutexLock lock(&mutex_);
    return ended_;
  }

 private:
  mutable absl::Mutex mutex_;
  int sent_ ABSL_GUARDED_BY(mutex_) = 0;
  int ends_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<int, int> ended_ ABSL_GUARDED_BY(mutex_);
};

// Lives until it was counted in Tally::Ended.
class HoldingCall final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
 public:
  HoldingCall(const std::shared_ptr<grpc::Channel>& channel, const Attack& attack, int number, Tally& tally)
      : stub_(channel), attack_(attack), number_(number), tally_(tally) {
    stub_.PrepareBidiStreamingCall(&context_, attack.method, {}, this);
    if (!attack_.answered) AddHold();
    Send();
    StartCall();
  }
  // Ends the call; once.
  void Cancel() {
    context_.TryCancel();
    if (!attack_.answered) RemoveHold();
  }

  void OnWriteDone(bool ok) override {
    if (ok && ++sent_ < attack_.messages) return Send();
    if (ok) tally_.Sent();
  }
  void OnDone(const grpc::Status& status) override { tally_.Ended(status); }

 private:
  void Send() {
    message_ = attack_.message(number_, sent_);
    StartWrite(&message_);
  }

  grpc::ClientContext context_;
  grpc::GenericStub stub_;
  const Attack& attack_;
  const int number_;
  Tally& tally_;
  grpc::ByteBuffer message_;
  int sent_ = 0;
};

}  // namespace waybill::e2e::attack

#endif  // WAYBILL_TOOLS_E2E_ATTACK_HOLDING_CALL_H_
