// SPDX-License-Identifier: Apache-2.0
// Time and chance, handed in so that tests neither wait nor guess.
#ifndef WAYBILL_OCI_CLOCK_H_
#define WAYBILL_OCI_CLOCK_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "oci/context.h"

namespace waybill::oci {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() = 0;
  // Waits, or returns the context's error as soon as it has one.
  virtual absl::Status Sleep(const Context& context, absl::Duration wait) = 0;
  // Evenly spread over [0, 1).
  virtual double Random() = 0;
};

class SystemClock : public Clock {
 public:
  absl::Time Now() override;
  absl::Status Sleep(const Context& context, absl::Duration wait) override;
  double Random() override;
};

}  // namespace waybill::oci

#endif  // WAYBILL_OCI_CLOCK_H_
