// SPDX-License-Identifier: Apache-2.0
// A complete OCI registry (distribution spec 1.1, all four workflow categories) on a real socket, for tests and for
// trying out a pipeline: in memory or on a directory of OCI layouts. Behavior makes it as difficult as real ones are.
#ifndef WAYBILL_OCI_REGISTRY_SERVER_REGISTRY_SERVER_H_
#define WAYBILL_OCI_REGISTRY_SERVER_REGISTRY_SERVER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "oci/http/server/sleeper.h"
#include "oci/registry/server/behavior/behavior.h"
#include "oci/registry/server/contents.h"
#include "oci/registry/server/wire/request_log.h"

namespace waybill::oci::registry::server {

// Safe to use from several threads at once. The destructor breaks off all connections.
class RegistryServer {
 public:
  struct Options {
    std::string listen = "127.0.0.1:0";
    std::string directory;  // empty: everything is in memory
    behavior::Behavior behavior;
    std::function<absl::Time()> clock = absl::Now;
    http::server::Sleeper sleeper = http::server::RealSleep;  // for delays
    // Sees each request when it has been answered, on the thread that answers it.
    std::function<void(const wire::LoggedRequest&)> on_request;
  };
  // Errors: INVALID_ARGUMENT for the address; what reading the directory gives.
  static absl::StatusOr<std::unique_ptr<RegistryServer>> Start(Options options);
  ~RegistryServer();

  // "127.0.0.1:41234"
  const std::string& host() const;
  // The second port, to which redirects and Locations of another port lead.
  const std::string& other_host() const;

  // For requests that come from now on; faults are counted from the start.
  void SetBehavior(const behavior::Behavior& behavior);
  behavior::Behavior behavior() const;

  wire::RequestLog& log();
  // Connections accepted so far, both ports together.
  int64_t connections() const;
  // Requests that faults have hit since the behavior was set.
  int64_t faults_hit() const;
  // Upload sessions that are open.
  size_t open_uploads() const;

  // What is stored, whatever the behavior says.
  Contents& contents();

 private:
  struct State;
  explicit RegistryServer(std::unique_ptr<State> state);
  const std::unique_ptr<State> state_;
};

}  // namespace waybill::oci::registry::server

#endif  // WAYBILL_OCI_REGISTRY_SERVER_REGISTRY_SERVER_H_
