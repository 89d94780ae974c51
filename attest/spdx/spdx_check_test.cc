// SPDX-License-Identifier: Apache-2.0
// The verdicts are those of spdx/tools-golang v0.5.7 (json.Read, then json.Write as BuildKit calls them).
#include "attest/spdx/spdx.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::attest::spdx {
namespace {

// clang-format off
constexpr absl::string_view kSupplemented[] = {
    R"({"spdxVersion":"SPDX-2.3"})",
    R"({"spdxVersion":"SPDX-2.1"})",
    R"({"spdxVersion":"SPDX-2.2"})",
    R"({"spdxVersion":"SPDX-2.3","name":null,"NAME":"x"})",
    R"({"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-a\""})",
    R"({"spdxVersion":"x","spdxVersion":"SPDX-2.3"})",
    R"({"spdxVersion":"SPDX-2.3","externalDocumentRefs":[{}]})",
    R"({"spdxVersion":"SPDX-2.3","externalDocumentRefs":[null]})",
    R"({"spdxVersion":"SPDX-2.3","creationInfo":null})",
    R"({"spdxVersion":"SPDX-2.3","creationInfo":{}})",
    R"({"spdxVersion":"SPDX-2.3","creationInfo":{"creators":null}})",
    R"({"spdxVersion":"SPDX-2.3","creationInfo":{"creators":[]}})",
    R"({"spdxVersion":"SPDX-2.3","creationInfo":{"creators":["x: y","Tool: z"]}})",
    R"({"spdxVersion":"SPDX-2.3","creationInfo":{"creators":[": y"]}})",
    R"({"spdxVersion":"SPDX-2.3","creationInfo":{"creators":[{"a":1}]}})",
    R"({"spdxVersion":"SPDX-2.3","creationInfo":{"creators":["a:\u0020"]}})",
    R"({"spdxVersion":"SPDX-2.3","creationInfo":{"creators":["a:\\"]}})",
    R"({"spdxVersion":"SPDX-2.3","creationInfo":{"creators":["\"a:\""]}})",
    R"({"spdxVersion":"SPDX-2.3","creationInfo":{"creators":["a:"]},"creationInfo":{"creators":[]}})",
    R"({"spdxVersion":"SPDX-2.3","packages":[{}]})",
    R"({"spdxVersion":"SPDX-2.3","packages":[{"supplier":"NOASSERTION"}]})",
    R"({"spdxVersion":"SPDX-2.3","packages":[{"supplier":null}]})",
    R"({"spdxVersion":"SPDX-2.3","packages":[{"supplier":": NOASSERTION"}]})",
    R"({"spdxVersion":"SPDX-2.3","packages":[{"originator":" : x"}]})",
    R"({"spdxVersion":"SPDX-2.3","packages":[{"originator":"x: \t"}]})",
    R"({"spdxVersion":"SPDX-2.3","packages":[{"originator":"NOASSERTION"}]})",
    R"({"spdxVersion":"SPDX-2.3","packages":[{"originator":"P: NOASSERTION"}]})",
    R"({"spdxVersion":"SPDX-2.3","packages":[{"originator":null}]})",
    R"({"spdxVersion":"SPDX-2.3","packages":[{"filesAnalyzed":null}]})",
    R"({"spdxVersion":"SPDX-2.3","packages":[{"packageVerificationCode":{"packageVerificationCodeExcludedFiles":[null],"packageVerificationCodeValue":"x"}}]})",
    R"({"spdxVersion":"SPDX-2.3","packages":[{"packageVerificationCode":null}]})",
    R"({"spdxVersion":"SPDX-2.3","packages":[{"checksums":[null]}]})",
    R"({"spdxVersion":"SPDX-2.3","packages":[{"externalRefs":[null]}]})",
    R"({"spdxVersion":"SPDX-2.3","packages":[{"SPDXID":"SPDXRef-p","hasFiles":["SPDXRef-x"]}]})",
    R"({"spdxVersion":"SPDX-2.3","packages":[{"SPDXID":"SPDXRef-p","hasFiles":["NONE"]}]})",
    R"({"spdxVersion":"SPDX-2.3","packages":[{"hasFiles":[]}]})",
    R"({"spdxVersion":"SPDX-2.3","packages":[{"files":[null,{"fileName":"a"}]}]})",
    R"({"spdxVersion":"SPDX-2.3","packages":[{"SPDXID":"SPDXRef-p","supplier":"Organization: x","originator":"Person: y"}]})",
    R"({"spdxVersion":"SPDX-2.3","packages":[{"supplier":{"a":"b"}}]})",
    R"({"spdxVersion":"SPDX-2.2","packages":[{"primaryPackagePurpose":1}]})",
    R"({"spdxVersion":"SPDX-2.2","packages":[{"releaseDate":1}]})",
    R"({"spdxVersion":"SPDX-2.1","documentDescribes":["SPDXRef-x"]})",
    R"({"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-D","documentDescribes":["SPDXRef-x"]})",
    R"({"spdxVersion":"SPDX-2.1","documentDescribes":[null]})",
    R"({"spdxVersion":"SPDX-2.1","documentDescribes":null})",
    R"({"spdxVersion":"SPDX-2.2","documentDescribes":null})",
    R"({"spdxVersion":"SPDX-2.3","documentDescribes":null})",
    R"({"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-D","documentDescribes":null})",
    R"({"spdxVersion":"SPDX-2.1","documentDescribes":{}})",
    R"({"spdxVersion":"SPDX-2.1","documentDescribes":["DocumentRef-x"]})",
    R"({"spdxVersion":"SPDX-2.1","documentDescribes":["NONE"]})",
    R"({"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-D","documentDescribes":["NONE"]})",
    R"({"spdxVersion":"SPDX-2.1","documentDescribes":[1]})",
    R"({"spdxVersion":"SPDX-2.1","documentDescribes":[]})",
    R"({"spdxVersion":"SPDX-2.2","documentDescribes":[]})",
    R"({"spdxVersion":"SPDX-2.3","documentDescribes":[]})",
    R"({"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-D","documentDescribes":[]})",
    R"({"spdxVersion":"SPDX-2.3","relationships":[null]})",
    R"({"spdxVersion":"SPDX-2.3","relationships":[{"spdxElementId":"SPDXRef-a","relatedSpdxElement":"NOASSERTION"}]})",
    R"({"spdxVersion":"SPDX-2.3","relationships":[{"spdxElementId":"SPDXRef-a:b","relatedSpdxElement":"DocumentRef-a:SPDXRef-b:c"}]})",
    R"({"spdxVersion":"SPDX-2.1","relationships":[null]})",
    R"({"spdxVersion":"SPDX-2.2","relationships":[null]})",
    R"({"spdxVersion":"SPDX-2.3","relationships":[{"spdxElementId":"SPDXRef-x"}],"relationships":[]})",
    R"({"spdxVersion":"SPDX-2.3","annotations":[null]})",
    R"({"spdxVersion":"SPDX-2.3","annotations":[{"annotator":"Tool: x"}]})",
    R"({"spdxVersion":"SPDX-2.3","annotations":[{"annotator":": x"}]})",
    R"({"spdxVersion":"SPDX-2.1","files":[null]})",
    R"({"spdxVersion":"SPDX-2.1","files":[{"fileDependencies":[1]}]})",
    R"({"spdxVersion":"SPDX-2.1","files":[{"artifactOfs":1}]})",
    R"({"spdxVersion":"SPDX-2.1","files":[{"attributionTexts":1}]})",
    R"({"spdxVersion":"SPDX-2.1","files":[{"Snippets":1}]})",
    R"({"spdxVersion":"SPDX-2.1","files":[{"licenseInfoInFiles":[null,"x"]}]})",
    R"({"spdxVersion":"SPDX-2.2","files":[null]})",
    R"({"spdxVersion":"SPDX-2.2","files":[{"fileDependencies":[1]}]})",
    R"({"spdxVersion":"SPDX-2.2","files":[{"artifactOfs":1}]})",
    R"({"spdxVersion":"SPDX-2.2","files":[{"Snippets":1}]})",
    R"({"spdxVersion":"SPDX-2.2","files":[{"licenseInfoInFiles":[null,"x"]}]})",
    R"({"spdxVersion":"SPDX-2.3","files":[null]})",
    R"({"spdxVersion":"SPDX-2.3","files":[{"Snippets":1}]})",
    R"({"spdxVersion":"SPDX-2.3","files":[{"licenseInfoInFiles":[null,"x"]}]})",
    R"({"spdxVersion":"SPDX-2.3","files":[{"artifactOfs":[null,{"name":"x"}]}]})",
    R"({"spdxVersion":"SPDX-2.3","files":null})",
    R"({"spdxVersion":"SPDX-2.3","hasExtractedLicensingInfos":[null,{"licenseId":"x"}]})",
    R"({"spdxVersion":"SPDX-2.3","snippets":[{}]})",
    R"({"spdxVersion":"SPDX-2.3","snippets":[null]})",
    R"({"spdxVersion":"SPDX-2.3","snippets":[{"ranges":[{"startPointer":{"offset":15,"reference":"SPDXRef-f"}},null]}]})",
    R"({"spdxVersion":"SPDX-2.3","snippets":[{"ranges":[{"startPointer":{"lineNumber":-5}}]}]})",
    R"({"spdxVersion":"SPDX-2.3","snippets":[{"attributionTexts":1}]})",
    R"({"spdxVersion":"SPDX-2.3","reviews":1,"revieweds":[1]})",
    R"({"spdxVersion":"SPDX-2.3","documentNamespace":"x","comment":"c"})",
    R"({"spdxVersion":"SPDX-2.3","packages":[{"SPDXID":"SPDXRef-p","hasFiles":["SPDXRef-f"]}],"relationships":[{"spdxElementId":"SPDXRef-p","relatedSpdxElement":"SPDXRef-f","relationshipType":"CONTAINS"}]})",
};

