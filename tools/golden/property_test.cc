// SPDX-License-Identifier: Apache-2.0
// What holds for every export whatever it is of: the same input gives the same bytes.
#include <filesystem>
#include <system_error>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tools/golden/in_process_exporter.h"
#include "tools/golden/recorded/case.h"
#include "tools/golden/recorded/inputs.h"
#include "tools/golden/recorded/layout.h"

namespace waybill::golden {
namespace {

// Recorded results with several platforms, with an SBOM and provenance in both forms, with annotations.
constexpr const char* kCases[] = {"oci-multi-sbom-prov-artifact", "oci-multi-sbom-prov-legacy", "oci-annotations-multi",
                                  "gw-att-bundle", "docker-single-name"};

class PropertyTest : public ::testing::TestWithParam<const char*> {
 protected:
  PropertyTest()
      : record_(recorded::LoadCase(GetParam())),
        scratch_(absl::StrCat(::testing::TempDir(), "/property-", GetParam())) {
    std::error_code error;
    std::filesystem::remove_all(scratch_, error);
    std::filesystem::create_directories(scratch_, error);
  }

  // The sha256 of the archive; empty when the export failed.
  std::string Export(const std::string& bundle, const std::string& name) {
    InProcessExporter exporter;
    const recorded::Job job{.bundle = bundle,
                            .request = recorded::RequestOf(*record_),
                            .destination = absl::StrCat(scratch_, "/", name),
                            .now = recorded::ClockOf(*record_)};
    const auto response = exporter.Export(job);
    EXPECT_EQ(response.status(), absl::OkStatus());
    const absl::StatusOr<recorded::Layout> layout = recorded::ReadArchive(job.destination);
    return response.ok() && layout.ok() ? layout->sha256 : "";
  }
  std::string OpenedResult(const std::string& name) {
    const std::string directory = absl::StrCat(scratch_, "/", name);
    EXPECT_EQ(recorded::WriteBundle(*record_, directory), absl::OkStatus());
    return directory;
  }

  absl::StatusOr<recorded::Case> record_;
  const std::string scratch_;
};

INSTANTIATE_TEST_SUITE_P(Recorded, PropertyTest, ::testing::ValuesIn(kCases));

TEST_P(PropertyTest, TwiceTheSame) {
  ASSERT_TRUE(record_.ok());
  const std::string bundle = OpenedResult("bundle");
  const std::string first = Export(bundle, "first");
  EXPECT_NE(first, "");
  EXPECT_EQ(Export(bundle, "second"), first);
}

TEST_P(PropertyTest, TenAtOnceTheSame) {
  ASSERT_TRUE(record_.ok());
  const std::string bundle = OpenedResult("bundle");
  const std::string alone = Export(bundle, "alone");
  std::vector<std::string> together(10);
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < together.size(); ++i) {
      threads.emplace_back([&, i] { together[i] = Export(bundle, absl::StrCat("together", i)); });
    }
  }
  for (const std::string& sha256 : together) EXPECT_EQ(sha256, alone);
}

// Members in the opposite order, at every level.
recorded::Json Reversed(const recorded::Json& json) {
  if (json.is_object()) {
    recorded::Json reversed = recorded::Json::object();
    for (auto it = json.rbegin(); it != json.rend(); ++it) reversed[it.key()] = Reversed(it.value());
    return reversed;
  }
  recorded::Json copy = json;
  if (json.is_array()) {
    for (recorded::Json& element : copy) element = Reversed(element);
  }
  return copy;
}

TEST_P(PropertyTest, TheOrderOfMembersDoesNotMatter) {
  ASSERT_TRUE(record_.ok());
  const std::string straight = Export(OpenedResult("straight"), "a");
  record_->result = Reversed(*record_->result);
  EXPECT_EQ(Export(OpenedResult("reversed"), "b"), straight);
}

}  // namespace
}  // namespace waybill::golden
