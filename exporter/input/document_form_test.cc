// SPDX-License-Identifier: Apache-2.0
// SBOMs in the forms in which tools and editors leave them.
#include "exporter/input/document_form.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::exporter::input {
namespace {

using ::testing::HasSubstr;

TEST(DocumentFormTest, WhatIsNoJsonIsCalledByItsName) {
  struct Row {
    std::string bytes;
    const char* message;
  };
  const Row kRows[] = {
      {"", "it is empty"},
      {" \n# nothing\n", "it is empty"},
      {"\xef\xbb\xbf{\"spdxVersion\":\"SPDX-2.3\"}", "byte order mark (BOM)"},
      {std::string("\xff\xfe{\0\"\0", 6), "it is UTF-16, and JSON is UTF-8: iconv -f UTF-16 -t UTF-8 converts it"},
      {std::string("\xfe\xff\0{\0\"", 6), "it is UTF-16, "},
      {std::string("{\0\"\0s\0", 6), "it is UTF-16LE, "},
      {std::string("\0{\0\"\0s", 6), "it is UTF-16BE, "},
      {std::string("\xff\xfe\0\0{\0\0\0", 8), "it is UTF-32, "},
      {"SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\n", "it is SPDX in tag-value form, and JSON is wanted"},
      {"# made by x\nSPDXVersion: SPDX-2.3\n", "it is SPDX in tag-value form"},
      {"<?xml version=\"1.0\"?>\n<bom xmlns=\"http://cyclonedx.org/schema/bom/1.5\"/>", "it is CycloneDX in XML"},
      {"<rdf:RDF xmlns:spdx=\"http://spdx.org/rdf/terms#\"/>", "it is SPDX in RDF/XML"},
      {"<!DOCTYPE html><HTML>", "it is a web page"},
      {"<a/>", "it is XML, "},
      {"---\nspdxVersion: SPDX-2.3\n", "it is YAML, "},
      {"spdxVersion: SPDX-2.3\n", "it is YAML, "},
      {"\x1f\x8b\x08", "it is compressed: uncompress it first"},
      {"PK\x03\x04", "it is compressed"},
      {"hello", "it is no JSON: invalid character 'h' looking for beginning of value"},
      {"{\"a\":1", "unexpected end of JSON input"},
      {"{}{}", "invalid character '{' after top-level value"},
  };
  for (const Row& row : kRows) {
    const absl::Status status = CheckJson(row.bytes);
    EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput) << row.message;
    EXPECT_THAT(std::string(status.message()), HasSubstr(row.message));
  }
  for (const char* json : {"{}", " [1]", "null", "\"x\""}) EXPECT_EQ(CheckJson(json), absl::OkStatus()) << json;
}

}  // namespace
}  // namespace waybill::exporter::input
