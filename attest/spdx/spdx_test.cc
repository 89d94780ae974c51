// SPDX-License-Identifier: Apache-2.0
// What is added, and where there is something to add, follows recordings of BuildKit (gw-att-spdx23); that nothing else
// changes is the point of patching.
#include "attest/spdx/spdx.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::attest::spdx {
namespace {

const std::string& LayerA() {
  static const auto& text = *new std::string("sha256:" + std::string(64, 'a'));
  return text;
}

struct Supplemented {
  std::string document;
  std::vector<std::string> looked_up;
};

// The document with a layer that has /a.txt and the root directory.
Supplemented Supplement(absl::string_view document) {
  Supplemented result;
  const absl::Status status = SupplementSpdx(
      document, "v9",
      [&](absl::string_view path) -> absl::StatusOr<std::optional<oci::Digest>> {
        result.looked_up.emplace_back(path);
        if (path != "/a.txt" && path != "/") return std::optional<oci::Digest>();
        return std::optional<oci::Digest>(oci::Digest::Parse(LayerA()).value());
      },
      [&](absl::string_view piece) {
        absl::StrAppend(&result.document, piece);
        return absl::OkStatus();
      });
  std::vector<std::string> visited;
  EXPECT_TRUE(VisitSpdxFiles(document, [&](absl::string_view path) { visited.emplace_back(path); }).ok());
  EXPECT_EQ(visited, result.looked_up);
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_TRUE(CanSupplementSpdx(document).value_or(false)) << document;
  return result;
}

std::string Document(absl::string_view rest) { return absl::StrCat("{\"spdxVersion\":\"SPDX-2.3\"", rest, "}"); }

TEST(SpdxTest, AddsTheCreatorAfterTheOthers) {
  EXPECT_EQ(
      Supplement(Document(R"( , "creationInfo" : { "created":"x", "creators" : [ "Tool: a" ] , "z":1.0 } )")).document,
      Document(R"( , "creationInfo" : { "created":"x", "creators" : [ "Tool: a" ,"Tool: buildkit-v9"] , "z":1.0 } )"));
  EXPECT_EQ(Supplement(Document(R"(,"creationInfo":{"creators":[ ]})")).document,
            Document(R"(,"creationInfo":{"creators":[ "Tool: buildkit-v9"]})"));
}

TEST(SpdxTest, MakesWhatIsMissingForTheCreator) {
  EXPECT_EQ(Supplement(Document("")).document, Document(R"(,"creationInfo":{"creators":["Tool: buildkit-v9"]})"));
  EXPECT_EQ(Supplement(Document(R"(,"creationInfo":null)")).document,
            Document(R"(,"creationInfo":{"creators":["Tool: buildkit-v9"]})"));
  EXPECT_EQ(Supplement(Document(R"(,"creationInfo":{})")).document,
            Document(R"(,"creationInfo":{"creators":["Tool: buildkit-v9"]})"));
  EXPECT_EQ(Supplement(Document(R"(,"creationInfo":{"created":"x"})")).document,
            Document(R"(,"creationInfo":{"created":"x","creators":["Tool: buildkit-v9"]})"));
  EXPECT_EQ(Supplement(Document(R"(,"CreationInfo":{"Creators":null,"created":"x"})")).document,
            Document(R"(,"CreationInfo":{"Creators":["Tool: buildkit-v9"],"created":"x"})"));
  EXPECT_EQ(
      Supplement(Document(R"(,"creationInfo":{"creators":["Tool: a"]},"creationInfo":{}, "x":"\u0041<")")).document,
      Document(
          R"(,"creationInfo":{"creators":["Tool: a"]},"creationInfo":{"creators":["Tool: buildkit-v9"]}, "x":"\u0041<")"));
}

TEST(SpdxTest, CommentsFilesThatAreInALayer) {
  constexpr absl::string_view kInfo = R"(,"creationInfo":{"creators":["Tool: buildkit-v9"]})";
  const std::string comment = absl::StrCat("\"comment\":\"layerID: ", LayerA(), "\"");
  const struct {
    absl::string_view file;
    std::string expected;
  } kFiles[] = {
      {R"({"fileName":"./a.txt","x":"<\u003c"})",
       absl::StrCat(R"({"fileName":"./a.txt","x":"<\u003c",)", comment, "}")},
      {R"({"fileName":"/b/../a.txt" , "comment" : ""})",
       absl::StrCat(R"({"fileName":"/b/../a.txt" , )", R"("comment" : ")", "layerID: ", LayerA(), "\"}")},
      {R"({"FILENAME":"\u0061.txt","Comment":null,"y":[1]})",
       absl::StrCat(R"({"FILENAME":"\u0061.txt","Comment":")", "layerID: ", LayerA(), R"(","y":[1]})")},
      {R"({"fileName":"a.txt","comment":"mine"})", R"({"fileName":"a.txt","comment":"mine"})"},
      {R"({"fileName":"gone.txt"})", R"({"fileName":"gone.txt"})"},
      {R"({})", absl::StrCat("{", comment, "}")},
      {"null", "null"},
  };
  for (const auto& file : kFiles) {
    EXPECT_EQ(Supplement(Document(absl::StrCat(",\"files\":[ ", file.file, " ]"))).document,
              Document(absl::StrCat(",\"files\":[ ", file.expected, " ]", kInfo)));
    EXPECT_EQ(
        Supplement(Document(absl::StrCat(",\"packages\":[{\"name\":\"p\",\"files\":[null,", file.file, "]},null,{}]")))
            .document,
        Document(absl::StrCat(",\"packages\":[{\"name\":\"p\",\"files\":[null,", file.expected, "]},null,{}]", kInfo)));
  }
}

TEST(SpdxTest, LooksUpCleanPathsOfFilesWithoutComment) {
  const Supplemented result = Supplement(Document(
      R"(,"files":[{"fileName":"./x//y"},{"fileName":"../z"},{"fileName":"c","comment":"c"},{}],"packages":[{"files":[{"fileName":"/p/."}]}])"));
  EXPECT_EQ(result.looked_up, (std::vector<std::string>{"/x/y", "/z", "/", "/p"}));
}

TEST(SpdxTest, StopsAtTheFirstError) {
  const std::string document = Document(R"(,"files":[{"fileName":"a"},{"fileName":"b"}])");
  int calls = 0;
  const auto found_nothing = [](absl::string_view) -> absl::StatusOr<std::optional<oci::Digest>> {
    return std::optional<oci::Digest>();
  };
  const auto accept = [](absl::string_view) { return absl::OkStatus(); };
  const auto no_layers = [&calls](absl::string_view) -> absl::StatusOr<std::optional<oci::Digest>> {
    ++calls;
    return oci::NotFoundError("layer gone");
  };
  EXPECT_EQ(SupplementSpdx(document, "v9", no_layers, accept).message(), "layer gone");
  EXPECT_EQ(calls, 1);
  const auto full = [](absl::string_view) { return oci::StorageError("disk full"); };
  EXPECT_EQ(SupplementSpdx(document, "v9", found_nothing, full).message(), "disk full");
}

}  // namespace
}  // namespace waybill::attest::spdx
