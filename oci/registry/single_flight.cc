// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/single_flight.h"

#include "absl/time/time.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry {
namespace {

// How soon a thread that waits notices that it was cancelled.
constexpr absl::Duration kCheck = absl::Milliseconds(100);

}  // namespace

absl::StatusOr<bool> SingleFlight::Await(const Context& context, const Flight& flight) {
  const auto over = [&flight] { return flight.landed || !flight.flying; };
  while (true) {
    ABSL_RETURN_IF_ERROR(context.Check());
    if (mu_.AwaitWithTimeout(absl::Condition(&over), kCheck)) return !flight.landed;
  }
}

void SingleFlight::Forget(const std::string& key) {
  const auto flight = flights_.find(key);
  if (--flight->second.callers == 0) flights_.erase(flight);
}

absl::StatusOr<bool> SingleFlight::Enter(const Context& context, const std::string& key) {
  absl::MutexLock lock(&mu_);
  Flight& flight = flights_[key];
  ++flight.callers;
  const absl::StatusOr<bool> ours = Await(context, flight);
  if (ours.ok() && *ours) {
    flight.flying = true;
  } else {
    Forget(key);
  }
  return ours;
}

void SingleFlight::Leave(const std::string& key, bool landed) {
  absl::MutexLock lock(&mu_);
  Flight& flight = flights_[key];
  flight.flying = false;
  flight.landed = landed;
  Forget(key);
}

absl::StatusOr<bool> SingleFlight::Run(const Context& context, const std::string& key,
                                       const std::function<absl::Status()>& work) {
  ABSL_ASSIGN_OR_RETURN(const bool ours, Enter(context, key));
  if (!ours) return false;
  const absl::Status done = work();
  Leave(key, done.ok());
  ABSL_RETURN_IF_ERROR(done);
  return true;
}

}  // namespace waybill::oci::registry
