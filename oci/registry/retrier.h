// SPDX-License-Identifier: Apache-2.0
// How often and after which wait one piece of work is tried again.
#ifndef WAYBILL_OCI_REGISTRY_RETRIER_H_
#define WAYBILL_OCI_REGISTRY_RETRIER_H_

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "oci/clock.h"
#include "oci/context.h"
#include "oci/observer.h"
#include "oci/registry/reply/reply_class.h"
#include "oci/registry/throttle.h"

namespace waybill::oci::registry {

struct RetryPolicy {
  int attempts = 6;                               // for transient failures
  absl::Duration base = absl::Milliseconds(500);  // doubled each time, up to `cap`; the wait is a random part of it
  absl::Duration cap = absl::Seconds(30);
  absl::Duration rate_budget = absl::Minutes(10);  // waiting for rate limits, which do not count as attempts
  // Of all attempts at one request together, in which the server gives no byte.
  absl::Duration silence = absl::Minutes(2);
  // A host that has no address, where no program listens, or that gives no answer to the first packet, and that has
  // never answered: tried again as after other failures. Without patience it is tried once, and for 5 seconds instead
  // of 30, because a person who mistyped a name does not want to wait.
  bool patient = true;
};

// One per piece of work. Not thread-safe.
class Retrier {
 public:
  // `host` is told to observers.
  Retrier(const RetryPolicy& policy, Clock& clock, Throttle& throttle, std::string host = "")
      : policy_(policy), clock_(clock), throttle_(throttle), host_(std::move(host)) {}

  // To be told before Again when an attempt ended in silence (http::SilenceOf).
  void AddSilence(absl::Duration silence) { silent_ += silence; }
  absl::Duration silent() const { return silent_; }

  // Whether to try again; calls `on_again`, tells the context's observer and waits before it says yes. kRate pauses the
  // whole host for `retry_after`, or a growing wait of our own. Errors: the context's.
  absl::StatusOr<bool> Again(const Context& context, reply::ReplyClass verdict,
                             std::optional<absl::Duration> retry_after,
                             const std::function<void()>& on_again = nullptr);

  int attempts() const { return attempts_; }  // so far, the one that failed included

 private:
  absl::Duration Backoff(int times) const;
  void Tell(const Context& context, Retried::Why why) const;

  const RetryPolicy policy_;
  Clock& clock_;
  Throttle& throttle_;
  const std::string host_;
  int attempts_ = 1;
  int transient_ = 0;
  int rate_ = 0;
  absl::Duration rate_waited_;
  absl::Duration silent_;
};

}  // namespace waybill::oci::registry

#endif  // WAYBILL_OCI_REGISTRY_RETRIER_H_
