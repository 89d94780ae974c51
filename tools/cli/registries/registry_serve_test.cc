// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/registries/registry_serve.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "absl/strings/match.h"
#include "oci/error.h"
#include "oci/registry/server/behavior/behavior_switches.h"

namespace waybill::cli::registries {
namespace {

// Parses the command line and serves under a context that is stopped already.
absl::Status Serve(const std::string& arguments, std::string* printed = nullptr) {
  CLI::App app;
  ServeOptions options;
  AddServeOptions(app, options);
  app.parse(arguments);
  std::stop_source stop;
  stop.request_stop();
  std::ostringstream out;
  const absl::Status status = ServeRegistry(oci::Context().WithStop(stop.get_token()), options, out);
  if (printed != nullptr) *printed = out.str();
  return status;
}

TEST(RegistryServeTest, TellsTheAddress) {
  std::string printed;
  ASSERT_TRUE(Serve("--listen 127.0.0.1:0 --profile ghcr --fault status=503@manifest-put --auth a:b", &printed).ok());
  EXPECT_TRUE(absl::StartsWith(printed, "listening on 127.0.0.1:")) << printed;
  EXPECT_TRUE(absl::EndsWith(printed, " as ghcr\n")) << printed;
}

TEST(RegistryServeTest, DescribesProfilesWithSources) {
  std::string printed;
  ASSERT_TRUE(Serve("--list-profiles", &printed).ok());
  EXPECT_TRUE(absl::StrContains(printed, "ghcr: GitHub Container Registry\n"));
  EXPECT_TRUE(absl::StrContains(printed, "  no referrers API, no OCI-Subject [NVIDIA/aicr#1957]\n"));
}

// Every switch by its name, after the profile, and all are described.
TEST(RegistryServeTest, TakesEverySwitchOfTheFakeRegistry) {
  std::string printed;
  ASSERT_TRUE(Serve("--list-faults", &printed).ok());
  for (const auto& known : oci::registry::server::behavior::BehaviorSwitches()) {
    const std::string name(known.name);
    EXPECT_TRUE(Serve("--listen 127.0.0.1:0 --profile ghcr --fault " + name).ok()) << name;
    EXPECT_TRUE(absl::StrContains(printed, "  " + name + ": ")) << name;
  }
  for (const char* kind : {"drop[=BYTES]", "truncate=BYTES", "forget-blob"}) {
    EXPECT_TRUE(absl::StrContains(printed, std::string("  ") + kind + ": ")) << kind;
  }
  EXPECT_TRUE(absl::StrContains(printed, "  requests: any, base, token, ")) << printed;
}

TEST(RegistryServeTest, NamesWhatIsWrong) {
  const auto message = [](const std::string& arguments) {
    const absl::Status status = Serve(arguments);
    EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput) << arguments;
    return std::string(status.message());
  };
  EXPECT_TRUE(absl::StartsWith(message("--profile nowhere"), "profile \"nowhere\" is not one of spec, distribution, "));
  EXPECT_EQ(message("--auth somebody"), "--auth is not USER:PASSWORD");
  EXPECT_EQ(message("--fault drop@nowhere"),
            "--fault (--list-faults names all): fault: \"nowhere\" is not a class of requests such as manifest-put");
  EXPECT_EQ(message("--listen nowhere"), "listening address \"nowhere\" is not HOST:PORT");
}

}  // namespace
}  // namespace waybill::cli::registries
