// SPDX-License-Identifier: Apache-2.0
#include "attest/spdx/spdx_model.h"

namespace waybill::attest::spdx {
namespace {

using Type = SpdxType;

constexpr SpdxField kChecksum[] = {{"algorithm"}, {"checksumValue"}};

constexpr SpdxField kExternalDocument[] = {
    {"externalDocumentId", Type::kDocumentId}, {"spdxDocument"}, {"checksum", Type::kObject, kChecksum}};

constexpr SpdxField kCreationInfo[] = {{"licenseListVersion"}, {"creators", Type::kCreators}, {"created"}, {"comment"}};

constexpr SpdxField kAnnotation[] = {
    {"annotator", Type::kAnnotator}, {"annotationDate"}, {"annotationType"}, {"comment"}};

constexpr SpdxField kVerificationCode[] = {{"packageVerificationCodeValue"},
                                           {"packageVerificationCodeExcludedFiles", Type::kStrings}};

constexpr SpdxField kExternalReference[] = {
    {"referenceCategory"}, {"referenceType"}, {"referenceLocator"}, {"comment"}};

constexpr SpdxField kArtifactOf[] = {{"name"}, {"homePage"}, {"URI"}};

constexpr SpdxField kFile[] = {
    {"fileName"},
    {"SPDXID", Type::kElementId},
    {"fileTypes", Type::kStrings},
    {"checksums", Type::kObjects, kChecksum},
    {"licenseConcluded"},
    {"licenseInfoInFiles", Type::kStrings},
    {"licenseComments"},
    {"copyrightText"},
    {"artifactOfs", Type::kNullableObjects, kArtifactOf, 3},
    {"comment"},
    {"noticeText"},
    {"fileContributors", Type::kStrings},
    {"attributionTexts", Type::kStrings, {}, 2},
    {"fileDependencies", Type::kStrings, {}, 3},
    {"annotations", Type::kObjects, kAnnotation},
};

constexpr SpdxField kPackage[] = {
    {"name"},
    {"SPDXID", Type::kElementId},
    {"versionInfo"},
    {"packageFileName"},
    {"supplier", Type::kSupplier},
    {"originator", Type::kOriginator},
    {"downloadLocation"},
    {"filesAnalyzed", Type::kBool},
    {"packageVerificationCode", Type::kObject, kVerificationCode},
    {"checksums", Type::kObjects, kChecksum},
    {"homepage"},
    {"sourceInfo"},
    {"licenseConcluded"},
    {"licenseInfoFromFiles", Type::kStrings},
    {"licenseDeclared"},
    {"licenseComments"},
    {"copyrightText"},
    {"summary"},
    {"description"},
    {"comment"},
    {"externalRefs", Type::kNullableObjects, kExternalReference},
    {"attributionTexts", Type::kStrings, {}, 2},
    {"primaryPackagePurpose", Type::kString, {}, 3},
    {"releaseDate", Type::kString, {}, 3},
    {"builtDate", Type::kString, {}, 3},
    {"validUntilDate", Type::kString, {}, 3},
    {"files", Type::kNullableObjects, kFile},
    {"annotations", Type::kObjects, kAnnotation},
    {"hasFiles", Type::kMembers, {}, 2},
};

constexpr SpdxField kLicense[] = {
    {"licenseId"}, {"extractedText"}, {"name"}, {"seeAlsos", Type::kStrings}, {"comment"}};

constexpr SpdxField kRelationship[] = {{"spdxElementId", Type::kDocElementId},
                                       {"relatedSpdxElement", Type::kDocElementId},
                                       {"relationshipType"},
                                       {"comment"}};

constexpr SpdxField kPointer[] = {{"offset", Type::kInt}, {"lineNumber", Type::kInt}, {"reference", Type::kElementId}};

constexpr SpdxField kRange[] = {{"startPointer", Type::kObject, kPointer}, {"endPointer", Type::kObject, kPointer}};

constexpr SpdxField kSnippet[] = {
    {"SPDXID", Type::kElementId},
    {"snippetFromFile", Type::kElementId},
    {"ranges", Type::kObjects, kRange},
    {"licenseConcluded"},
    {"licenseInfoInSnippets", Type::kStrings},
    {"licenseComments"},
    {"copyrightText"},
    {"comment"},
    {"name"},
};

constexpr SpdxField kDocument[] = {
    {"spdxVersion"},
    {"dataLicense"},
    {"SPDXID", Type::kElementId},
    {"name"},
    {"documentNamespace"},
    {"externalDocumentRefs", Type::kObjects, kExternalDocument},
    {"comment"},
    {"creationInfo", Type::kObject, kCreationInfo},
    {"packages", Type::kNullableObjects, kPackage},
    {"files", Type::kNullableObjects, kFile},
    {"hasExtractedLicensingInfos", Type::kNullableObjects, kLicense},
    {"relationships", Type::kNullableObjects, kRelationship},
    {"annotations", Type::kNullableObjects, kAnnotation},
    {"snippets", Type::kObjects, kSnippet},
    {"documentDescribes", Type::kMembers, {}, 2},
};

}  // namespace

absl::Span<const SpdxField> SpdxDocumentFields() { return kDocument; }

}  // namespace waybill::attest::spdx
