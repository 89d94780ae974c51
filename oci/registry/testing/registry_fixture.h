// SPDX-License-Identifier: Apache-2.0
// A client as an export has it, against the fake registry on a real socket, with a simulated clock.
#ifndef WAYBILL_OCI_REGISTRY_TESTING_REGISTRY_FIXTURE_H_
#define WAYBILL_OCI_REGISTRY_TESTING_REGISTRY_FIXTURE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "gtest/gtest.h"
#include "oci/context.h"
#include "oci/http/transport.h"
#include "oci/progress.h"
#include "oci/registry/auth/credentials.h"
#include "oci/registry/client.h"
#include "oci/registry/push/push.h"
#include "oci/registry/server/registry_server.h"
#include "oci/registry/testing/sample_image.h"
#include "oci/registry/testing/simulated_clock.h"

namespace waybill::oci::registry::testing {

// Gives the same credentials to every host.
class FixedCredentials : public auth::CredentialSource {
 public:
  explicit FixedCredentials(auth::Credentials credentials) : credentials_(std::move(credentials)) {}
  absl::StatusOr<auth::FoundCredentials> Find(const Context&, absl::string_view, absl::string_view, bool) override {
    return auth::FoundCredentials{credentials_, credentials_.empty() ? "none; looked nowhere" : "the test"};
  }

 private:
  const auth::Credentials credentials_;
};

// Keeps every event.
class RecordingProgress : public ProgressSink {
 public:
  void Report(const ProgressEvent& event) override;
  std::vector<ProgressEvent> events() const;

 private:
  mutable absl::Mutex mu_;
  std::vector<ProgressEvent> events_ ABSL_GUARDED_BY(mu_);
};

class RegistryFixture : public ::testing::Test {
 protected:
  // Starts the registry and a client that knows `credentials`.
  void Start(const server::behavior::Behavior& behavior, auth::Credentials credentials = {});
  void StartWith(server::RegistryServer::Options options, auth::Credentials credentials = {});
  // A client that has learned nothing, as a new process would be.
  void NewClient(auth::Credentials credentials = {});
  // For the clients from now on.
  void UseTransport(std::unique_ptr<http::Transport> transport);

  server::RegistryServer& registry() { return *registry_; }
  Host& host();
  Client& client() { return *client_; }
  SimulatedClock& clock() { return clock_; }
  RecordingProgress& progress() { return progress_; }
  const Context& context() const { return context_; }

  // Into the repository "app".
  absl::StatusOr<push::PushReport> PushSample(const SampleImage& image, std::vector<std::string> tags,
                                              config::Fallback fallback = config::Fallback::kAuto);
  // Fails the test unless all of the image is in `repository`.
  void ExpectComplete(const SampleImage& image, const std::string& repository = "app");

 private:
  SimulatedClock clock_;
  RecordingProgress progress_;
  Context context_ = Context().WithProgress(progress_);
  std::unique_ptr<server::RegistryServer> registry_;
  std::unique_ptr<http::Transport> transport_;
  std::unique_ptr<FixedCredentials> credentials_;
  std::unique_ptr<Client> client_;
};

}  // namespace waybill::oci::registry::testing

#endif  // WAYBILL_OCI_REGISTRY_TESTING_REGISTRY_FIXTURE_H_
