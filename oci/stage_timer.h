// SPDX-License-Identifier: Apache-2.0
// Tells a context's observer how long a stage took.
#ifndef WAYBILL_OCI_STAGE_TIMER_H_
#define WAYBILL_OCI_STAGE_TIMER_H_

#include <chrono>

#include "absl/time/time.h"
#include "oci/context.h"
#include "oci/observer.h"

namespace waybill::oci {

// From its construction to its end, by the machine's monotonic clock.
class StageTimer {
 public:
  StageTimer(const Context& context, Stage stage) : context_(context), stage_(stage) {}
  ~StageTimer() {
    context_.Observe(StageEnded{.stage = stage_, .took = absl::FromChrono(std::chrono::steady_clock::now() - start_)});
  }
  StageTimer(const StageTimer&) = delete;
  StageTimer& operator=(const StageTimer&) = delete;

 private:
  const Context context_;
  const Stage stage_;
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace waybill::oci

#endif  // WAYBILL_OCI_STAGE_TIMER_H_
