// SPDX-License-Identifier: Apache-2.0
// How much one host is asked at a time: slots for requests and for large bodies, a pause that a rate limit imposes on
// everybody, and fewer bodies while the host complains.
#ifndef WAYBILL_OCI_REGISTRY_GATE_H_
#define WAYBILL_OCI_REGISTRY_GATE_H_

#include <array>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "oci/context.h"
#include "oci/registry/clock.h"

namespace waybill::oci::registry {

// A session is an upload from its opening to its end: a few more may be open than bodies are on their way, so that no
// body waits for one, and none lies idle for long.
enum class Lane { kRequest, kSession, kBody };

// Thread-safe. Permits must not outlive the gate.
class Gate {
 public:
  struct Limits {
    int requests = 32;
    int bodies = 6;
  };

  // Gives its slot back when it goes.
  class Permit {
   public:
    Permit(Gate& gate, Lane lane) : gate_(&gate), lane_(lane) {}
    ~Permit();
    Permit(Permit&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)), lane_(other.lane_) {}
    Permit& operator=(Permit&&) = delete;

   private:
    Gate* gate_;
    Lane lane_;
  };

  Gate(Clock& clock, const Limits& limits) : clock_(clock), limits_(limits), bodies_(limits.bodies) {}

  // Waits for a slot and for the end of a pause. Errors: the context's.
  absl::StatusOr<Permit> Enter(const Context& context, Lane lane);

  // Nobody enters for `wait` (and up to 20 % more, so that not all come back at once).
  void Pause(absl::Duration wait);
  // The host is overloaded: half as many bodies at once.
  void Slow();
  // Ten successes allow one body more, up to the limit.
  void Succeed();

  int body_limit() const;

 private:
  void Leave(Lane lane);
  int Slots(Lane lane) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  Clock& clock_;
  const Limits limits_;
  mutable absl::Mutex mu_;
  std::array<int, 3> used_ ABSL_GUARDED_BY(mu_){};  // by lane
  int bodies_ ABSL_GUARDED_BY(mu_);
  int successes_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Time paused_until_ ABSL_GUARDED_BY(mu_) = absl::InfinitePast();
};

}  // namespace waybill::oci::registry

#endif  // WAYBILL_OCI_REGISTRY_GATE_H_