constexpr absl::string_view kLeftAlone[] = {
    R"({})",
    R"([])",
    R"(null)",
    R"(not json)",
    R"({"spdxVersion":"SPDX-2.3"} x)",
    R"({"spdxVersion":"SPDX-2.4"})",
    R"({"SpdxVersion":"SPDX-2.3"})",
    R"({"spdxVersion":null})",
    R"({"spdxVersion":"SPDX-2.3","spdxversion":1})",
    R"({"spdxVersion":"SPDX-2.3","name":1})",
    R"({"spdxVersion":"SPDX-2.3","SPDXID":"x"})",
    R"({"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-"})",
    R"({"spdxVersion":"SPDX-2.3","SPDXID":null})",
    R"({"spdxVersion":"SPDX-2.3","SPDXID":["SPDXRef-a"]})",
    R"({"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef\u002da"})",
    R"({"spdxVersion":"SPDX-2.3","spdxVersion":"x"})",
    R"({"spdxVersion":"SPDX-2.3","name":1,"name":"x"})",
    R"({"spdxVersion":"SPDX-2.3","externalDocumentRefs":[{"externalDocumentId":"x"}]})",
    R"({"spdxVersion":"SPDX-2.3","externalDocumentRefs":[{"externalDocumentId":"DocumentRef-"}]})",
    R"({"spdxVersion":"SPDX-2.3","externalDocumentRefs":[{"externalDocumentId":"DocumentRef-x","checksum":{"algorithm":1}}]})",
    R"({"spdxVersion":"SPDX-2.3","externalDocumentRefs":[{"externalDocumentId":null}]})",
    R"({"spdxVersion":"SPDX-2.3","creationInfo":[]})",
    R"({"spdxVersion":"SPDX-2.3","creationInfo":{"creators":"x: y"}})",
    R"({"spdxVersion":"SPDX-2.3","creationInfo":{"created":1}})",
    R"({"spdxVersion":"SPDX-2.3","creationInfo":{"licenseListVersion":1}})",
    R"({"spdxVersion":"SPDX-2.3","creationInfo":{"creators":["x"]}})",
    R"({"spdxVersion":"SPDX-2.3","creationInfo":{"creators":[null]}})",
    R"({"spdxVersion":"SPDX-2.3","creationInfo":{"creators":[1]}})",
    R"({"spdxVersion":"SPDX-2.3","creationInfo":{"creators":["a:","b"]}})",
    R"({"spdxVersion":"SPDX-2.3","packages":{}})",
    R"({"spdxVersion":"SPDX-2.3","packages":[{"supplier":"x"}]})",
    R"({"spdxVersion":"SPDX-2.3","packages":[{"originator":"x"}]})",
    R"({"spdxVersion":"SPDX-2.3","packages":[{"filesAnalyzed":"x"}]})",
    R"({"spdxVersion":"SPDX-2.3","packages":[{"packageVerificationCode":{"packageVerificationCodeExcludedFiles":[1]}}]})",
    R"({"spdxVersion":"SPDX-2.3","packages":[{"checksums":[{"algorithm":"SHA1","checksumValue":1}]}]})",
    R"({"spdxVersion":"SPDX-2.3","packages":[{"externalRefs":[{"referenceCategory":1}]}]})",
    R"({"spdxVersion":"SPDX-2.3","packages":[{"attributionTexts":[1]}]})",
    R"({"spdxVersion":"SPDX-2.3","packages":[{"primaryPackagePurpose":1}]})",
    R"({"spdxVersion":"SPDX-2.3","packages":[{"hasFiles":["x"]}]})",
    R"({"spdxVersion":"SPDX-2.3","packages":[{"files":[{"SPDXID":"x"}]}]})",
    R"({"spdxVersion":"SPDX-2.3","packages":[{"files":{}}]})",
    R"({"spdxVersion":"SPDX-2.2","packages":[{"attributionTexts":[1]}]})",
    R"({"spdxVersion":"SPDX-2.2","packages":[{"hasFiles":["x"]}]})",
    R"({"spdxVersion":"SPDX-2.2","documentDescribes":[null]})",
    R"({"spdxVersion":"SPDX-2.3","documentDescribes":[null]})",
    R"({"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-D","documentDescribes":[null]})",
    R"({"spdxVersion":"SPDX-2.2","documentDescribes":{}})",
    R"({"spdxVersion":"SPDX-2.3","documentDescribes":{}})",
    R"({"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-D","documentDescribes":{}})",
    R"({"spdxVersion":"SPDX-2.2","documentDescribes":[1]})",
    R"({"spdxVersion":"SPDX-2.3","documentDescribes":[1]})",
    R"({"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-D","documentDescribes":[1]})",
    R"({"spdxVersion":"SPDX-2.3","relationships":[{"spdxElementId":"DocumentRef-d:SPDXRef-a","relatedSpdxElement":"NONE","relationshipType":1}]})",
    R"({"spdxVersion":"SPDX-2.3","relationships":[{"spdxElementId":"DocumentRef-d:SPDXRef-a","relatedSpdxElement":"DocumentRef-d:x"}]})",
    R"({"spdxVersion":"SPDX-2.3","relationships":[{"spdxElementId":"DocumentRef-:SPDXRef-a","relatedSpdxElement":"SPDXRef-a"}]})",
    R"({"spdxVersion":"SPDX-2.3","relationships":[{"spdxElementId":null,"relatedSpdxElement":"SPDXRef-a"}]})",
    R"({"spdxVersion":"SPDX-2.3","relationships":[{"spdxElementId":"x"}]})",
    R"({"spdxVersion":"SPDX-2.3","relationships":[{"spdxElementId":"x"}],"relationships":[]})",
    R"({"spdxVersion":"SPDX-2.3","annotations":[{"annotator":"Tool"}]})",
    R"({"spdxVersion":"SPDX-2.3","annotations":[{"annotator":": x","annotationDate":1}]})",
    R"({"spdxVersion":"SPDX-2.1","files":[{"comment":1}]})",
    R"({"spdxVersion":"SPDX-2.1","files":[{"fileName":1}]})",
    R"({"spdxVersion":"SPDX-2.2","files":[{"comment":1}]})",
    R"({"spdxVersion":"SPDX-2.2","files":[{"fileName":1}]})",
    R"({"spdxVersion":"SPDX-2.2","files":[{"attributionTexts":1}]})",
    R"({"spdxVersion":"SPDX-2.3","files":[{"comment":1}]})",
    R"({"spdxVersion":"SPDX-2.3","files":[{"fileName":1}]})",
    R"({"spdxVersion":"SPDX-2.3","files":[{"fileDependencies":[1]}]})",
    R"({"spdxVersion":"SPDX-2.3","files":[{"artifactOfs":1}]})",
    R"({"spdxVersion":"SPDX-2.3","files":[{"attributionTexts":1}]})",
    R"({"spdxVersion":"SPDX-2.3","files":[{"artifactOfs":[{"homePage":1}]}]})",
    R"({"spdxVersion":"SPDX-2.3","hasExtractedLicensingInfos":[{"seeAlsos":1}]})",
    R"({"spdxVersion":"SPDX-2.3","hasExtractedLicensingInfos":[{"licenseId":1}]})",
    R"({"spdxVersion":"SPDX-2.3","snippets":[{"ranges":[{"startPointer":{"offset":1.5}}]}]})",
    R"({"spdxVersion":"SPDX-2.3","snippets":[{"ranges":[{"endPointer":{"reference":"f"}}]}]})",
    R"({"spdxVersion":"SPDX-2.3","snippets":[{"snippetFromFile":"SPDXRef-f","SPDXID":"f"}]})",
    R"({"spdxVersion":"SPDX-2.3","snippets":[{"ranges":[{"startPointer":{"lineNumber":9223372036854775808}}]}]})",
    R"({"spdxVersion":"SPDX-2.3","dataLicense":{}})",
};

