// SPDX-License-Identifier: Apache-2.0
// Ten exports at once through one service: each gives the recorded bytes.
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "tools/golden/recorded/case.h"
#include "tools/golden/run.h"
#include "tools/golden/service_exporter.h"

namespace waybill::golden {
namespace {

// An archive and a directory, with and without attestations, all at the recordings' common clock.
constexpr const char* kCases[] = {"oci-multi-prov-artifact", "oci-dir", "oci-multi", "docker-dir",
                                  "oci-prov-min-artifact"};

TEST(ParallelTest, TenAtOnceGiveTheRecordedBytes) {
  const std::string scratch = ::testing::TempDir() + "/parallel";
  std::filesystem::remove_all(scratch);
  absl::StatusOr<std::unique_ptr<ServiceExporter>> exporter = ServiceExporter::Start(scratch);
  ASSERT_TRUE(exporter.ok()) << exporter.status();
  constexpr int kExports = 10;
  std::vector<CaseResult> verdicts(kExports);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kExports; ++i) {
      threads.emplace_back([&, i] {
        const std::string directory = absl::StrCat(scratch, "/", i);
        std::filesystem::create_directories(directory);
        verdicts[i] = RunCase(kCases[i % std::size(kCases)], **exporter, directory);
      });
    }
  }
  for (int i = 0; i < kExports; ++i) {
    EXPECT_EQ(verdicts[i].outcome, Outcome::kMatch)
        << kCases[i % std::size(kCases)] << " " << OutcomeName(verdicts[i].outcome) << " " << verdicts[i].detail << "\n"
        << absl::StrJoin(verdicts[i].differences, "\n");
  }
}

}  // namespace
}  // namespace waybill::golden
