// SPDX-License-Identifier: Apache-2.0
// A clock for several clients that race: time moves only when all of them sleep, so that a wait really is longer than
// what the others do meanwhile.
#ifndef WAYBILL_OCI_REGISTRY_TESTING_TURN_CLOCK_H_
#define WAYBILL_OCI_REGISTRY_TESTING_TURN_CLOCK_H_

#include <cstdint>
#include <set>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "oci/clock.h"

namespace waybill::oci::registry::testing {

// Thread-safe. Each racing client sleeps in at most one thread at a time.
class TurnClock : public Clock {
 public:
  TurnClock(int racers, uint64_t seed) : racing_(racers), state_(seed) {}

  absl::Time Now() override;
  absl::Status Sleep(const Context& context, absl::Duration wait) override;
  double Random() override;

  // A racer is done and will not sleep again.
  void Leave();

 private:
  // Moves time to the earliest sleeper when nobody is awake.
  void Advance() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  absl::Mutex mu_;
  int racing_ ABSL_GUARDED_BY(mu_);
  absl::Time now_ ABSL_GUARDED_BY(mu_) = absl::FromUnixSeconds(1'700'000'000);
  std::multiset<absl::Time> sleeping_ ABSL_GUARDED_BY(mu_);
  uint64_t state_ ABSL_GUARDED_BY(mu_);
};

}  // namespace waybill::oci::registry::testing

#endif  // WAYBILL_OCI_REGISTRY_TESTING_TURN_CLOCK_H_