struct Refused {
  absl::string_view document;
  absl::string_view problem;  // after the words that all have in common
};

constexpr Refused kRefused[] = {
    {R"({"spdxVersion":"SPDX-2.3","creationInfo":{"creators":["x:"]}})", R"(common.Creator: unexpected end of JSON input)"},
    {R"({"spdxVersion":"SPDX-2.3","creationInfo":{"creators":["a:  "]}})", R"(common.Creator: unexpected end of JSON input)"},
    {R"({"spdxVersion":"SPDX-2.3","packages":[{"supplier":": x"}]})", R"(*common.Supplier: failed to marshal invalid Supplier: {Supplier:x SupplierType:})"},
    {R"({"spdxVersion":"SPDX-2.3","packages":[{"supplier":"x:"}]})", R"(*common.Supplier: failed to marshal invalid Supplier: {Supplier: SupplierType:x})"},
    {R"({"spdxVersion":"SPDX-2.3","packages":[{"originator":": x"}]})", R"(*common.Originator: failed to marshal invalid Originator: {Originator:x OriginatorType:})"},
    {R"({"spdxVersion":"SPDX-2.3","packages":[{"originator":"x:  "}]})", R"(*common.Originator: failed to marshal invalid Originator: {Originator: OriginatorType:x})"},
    {R"({"spdxVersion":"SPDX-2.3","packages":[{"hasFiles":["SPDXRef-x"]}]})", R"(common.DocElementID: failed to marshal empty DocElementID)"},
    {R"({"spdxVersion":"SPDX-2.3","packages":[{"SPDXID":"SPDXRef-p","hasFiles":["DocumentRef-x"]}]})", R"(common.DocElementID: failed to marshal empty DocElementID)"},
    {R"({"spdxVersion":"SPDX-2.3","packages":[{"annotations":[null]}]})", R"(common.Annotator: unexpected end of JSON input)"},
    {R"({"spdxVersion":"SPDX-2.3","packages":[{"annotations":[{}]}]})", R"(common.Annotator: unexpected end of JSON input)"},
    {R"({"spdxVersion":"SPDX-2.1","packages":[{"supplier":"x:"}]})", R"(*common.Supplier: failed to marshal invalid Supplier: {Supplier: SupplierType:x})"},
    {R"({"spdxVersion":"SPDX-2.2","packages":[{"supplier":"x:"}]})", R"(*common.Supplier: failed to marshal invalid Supplier: {Supplier: SupplierType:x})"},
    {R"({"spdxVersion":"SPDX-2.2","documentDescribes":["SPDXRef-x"]})", R"(common.DocElementID: failed to marshal empty DocElementID)"},
    {R"({"spdxVersion":"SPDX-2.3","documentDescribes":["SPDXRef-x"]})", R"(common.DocElementID: failed to marshal empty DocElementID)"},
    {R"({"spdxVersion":"SPDX-2.2","documentDescribes":["DocumentRef-x"]})", R"(common.DocElementID: failed to marshal empty DocElementID)"},
    {R"({"spdxVersion":"SPDX-2.3","documentDescribes":["DocumentRef-x"]})", R"(common.DocElementID: failed to marshal empty DocElementID)"},
    {R"({"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-D","documentDescribes":["DocumentRef-x"]})", R"(common.DocElementID: failed to marshal empty DocElementID)"},
    {R"({"spdxVersion":"SPDX-2.2","documentDescribes":["NONE"]})", R"(common.DocElementID: failed to marshal empty DocElementID)"},
    {R"({"spdxVersion":"SPDX-2.3","documentDescribes":["NONE"]})", R"(common.DocElementID: failed to marshal empty DocElementID)"},
    {R"({"spdxVersion":"SPDX-2.3","relationships":[{}]})", R"(common.DocElementID: failed to marshal empty DocElementID)"},
    {R"({"spdxVersion":"SPDX-2.3","relationships":[{"spdxElementId":"SPDXRef-a"}]})", R"(common.DocElementID: failed to marshal empty DocElementID)"},
    {R"({"spdxVersion":"SPDX-2.3","relationships":[{"spdxElementId":"DocumentRef-d","relatedSpdxElement":"SPDXRef-a"}]})", R"(common.DocElementID: failed to marshal empty DocElementID)"},
    {R"({"spdxVersion":"SPDX-2.3","annotations":[{}]})", R"(common.Annotator: unexpected end of JSON input)"},
    {R"({"spdxVersion":"SPDX-2.3","annotations":[{"annotator":"Tool:"}]})", R"(common.Annotator: unexpected end of JSON input)"},
    {R"({"spdxVersion":"SPDX-2.1","files":[{"annotations":[{}]}]})", R"(common.Annotator: unexpected end of JSON input)"},
    {R"({"spdxVersion":"SPDX-2.2","files":[{"annotations":[{}]}]})", R"(common.Annotator: unexpected end of JSON input)"},
    {R"({"spdxVersion":"SPDX-2.3","files":[{"annotations":[{}]}]})", R"(common.Annotator: unexpected end of JSON input)"},
    {R"({"spdxVersion":"SPDX-2.1","packages":[{"originator":"x:"}],"annotations":[{}]})", R"(*common.Originator: failed to marshal invalid Originator: {Originator: OriginatorType:x})"},
};
// clang-format on

