// SPDX-License-Identifier: Apache-2.0
// jq reads the lines of a running service in tools/e2e/service/log_test.sh.
#include "tools/cli/commands/log.h"

#include <sstream>
#include <string>

#include "absl/time/time.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "oci/error.h"

namespace waybill::cli::commands {
namespace {

absl::Time Now() { return absl::FromUnixMicros(1700000000123456); }

std::string Written(LogFormat format, const exporter::ExportEnd& end) {
  std::ostringstream out;
  Log({.format = format}, out, Now).Write(end);
  return out.str();
}

TEST(LogTest, AsText) {
  std::ostringstream out;
  Log({}, out, Now).Write(Log::Level::kInfo, "listening", {{"address", "x"}});
  EXPECT_EQ(out.str(), "listening\n");
  EXPECT_EQ(Written(LogFormat::kText, {.id = "a-1",
                                       .type = "image",
                                       .names = "app:1",
                                       .status = absl::OkStatus(),
                                       .took = absl::Microseconds(12345)}),
            "export image app:1: OK in 12ms (a-1)\n");
}

TEST(LogTest, AnExportThatFailedAsJson) {
  const std::string line = Written(LogFormat::kJson, {.id = "a-1",
                                                      .type = "im\"age\n{\"level\":\"info\"}",
                                                      .names = "",
                                                      .status = oci::MakeError(oci::Reason::kAuth, "no\nentry"),
                                                      .took = absl::Milliseconds(1500)});
  EXPECT_EQ(line.find('\n'), line.size() - 1) << line;
  const auto parsed = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  ASSERT_TRUE(parsed.is_object()) << line;
  EXPECT_EQ(parsed["time"], "2023-11-14T22:13:20.123456Z");
  EXPECT_EQ(parsed["level"], "error");
  EXPECT_EQ(parsed["event"], "export");
  EXPECT_EQ(parsed["id"], "a-1");
  EXPECT_EQ(parsed["names"], "-");
  EXPECT_EQ(parsed["code"], "UNAUTHENTICATED");
  EXPECT_EQ(parsed["reason"], "AUTH");
  EXPECT_EQ(parsed["seconds"], 1.5);
  EXPECT_TRUE(parsed.contains("error"));
}

}  // namespace
}  // namespace waybill::cli::commands
