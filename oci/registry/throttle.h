// SPDX-License-Identifier: Apache-2.0
// How much one host is asked at a time: slots for requests and room for large bodies, a pause that a rate limit imposes
// on everybody, and fewer bodies while the host complains.
#ifndef WAYBILL_OCI_REGISTRY_THROTTLE_H_
#define WAYBILL_OCI_REGISTRY_THROTTLE_H_

#include <array>
#include <cstdint>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "oci/clock.h"
#include "oci/context.h"

namespace waybill::oci::registry {

// A session is an upload from its opening to its end: a few more may be open than bodies are on their way, so that no
// body waits for one, and none lies idle for long.
enum class Slot { kRequest, kSession, kBody };

// A body of this size or more takes a whole slot, a smaller one its share (whole MiB): small bodies spend their time on
// round trips instead of bandwidth, so that more of them go at once.
inline constexpr int64_t kWholeBody = 8 << 20;

// Thread-safe. Permits must not outlive the throttle.
class Throttle {
 public:
  struct Limits {
    int requests = 32;
    int bodies = 6;  // of kWholeBody
  };

  // Gives its slot back when it goes.
  class Permit {
   public:
    Permit(Throttle& throttle, Slot slot, int shares) : throttle_(&throttle), slot_(slot), shares_(shares) {}
    ~Permit();
    Permit(Permit&& other) noexcept
        : throttle_(std::exchange(other.throttle_, nullptr)), slot_(other.slot_), shares_(other.shares_) {}
    Permit& operator=(Permit&&) = delete;

   private:
    Throttle* throttle_;
    Slot slot_;
    int shares_;
  };

  Throttle(Clock& clock, const Limits& limits) : clock_(clock), limits_(limits), bodies_(limits.bodies) {}

  // Waits for room and for the end of a pause; `bytes` are those of the body or the session's blob. Errors: the
  // context's.
  absl::StatusOr<Permit> Enter(const Context& context, Slot slot, int64_t bytes);

  // Nobody enters for `wait` (and up to 20 % more, so that not all come back at once).
  void Pause(absl::Duration wait);
  // The host is overloaded: half as many bodies at once.
  void Slow();
  // Ten successes allow one body more, up to the limit.
  void Succeed();

  int body_limit() const;

 private:
  void Leave(Slot slot, int shares);
  int Shares(Slot slot) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  Clock& clock_;
  const Limits limits_;
  mutable absl::Mutex mu_;
  std::array<int, 3> used_ ABSL_GUARDED_BY(mu_){};  // shares, by slot
  int bodies_ ABSL_GUARDED_BY(mu_);
  int successes_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Time paused_until_ ABSL_GUARDED_BY(mu_) = absl::InfinitePast();
};

}  // namespace waybill::oci::registry

#endif  // WAYBILL_OCI_REGISTRY_THROTTLE_H_
