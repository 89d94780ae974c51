// SPDX-License-Identifier: Apache-2.0
// One HTTP request, as a value. What it points to (body, TLS settings, sink) must outlive the call that sends it.
#ifndef WAYBILL_OCI_HTTP_REQUEST_H_
#define WAYBILL_OCI_HTTP_REQUEST_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/time/time.h"
#include "oci/http/headers.h"
#include "oci/io/stream.h"

namespace waybill::oci::http {

// How a connection is secured.
struct TlsSettings {
  bool skip_verify = false;
  std::string extra_roots;       // PEM; trusted besides the system's roots
  std::string certificate_file;  // a client certificate and its key, PEM files; both or neither
  std::string key_file;

  friend bool operator==(const TlsSettings&, const TlsSettings&) = default;
};

// How long each phase may take; a phase that takes longer is DEADLINE_EXCEEDED (kTimeout).
struct Limits {
  absl::Duration connect = absl::Seconds(30);  // names, TCP and TLS
  // Sending and receiving bodies: less than this many bytes a second for the whole window is a stall. Slow is legal.
  int64_t stall_bytes_per_second = 1024;
  absl::Duration stall_window = absl::Seconds(60);
  // From the last byte sent to the reply's headers. Registries hash and copy before they answer, so that the time to
  // allow grows with the body: see CommitLimit.
  absl::Duration reply = absl::Seconds(60);
  // Waiting for the reply's headers: on_silence is called each time that so much more time has passed.
  absl::Duration tell_every = absl::Seconds(10);
};

// How long a server may be silent that was given a body: `silence`, and 1 s more for each 20 MiB.
absl::Duration CommitLimit(int64_t body_bytes, absl::Duration silence);

struct Request {
  std::string method = "GET";
  std::string url;  // absolute, without user information
  Headers headers;
  const TlsSettings* tls = nullptr;  // nullptr: the system's roots
  // Sent whole with its size as Content-Length. POST, PUT and PATCH without one send Content-Length: 0.
  const io::Source* body = nullptr;
  bool secret_body = false;  // holds a credential: goes to the origin of `url` only
  // A connection of its own over HTTP/1.1, for bodies that HTTP/2's flow control would slow down. Everything else
  // shares connections and is multiplexed where the server offers HTTP/2.
  bool bulk = false;
  int resends = 0;  // the same request was sent so often before; for traces
  // Wait this long for "100 Continue" before the body is sent; zero sends it at once.
  absl::Duration expect_continue = absl::ZeroDuration();
  Limits limits;
  // Told how many body bytes are out, from the thread that sends, whenever that grew.
  std::function<void(int64_t)> on_sent;
  // Told for how long the server has been silent, from the thread that sends; see Limits::tell_every.
  std::function<void(absl::Duration)> on_silence;
};

}  // namespace waybill::oci::http

#endif  // WAYBILL_OCI_HTTP_REQUEST_H_
