// SPDX-License-Identifier: Apache-2.0
// Whether asking again may help.
#ifndef WAYBILL_OCI_REGISTRY_REPLY_REPLY_CLASS_H_
#define WAYBILL_OCI_REGISTRY_REPLY_REPLY_CLASS_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "oci/http/transport.h"

namespace waybill::oci::registry::reply {

enum class ReplyClass {
  kFinal,        // an answer, good or bad
  kAuth,         // 401: with other credentials, perhaps
  kRate,         // too fast: after a pause of the whole host
  kTransient,    // after a while
  kUnreachable,  // the same, if the host exists at all
};

// `upload`: the request belongs to an upload session, which registries lose: 404 and 416 then call for a new one, as
// does a 400 that is not the registry's own (a proxy that gave up on an idle upload).
ReplyClass ClassifyReply(const http::Reply& reply, bool upload);
// An error of a transfer without a reply, or one that RateLimited made.
ReplyClass ClassifyError(const absl::Status& error);

// The error of a reply that was judged kRate, for who sees the error alone. `wait` is what the server asks for, if it
// does.
absl::Status RateLimited(const absl::Status& error, std::optional<absl::Duration> wait);
// How long the server asks us to wait: Retry-After of a reply (from `now`), or what RateLimited kept.
std::optional<absl::Duration> AskedWait(const absl::StatusOr<http::Reply>& reply, absl::Time now);

}  // namespace waybill::oci::registry::reply

#endif  // WAYBILL_OCI_REGISTRY_REPLY_REPLY_CLASS_H_
