// SPDX-License-Identifier: Apache-2.0
// Expected readings follow buildx' util/buildflags/export_test.go and build/opt.go.
#include "tools/cli/exporting/output_flag.h"

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::cli::exporting {
namespace {

using ::testing::Pair;
using ::testing::UnorderedElementsAre;
using DestinationKind = OutputFlag::DestinationKind;

OutputFlag Parse(const std::string& text) {
  const absl::StatusOr<OutputFlag> output = ParseOutputFlag(text, {}, {});
  EXPECT_TRUE(output.ok()) << text << ": " << output.status();
  return output.value_or(OutputFlag{});
}

TEST(OutputFlagTest, KeysAreLowerCasedAndDestIsOurs) {
  const OutputFlag output = Parse("type=oci,Dest=/no/such/out.tar,NAME=Reg/App, oci-artifact=true");
  EXPECT_EQ(output.request.type, "oci");
  EXPECT_THAT(output.request.attributes, UnorderedElementsAre(Pair("name", "Reg/App"), Pair("oci-artifact", "true")));
  EXPECT_EQ(output.destination, DestinationKind::kFile);
  EXPECT_EQ(output.path, "/no/such/out.tar");
}

TEST(OutputFlagTest, QuotedFieldsHoldCommas) {
  const OutputFlag output = Parse("type=docker,\"name=a:1,b:2\",dest=-");
  EXPECT_THAT(output.request.attributes, UnorderedElementsAre(Pair("name", "a:1,b:2")));
  EXPECT_EQ(output.destination, DestinationKind::kStdout);
}

TEST(OutputFlagTest, ShortForms) {
  EXPECT_EQ(Parse("no/such/dir").request.type, "local");
  EXPECT_EQ(Parse("no/such/dir").path, "no/such/dir");
  EXPECT_EQ(Parse("no/such/dir").destination, DestinationKind::kDirectory);
  EXPECT_EQ(Parse("a=b").request.type, "local");
  EXPECT_EQ(Parse("-").request.type, "tar");
  EXPECT_EQ(Parse("-").destination, DestinationKind::kStdout);
}

TEST(OutputFlagTest, TarDecidesBetweenFileAndDirectory) {
  EXPECT_EQ(Parse("type=oci,tar=false,dest=/no/such").destination, DestinationKind::kDirectory);
  EXPECT_EQ(Parse("type=oci,tar=false,dest=/no/such").request.attributes.at("tar"), "false");
  EXPECT_EQ(Parse("type=docker,tar=maybe,dest=/no/such").destination, DestinationKind::kFile);
  EXPECT_EQ(Parse("type=oci").destination, DestinationKind::kStdout);
}

TEST(OutputFlagTest, RegistryIsAPush) {
  const OutputFlag output = Parse("type=registry,name=r/a");
  EXPECT_EQ(output.request.type, "image");
  EXPECT_THAT(output.request.attributes, UnorderedElementsAre(Pair("name", "r/a"), Pair("push", "true")));
  EXPECT_EQ(output.destination, DestinationKind::kNone);
}

TEST(OutputFlagTest, Faults) {
  const std::string directory = ::testing::TempDir();
  const std::string archive = directory + "/there.tar";
  std::ofstream(archive) << "bytes";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "dest is required for local exporter"},
      {"type=oci,dest", "invalid value dest"},
      {"name=a,dest=b", "type is required for output"},
      {"type=oci,output=x.tar", "output=x.tar not supported for --output, you meant dest=x.tar?"},
      {"type=oci,tar=false", "dest is required for oci exporter"},
      {"type=oci,tar=0,dest=-", "dest cannot be stdout for oci exporter"},
      {"type=local,dest=/etc/passwd", "destination directory /etc/passwd is a file"},
      {"type=oci,dest=" + directory,
       "destination file " + directory + " is a directory; type=oci,tar=false writes a layout into a directory"},
      {"type=ocii", "exporter \"ocii\" could not be found; did you mean type=oci?"},
      {"type=OCI,dest=x", "exporter \"OCI\" could not be found; did you mean type=oci?"},
      {"type=docker-archive,dest=x", "exporter \"docker-archive\" could not be found; did you mean type=docker?"},
      {"type=frob,dest=x", "exporter \"frob\" could not be found; types are oci, docker, image, registry, local, tar"},
      {"oci,dest=x", "invalid value oci; did you mean type=oci?"},
      {"dest=x,Registry", "invalid value Registry; did you mean type=registry?"},
      {"dest=x",
       "type is required for output: write type=TYPE,dest=x with one of oci, docker, image, registry, local, tar"},
      {"name=a:1",
       "type is required for output: write type=TYPE,name=a:1 with one of oci, docker, image, registry, local, tar"},
      {archive, "destination directory " + archive + " is a file; did you mean type=oci,dest=" + archive + "?"},
      {"type=registry", "a push needs a name: name=HOST/REPO[:TAG]"},
      {"type=image,push=,name=", "a push needs a name: name=HOST/REPO[:TAG]"},
      {"type=image,dest=x", "output x is not supported by image exporter"},
      {"type=\"oci", "parse error on line 1, column 6: bare \" in non-quoted-field"},
  };
  for (const auto& [text, message] : cases) {
    const absl::Status status = ParseOutputFlag(text, {}, {}).status();
    EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput) << text;
    EXPECT_EQ(status.message(), absl::string_view(message));
  }
}

// All of them are directories to buildx.
TEST(OutputFlagTest, ALoneWordThatIsProbablyNoDirectoryIsWarnedOf) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"out.tar", "\"out.tar\" alone is a directory (type=local,dest=out.tar); did you mean type=oci,dest=out.tar?"},
      {"oci", "\"oci\" alone is a directory (type=local,dest=oci); did you mean type=oci?"},
      {"oci:d", "\"oci:d\" alone is a directory (type=local,dest=oci:d); did you mean type=oci,tar=false,dest=d?"},
      {"docker://h/a:1",
       "\"docker://h/a:1\" alone is a directory (type=local,dest=docker://h/a:1); did you mean "
       "type=registry,name=h/a:1?"},
  };
  for (const auto& [text, warning] : rows) {
    EXPECT_THAT(Parse(text).warnings, ::testing::ElementsAre(warning)) << text;
    EXPECT_EQ(Parse(text).request.type, "local") << text;
  }
  for (const char* text : {"out", "./tar", "-", "a=b"}) EXPECT_THAT(Parse(text).warnings, ::testing::IsEmpty()) << text;
}

TEST(OutputFlagTest, AnAnnotationThatLosesItsCaseIsWarnedOf) {
  EXPECT_THAT(Parse("type=image,annotation.org.Example=X").warnings,
              ::testing::ElementsAre("annotation.org.example: keys of --output are in lower case, as in buildx; "
                                     "--annotation keeps upper case"));
  EXPECT_THAT(Parse("type=image, annotation.org.example=X,NAME=a").warnings, ::testing::IsEmpty());
}

TEST(OutputFlagTest, StdoutIsForOneAndNotForTerminals) {
  const absl::Status terminal = ParseOutputFlag("type=oci,dest=-", {.stdout_is_terminal = true}, {}).status();
  EXPECT_EQ(terminal.message(), "dest file is required for oci exporter. refusing to write to console");
  const absl::Status second = ParseOutputFlag("type=docker", {}, {Parse("type=oci,dest=-")}).status();
  EXPECT_EQ(second.message(), "multiple outputs configured to write to stdout");
}

}  // namespace
}  // namespace waybill::cli::exporting
