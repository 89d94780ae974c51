// SPDX-License-Identifier: Apache-2.0
#include "tools/golden/golden_suite.h"

#include <cstdio>
#include <filesystem>
#include <map>
#include <string>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gtest/gtest.h"
#include "tools/golden/recorded/case.h"
#include "tools/golden/recorded/verdicts.h"
#include "tools/golden/run.h"

namespace waybill::golden {
namespace {

// Fewer would mean that the data went missing.
constexpr size_t kCases = 196;

// How many cases came out how; deviations by subject too.
struct Tally {
  std::map<std::string, int> outcomes;
  std::map<std::string, int> details;
  int run = 0;
};

class CaseTest : public ::testing::Test {
 public:
  CaseTest(std::string name, recorded::ExporterUnderTest& exporter, Tally& tally)
      : name_(std::move(name)), exporter_(exporter), tally_(tally) {}

  void TestBody() override {
    const std::string scratch = absl::StrCat(::testing::TempDir(), "/", name_);
    std::error_code error;
    std::filesystem::remove_all(scratch, error);
    std::filesystem::create_directories(scratch, error);
    ASSERT_FALSE(error) << scratch;
    const CaseResult verdict = RunCase(name_, exporter_, scratch);
    std::filesystem::remove_all(scratch, error);
    ++tally_.run;
    ++tally_.outcomes[std::string(OutcomeName(verdict.outcome))];
    if (!verdict.detail.empty()) {
      ++tally_.details[absl::StrCat(OutcomeName(verdict.outcome), " (", verdict.detail, ")")];
    }
    EXPECT_TRUE(verdict.outcome != Outcome::kFailure) << absl::StrJoin(verdict.differences, "\n");
  }

 private:
  const std::string name_;
  recorded::ExporterUnderTest& exporter_;
  Tally& tally_;
};

// The names in the tables are names of cases.
class TableTest : public ::testing::Test {
 public:
  void TestBody() override {
    EXPECT_EQ(recorded::CaseNames().size(), kCases);
    for (const recorded::Deviating& row : recorded::DeviatingCases()) {
      EXPECT_TRUE(recorded::LoadCase(std::string(row.name)).ok()) << row.name;
    }
  }
};

// All cases that were not filtered out are judged before.
class TallyTest : public ::testing::Test {
 public:
  explicit TallyTest(const Tally& tally) : tally_(tally) {}

  void TestBody() override {
    if (tally_.run != static_cast<int>(kCases)) GTEST_SKIP() << "only " << tally_.run << " cases were run";
    EXPECT_EQ(tally_.outcomes, (std::map<std::string, int>{{"deviation", 17}, {"error", 59}, {"match", 120}}));
  }

 private:
  const Tally& tally_;
};

std::string TestName(std::string name) {
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
}

}  // namespace

int RunSuite(int argc, char** argv, recorded::ExporterUnderTest& exporter) {
  ::testing::InitGoogleTest(&argc, argv);
  Tally tally;
  for (const std::string& name : recorded::CaseNames()) {
    ::testing::RegisterTest("Golden", TestName(name).c_str(), nullptr, nullptr, __FILE__, __LINE__,
                            [&exporter, &tally, name]() -> CaseTest* { return new CaseTest(name, exporter, tally); });
  }
  ::testing::RegisterTest("GoldenTables", "NameCases", nullptr, nullptr, __FILE__, __LINE__,
                          []() -> TableTest* { return new TableTest; });
  ::testing::RegisterTest("GoldenTally", "IsTheKnownOne", nullptr, nullptr, __FILE__, __LINE__,
                          [&tally]() -> TallyTest* { return new TallyTest(tally); });
  const int status = RUN_ALL_TESTS();
  const auto print = [](std::string* out, const auto& row) { absl::StrAppend(out, row.second, " ", row.first); };
  std::printf("golden: %d cases: %s; of these %s\n", tally.run, absl::StrJoin(tally.outcomes, ", ", print).c_str(),
              absl::StrJoin(tally.details, ", ", print).c_str());
  return status;
}

}  // namespace waybill::golden
