// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/exporting/outputs.h"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/file/testing/files.h"

namespace waybill::cli::exporting {
namespace {

using oci::Reason;
using oci::file::testing::FilesUnder;
using oci::file::testing::NewTempDir;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using State = oci::ProgressEvent::State;

absl::StatusOr<std::vector<CheckedOutput>> Check(const std::vector<std::string>& texts) {
  return CheckOutputs(texts, /*compatibility_version=*/0, {});
}

TEST(OutputsTest, EveryOutputIsCheckedAndNothingIsWritten) {
  const std::string directory = NewTempDir();
  const std::string first = absl::StrCat("type=oci,dest=", directory, "/first.tar");
  struct Case {
    std::string second, message;
    Reason reason = Reason::kInvalidInput;
  };
  const Case cases[] = {
      {"type=oci,oci-artifact=maybe,dest=" + directory + "/second.tar", "non-bool value specified for oci-artifact"},
      {"type=bogus", "exporter \"bogus\" could not be found"},
      {"type=registry,name=UPPER", "failed to push UPPER"},
      {"type=docker,dest=" + directory + "/./first.tar", "another output goes to the same file"},
      {"type=oci,dest=" + directory + "/none/x.tar", "No such file or directory", Reason::kNotFound},
      {"type=oci", "multiple outputs configured to write to stdout"},
  };
  for (const Case& c : cases) {
    const absl::Status status = Check({first, "type=oci,dest=-", c.second}).status();
    EXPECT_EQ(oci::ReasonOf(status), c.reason) << c.second;
    EXPECT_THAT(std::string(status.message()), HasSubstr(absl::StrCat("--output ", c.second, ": "))) << c.second;
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.message));
    EXPECT_THAT(FilesUnder(directory), IsEmpty());
  }
}

TEST(OutputsTest, LayoutsAndDevicesMayBeShared) {
  const std::string layout = NewTempDir();
  EXPECT_EQ(Check({"type=oci,tar=false,dest=" + layout, "type=docker,tar=false,dest=" + layout}).status(),
            absl::OkStatus());
  EXPECT_EQ(Check({"type=oci,dest=/dev/null", "type=docker,dest=/dev/null"}).status(), absl::OkStatus());
}

TEST(OutputsTest, AKeyThatLooksLikeAnOptionIsWarnedOf) {
  const auto outputs = Check({"type=oci,dest=/dev/null,compresion=zstd,oci-artefact=true,com.example.key=x,name=a"});
  ASSERT_TRUE(outputs.ok()) << outputs.status();
  EXPECT_THAT(
      outputs->front().warnings,
      ::testing::ElementsAre("compresion is no option and goes to the image's metadata; did you mean compression?",
                             "oci-artefact is no option and goes to the image's metadata; did you mean oci-artifact?"));
  EXPECT_EQ(outputs->front().options.metadata.size(), 3u);
}

TEST(OutputsTest, EmptyOnesArePassedOver) {
  const auto outputs = Check({"", "type=image", ""});
  ASSERT_TRUE(outputs.ok()) << outputs.status();
  EXPECT_EQ(outputs->size(), 1u);
  EXPECT_EQ(Check({""}).status(), oci::InvalidInputError("--output is required"));
}

TEST(OutputsTest, AFaultThatTheResultShowsIsFoundBeforeAnyExport) {
  const std::string bundle = NewTempDir();
  oci::file::testing::WriteFile(
      bundle + "/result.json",
      R"({"is_map":false,"refs":{"":null},"metadata":{"containerimage.config":{"text":"{\"architecture\":\"amd64\",\"os\":\"linux\"}"}}})");
  const auto input = OpenInput(oci::Context(), {.result = bundle});
  ASSERT_TRUE(input.ok()) << input.status();
  const std::pair<std::string, std::string> cases[] = {
      {"type=image,unpack=true",
       "exporting type=image: exporter option \"unpack=true\" needs an image store, and there is none"},
      {"type=local,dest=" + bundle, "exporting type=local: "},
  };
  for (const auto& [text, message] : cases) {
    const auto outputs = Check({"type=image", text});
    ASSERT_TRUE(outputs.ok()) << outputs.status();
    const absl::Status status = PlanOutputs(**input, *outputs).status();
    EXPECT_EQ(oci::ReasonOf(status), Reason::kUnsupported) << text;
    EXPECT_THAT(std::string(status.message()), HasSubstr(message));
  }
}

class Recorder : public oci::ProgressSink {
 public:
  void Report(const oci::ProgressEvent& event) override { targets.push_back(event.target); }
  std::vector<std::string> targets;
};

TEST(OutputProgressTest, AStreamGetsTheNameOfItsDestination) {
  Recorder recorder;
  OutputProgress progress(
      oci::Context().WithProgress(recorder),
      {.request = {.type = "oci"}, .destination = OutputFlag::DestinationKind::kFile, .path = "a.tar"});
  EXPECT_EQ(progress.target(), "oci a.tar");
  for (const std::string target : {"oci -", "service unix:///x", ""}) progress.Report({.target = target});
  EXPECT_THAT(recorder.targets, ::testing::ElementsAre("oci a.tar", "service unix:///x", ""));
}

}  // namespace
}  // namespace waybill::cli::exporting
