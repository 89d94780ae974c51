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
      {"type=bogus", "exporter \"bogus\" could not be found; types are "},
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

TEST(OutputsTest, AKeyThatNothingReadsIsRefused) {
  const std::pair<std::string, std::string> cases[] = {
      {"compresion=zstd", "compresion is no key of type=oci, and nothing reads it; did you mean compression? ("},
      {"dset=x.tar", "dset is no key of type=oci, and nothing reads it; did you mean dest? ("},
      {"foo=bar",
       "foo is no key of type=oci, and nothing reads it (metadata.KEY= sets metadata of the result, and "
       "--allow-unknown makes this a warning)"},
      {"push=true", "push is no key of type=oci, but of type=image; nothing reads it here"},
      {"annotation:foo=bar", "did you mean annotation.foo?"},
      {"index:foo=bar", "did you mean annotation-index.foo?"},
  };
  for (const auto& [attribute, message] : cases) {
    const std::string text = absl::StrCat("type=oci,dest=/dev/null,", attribute);
    const absl::Status status = Check({text}).status();
    EXPECT_EQ(oci::ReasonOf(status), Reason::kInvalidInput) << attribute;
    EXPECT_THAT(std::string(status.message()), HasSubstr(message)) << attribute;
    EXPECT_TRUE(CheckOutputs({text}, 0, {.allow_unknown = true}).ok()) << attribute;
  }
  const auto meant = Check({"type=oci,dest=/dev/null,metadata.foo=bar,containerimage.config={}"});
  ASSERT_TRUE(meant.ok()) << meant.status();
  EXPECT_EQ(meant->front().options.metadata.at("foo"), "bar");
}

TEST(OutputsTest, AnnotationsGoToEveryImage) {
  const exporter::request::Attributes annotations = {{"annotation.org.Example", "X"}};
  const auto outputs = CheckOutputs({"type=oci,dest=/dev/null", "type=image", "type=tar,dest=/dev/null"}, 0,
                                    {.annotations = annotations});
  ASSERT_TRUE(outputs.ok()) << outputs.status();
  for (const size_t image : {0u, 1u}) {
    EXPECT_EQ((*outputs)[image].options.annotations.at("").manifest, (oci::Annotations{{"org.Example", "X"}}));
  }
  EXPECT_FALSE((*outputs)[2].flag.request.attributes.contains("annotation.org.Example"));
  EXPECT_EQ(CheckOutputs({"type=tar,dest=/dev/null"}, 0, {.annotations = annotations}).status(),
            oci::InvalidInputError("--annotation: no --output writes an image, which annotations are for"));
}

TEST(OutputsTest, APinInAKeyIsNotTold) {
  const absl::Status status = Check({"type=oci,dest=-,sign=pkcs11:object=o?pin-value=hidden"}).status();
  EXPECT_EQ(status.message(),
            "--output type=oci,dest=-,sign=pkcs11:object=o?pin-value=...: sign: a PIN stands in no option, because "
            "logs may have it");
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
  struct {
    std::string text;
    Reason reason;
    std::string message;
  } const cases[] = {
      {"type=image,unpack=true", Reason::kUnsupported,
       "exporting type=image: exporter option \"unpack=true\" needs an image store, and there is none"},
      {absl::StrCat("type=local,source-date-epoch=20000000000,dest=", bundle), Reason::kInvalidInput,
       "exporting type=local: source-date-epoch 20000000000: files cannot have such a time"},
  };
  for (const auto& [text, reason, message] : cases) {
    const auto outputs = Check({"type=image", text});
    ASSERT_TRUE(outputs.ok()) << outputs.status();
    const absl::Status status = PlanOutputs(**input, *outputs).status();
    EXPECT_EQ(oci::ReasonOf(status), reason) << text;
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
