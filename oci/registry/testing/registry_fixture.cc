// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/testing/registry_fixture.h"

#include <utility>

#include "oci/http/curl/curl_transport.h"

namespace waybill::oci::registry::testing {

void RecordingProgress::Report(const ProgressEvent& event) {
  absl::MutexLock lock(&mu_);
  events_.push_back(event);
}

std::vector<ProgressEvent> RecordingProgress::events() const {
  absl::MutexLock lock(&mu_);
  return events_;
}

void RegistryFixture::Start(const server::behavior::Behavior& behavior, auth::Credentials credentials) {
  StartWith({.behavior = behavior}, std::move(credentials));
}

void RegistryFixture::StartWith(server::RegistryServer::Options options, auth::Credentials credentials) {
  auto registry = server::RegistryServer::Start(std::move(options));
  ASSERT_TRUE(registry.ok()) << registry.status();
  registry_ = *std::move(registry);
  UseTransport(std::make_unique<http::curl::CurlTransport>(http::curl::CurlTransport::Options{}));
  NewClient(std::move(credentials));
}

void RegistryFixture::UseTransport(std::unique_ptr<http::Transport> transport) {
  client_.reset();
  transport_ = std::move(transport);
}

void RegistryFixture::NewClient(auth::Credentials credentials) {
  client_.reset();
  credentials_ = std::make_unique<FixedCredentials>(std::move(credentials));
  client_ = std::make_unique<Client>(Host::Deps{*transport_, *credentials_, clock_}, Client::Options{});
}

Host& RegistryFixture::host() { return **client_->HostFor(registry_->host(), /*insecure=*/false); }

absl::StatusOr<push::PushReport> RegistryFixture::PushSample(const SampleImage& image, std::vector<std::string> tags,
                                                             config::Fallback fallback) {
  return push::Push(context_, host(),
                    {.root = image.root,
                     .content = *image.store,
                     .repository = "app",
                     .tags = std::move(tags),
                     .fallback = fallback})
      .report;
}

void RegistryFixture::ExpectComplete(const SampleImage& image, const std::string& repository) {
  for (const Digest& digest : image.manifests) {
    EXPECT_TRUE(registry_->contents().HasManifest(repository, digest)) << digest.ToString();
  }
  for (const Digest& digest : image.blobs)
    EXPECT_TRUE(registry_->contents().HasBlob(repository, digest)) << digest.ToString();
}

}  // namespace waybill::oci::registry::testing
