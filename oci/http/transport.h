// SPDX-License-Identifier: Apache-2.0
// The one door to the network.
#ifndef WAYBILL_OCI_HTTP_TRANSPORT_H_
#define WAYBILL_OCI_HTTP_TRANSPORT_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "oci/context.h"
#include "oci/http/request.h"
#include "oci/http/response.h"

namespace waybill::oci::http {

// Why a transfer has no reply: the metadata "failure" of a NetworkError, and of a time-out while connecting
// ("connect").
inline constexpr absl::string_view kFailureKey = "failure";
inline constexpr absl::string_view kFailureResolve = "resolve";          // the name has no address
inline constexpr absl::string_view kFailureConnect = "connect";          // nobody there
inline constexpr absl::string_view kFailureTls = "tls";                  // the handshake failed: no TLS spoken, perhaps
inline constexpr absl::string_view kFailurePlain = "plain";              // the server speaks HTTP without TLS
inline constexpr absl::string_view kFailureCertificate = "certificate";  // not trusted; asking again does not help
inline constexpr absl::string_view kFailureTransfer = "transfer";        // broke on the way
inline constexpr absl::string_view kFailureProxy = "proxy";              // a proxy refused; the message names it
// Metadata of every NetworkError and time-out: body bytes that had left.
inline constexpr absl::string_view kSentKey = "sent";

// Metadata of time-outs: milliseconds in which the server gave no byte. Absent for a transfer that had moved before.
inline constexpr absl::string_view kSilentKey = "silent_ms";
// Zero for all other errors.
absl::Duration SilenceOf(const absl::Status& status);
// The same error with another silence, for the sum of several attempts.
absl::Status WithSilence(const absl::Status& status, absl::Duration silence);

// UNAVAILABLE (Reason::kNetwork) with the metadata "failure" and "sent".
absl::Status NetworkError(absl::string_view failure, int64_t sent, absl::string_view message);
// The metadata "failure"; empty for other errors.
std::string FailureOf(const absl::Status& status);

// Thread-safe: any number of threads may be in Send.
class Transport {
 public:
  virtual ~Transport() = default;
  // Sends the request on the caller's thread and returns when the reply's headers are there. Redirects are replies.
  // Follows the context within 100 ms. Errors: NetworkError; kTimeout naming the phase; kInterrupted; what reading the
  // body returned; INVALID_ARGUMENT for a request that cannot be sent. Messages hold no credentials.
  virtual absl::StatusOr<Response> Send(const Context& context, const Request& request) = 0;
};

// A reply whose whole body is in memory.
struct Reply {
  int status = 0;
  Headers headers;
  std::string url;
  int64_t bytes_sent = 0;
  bool continued = false;
  std::string body;
};

// Reads the body, at most `limit` bytes: more is an error (kRefused) for a success and cut off for status 400 and
// above.
absl::StatusOr<Reply> ReadReply(const Context& context, Response response, int64_t limit);

}  // namespace waybill::oci::http

#endif  // WAYBILL_OCI_HTTP_TRANSPORT_H_
