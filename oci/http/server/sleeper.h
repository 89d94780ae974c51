// SPDX-License-Identifier: Apache-2.0
// Waiting, handed in so that tests with virtual time do not wait.
#ifndef WAYBILL_OCI_HTTP_SERVER_SLEEPER_H_
#define WAYBILL_OCI_HTTP_SERVER_SLEEPER_H_

#include <functional>

#include "absl/time/time.h"
#include "oci/context.h"

namespace waybill::oci::http::server {

// Returns after the duration, or when the context is stopped.
using Sleeper = std::function<void(const Context& context, absl::Duration duration)>;

void RealSleep(const Context& context, absl::Duration duration);

}  // namespace waybill::oci::http::server

#endif  // WAYBILL_OCI_HTTP_SERVER_SLEEPER_H_