TEST(SpdxCheckTest, SupplementsWhatBuildKitReadsAndWrites) {
  for (absl::string_view document : kSupplemented) {
    const absl::StatusOr<bool> verdict = CanSupplementSpdx(document);
    ASSERT_TRUE(verdict.ok()) << document << verdict.status();
    EXPECT_TRUE(*verdict) << document;
  }
}

TEST(SpdxCheckTest, LeavesAloneWhatBuildKitDoesNotRead) {
  for (absl::string_view document : kLeftAlone) {
    const absl::StatusOr<bool> verdict = CanSupplementSpdx(document);
    ASSERT_TRUE(verdict.ok()) << document << verdict.status();
    EXPECT_FALSE(*verdict) << document;
  }
}

TEST(SpdxCheckTest, RefusesWhatBuildKitCannotWriteAgain) {
  for (const Refused& refused : kRefused) {
    const absl::Status status = CanSupplementSpdx(refused.document).status();
    EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput) << refused.document;
    EXPECT_EQ(status.message(),
              absl::StrCat("unable to encode spdx: json: error calling MarshalJSON for type ", refused.problem))
        << refused.document;
  }
}

// BuildKit crashes on these; nothing is wrong with reading them.
TEST(SpdxCheckTest, NullPackagesAreNoObstacle) {
  for (absl::string_view version : {"2.1", "2.2", "2.3"}) {
    EXPECT_TRUE(
        CanSupplementSpdx(absl::StrCat(R"({"spdxVersion":"SPDX-)", version, R"(","packages":[null]})")).value());
  }
}

}  // namespace
}  // namespace waybill::attest::spdx
