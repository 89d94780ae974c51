// SPDX-License-Identifier: Apache-2.0
#include "tools/golden/recorded/recorded_registries.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "oci/status_macros.h"

namespace waybill::golden::recorded {
namespace {

constexpr absl::string_view kRecorded[] = {"http://127.0.0.1:5052/", "http://127.0.0.1:5053/"};

}  // namespace

absl::StatusOr<oci::http::Response> RedirectingTransport::Send(const oci::Context& context,
                                                               const oci::http::Request& request) {
  oci::http::Request redirected = request;
  for (const absl::string_view prefix : kRecorded) {
    absl::string_view rest = request.url;
    if (absl::ConsumePrefix(&rest, prefix)) redirected.url = absl::StrCat("http://", host_, "/", rest);
  }
  return curl_.Send(context, redirected);
}

absl::StatusOr<oci::registry::auth::FoundCredentials> NoCredentials::Find(const oci::Context&, absl::string_view,
                                                                          absl::string_view, bool) {
  return oci::registry::auth::FoundCredentials{{}, "none"};
}

absl::StatusOr<std::unique_ptr<RecordedRegistries>> RecordedRegistries::Start(
    const std::string& directory, const oci::registry::server::behavior::Behavior& behavior) {
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<oci::registry::server::RegistryServer> registry,
                        oci::registry::server::RegistryServer::Start({.directory = directory, .behavior = behavior}));
  return std::unique_ptr<RecordedRegistries>(new RecordedRegistries(std::move(registry)));
}

}  // namespace waybill::golden::recorded
