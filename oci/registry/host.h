// SPDX-License-Identifier: Apache-2.0
// One registry host: how it is reached, who we are to it and how much it is asked at a time. Everything that goes to a
// registry goes through Send. What was learned about the host is in its memory.
#ifndef WAYBILL_OCI_REGISTRY_HOST_H_
#define WAYBILL_OCI_REGISTRY_HOST_H_

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "oci/clock.h"
#include "oci/context.h"
#include "oci/http/curl/redirect.h"
#include "oci/http/transport.h"
#include "oci/registry/auth/authorizer.h"
#include "oci/registry/config/host_config.h"
#include "oci/registry/expect.h"
#include "oci/registry/host_memory.h"
#include "oci/registry/retrier.h"
#include "oci/registry/single_flight.h"
#include "oci/registry/throttle.h"

namespace waybill::oci::registry {

// Bodies above this have a connection each and take a body slot; below it they travel like any request.
inline constexpr int64_t kLargeBody = 1 << 20;

// What a piece of work cost; shared by the threads that do it.
struct Traffic {
  std::atomic<int64_t> requests{0};     // on the wire, those for tokens left out
  std::atomic<int64_t> bytes_sent{0};   // of bodies
  std::atomic<int64_t> bytes_again{0};  // of these, bytes of bodies that did not arrive
};

struct Call {
  std::string method = "GET";
  std::string target;  // "/v2/...", or the absolute URL of an upload
  http::Headers headers;
  auth::Access access;
  const io::Source* body = nullptr;
  int64_t reply_limit = 4 << 20;  // bytes of the reply's body
  // Try again by itself: everything but the parts of an upload session, which the caller starts over.
  bool retry = true;
  bool follow = true;  // redirects
  Traffic* traffic = nullptr;
  std::function<void(int64_t)> on_sent;
  std::function<void(absl::string_view why)> on_retry;
  // Told while the host is silent; in place of the report that Send makes.
  std::function<void(absl::string_view what)> on_silence;
};

struct Answer {
  http::Reply reply;
  int attempts = 1;
  // Other credentials are at hand than those that were refused with 401 or 403: the call may succeed when it is made
  // again. Calls with `retry` were made again already.
  bool renewed = false;
};

// Thread-safe.
class Host {
 public:
  struct Deps {
    http::Transport& transport;
    auth::CredentialSource& credentials;
    Clock& clock;
  };
  struct Options {
    config::HostConfig config;
    RetryPolicy retry;
    Throttle::Limits limits;
    http::Limits waits;
    http::curl::TlsOf tls_of;  // what is configured for others that this one sends us on to; empty: nothing
  };
  Host(Deps deps, std::string domain, Options options);

  // The last answer: final, or the one at which trying ended. A status is an answer. Errors, naming method and URL: no
  // answer from the transport; credentials that cannot be had; the context's. Reports kRetrying with the reason, and
  // kTransferring when that has helped, unless the call has its own on_retry.
  absl::StatusOr<Answer> Send(const Context& context, const Call& call);
  // The same with the reply's body left to be read, for blobs. Statuses from 400 on are errors.
  absl::StatusOr<http::Response> Open(const Context& context, const Call& call);

  // An error for an answer that is a refusal; for 401 and 403 it says where credentials were looked for, and how to get
  // some where there are none.
  absl::Status Refusal(const Call& call, const Answer& answer) const;

  Retrier NewRetrier();
  // Whether what broke off is taken up again.
  bool tries_again() const { return options_.retry.attempts > 1; }
  // Whether it has given any answer yet.
  bool has_answered() const { return answered_.load(); }
  Throttle& throttle() { return throttle_; }
  SingleFlight& blobs_in_flight() { return blobs_in_flight_; }
  Clock& clock() { return deps_.clock; }
  const std::string& domain() const { return domain_; }
  const config::HostConfig& config() const { return options_.config; }
  HostMemory& memory() { return memory_; }

 private:
  struct Wire {
    http::Response response;
    http::Url url;      // that was asked
    std::string sent;   // Authorization
    bool ours = false;  // the host itself was asked and answered: no storage behind a redirect or an upload's location
    bool renewed = false;  // see Answer
  };

  // `resends`: the times that the call was sent before.
  absl::StatusOr<Wire> SendOnce(const Context& context, const Call& call, int resends);
  absl::StatusOr<Wire> SendTo(const Context& context, const Call& call, const config::Endpoint& endpoint, int resends);
  absl::StatusOr<Wire> SendAuthorized(const Context& context, const Call& call, int resends);
  // Takes in what an answer says about who is asked for. True when the same request may fare better now.
  absl::StatusOr<bool> Learn(const Context& context, const Call& call, const Wire& wire);
  // Sends what a registry behind a proxy sent to its inner name to the host itself; nothing where that is not the case.
  absl::StatusOr<std::optional<Wire>> SendInnerName(const Context& context, const Call& call, size_t index,
                                                    const absl::Status& error);
  // For hosts that say "forbidden" or "not found" where they mean "who are you?". Once.
  absl::StatusOr<bool> DrawChallenge(const Context& context, const Call& call);
  static absl::StatusOr<http::Reply> ReadWhole(const Context& context, const Call& call, absl::StatusOr<Wire> wire);
  absl::StatusOr<bool> Again(const Context& context, const Call& call, Retrier& retrier,
                             const absl::StatusOr<http::Reply>& reply);
  void Settle(size_t index);

  const Deps deps_;
  const std::string domain_;
  const Options options_;
  const std::vector<config::Endpoint> endpoints_;
  Throttle throttle_;
  SingleFlight blobs_in_flight_;
  HostMemory memory_;
  SingleFlight challenge_;
  std::atomic<bool> drawn_{false};
  std::atomic<bool> answered_{false};
  auth::Authorizer authorizer_;
  ExpectMemory expect_;
  mutable absl::Mutex mu_;
  std::optional<size_t> settled_ ABSL_GUARDED_BY(mu_);  // the endpoint that answered
};

}  // namespace waybill::oci::registry

#endif  // WAYBILL_OCI_REGISTRY_HOST_H_
