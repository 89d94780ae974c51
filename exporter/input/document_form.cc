// SPDX-License-Identifier: Apache-2.0
#include "exporter/input/document_form.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "oci/compress/compression.h"
#include "oci/error.h"
#include "oci/json/json.h"

namespace waybill::exporter::input {
namespace {

// As much as tells what a text is.
constexpr size_t kLookedAt = 4096;

constexpr absl::string_view kUtf8Mark = "\xef\xbb\xbf";
constexpr absl::string_view kJsonTool = "the tool that made it can write JSON too";

struct Mark {
  absl::string_view bytes;
  absl::string_view encoding;
};
// UTF-32 before UTF-16, whose little-endian mark it begins with.
constexpr Mark kMarks[] = {{absl::string_view("\xff\xfe\0\0", 4), "UTF-32"},
                           {absl::string_view("\0\0\xfe\xff", 4), "UTF-32"},
                           {"\xff\xfe", "UTF-16"},
                           {"\xfe\xff", "UTF-16"}};

// The encoding of a text that is not UTF-8; empty where nothing says so.
absl::string_view OtherEncoding(absl::string_view bytes) {
  for (const Mark& mark : kMarks) {
    if (absl::StartsWith(bytes, mark.bytes)) return mark.encoding;
  }
  if (bytes.size() < 4) return "";
  if (bytes[0] != '\0' && bytes[1] == '\0' && bytes[2] != '\0') return "UTF-16LE";
  return bytes[0] == '\0' && bytes[1] != '\0' && bytes[2] == '\0' ? "UTF-16BE" : "";
}

std::string XmlKind(absl::string_view begin) {
  if (absl::StrContains(begin, "cyclonedx.org/schema/bom")) return "CycloneDX in XML";
  if (absl::StrContains(begin, "spdx.org/rdf")) return "SPDX in RDF/XML";
  return absl::StrContains(absl::AsciiStrToLower(begin), "<html") ? "a web page" : "XML";
}

// Lines that begin with "#" are comments in tag-value documents and in YAML.
absl::string_view WithoutComments(absl::string_view text) {
  text = absl::StripLeadingAsciiWhitespace(text);
  while (absl::StartsWith(text, "#")) {
    text = absl::StripLeadingAsciiWhitespace(absl::ClippedSubstr(text, text.find('\n')));
    if (text.find('\n') == absl::string_view::npos) break;
  }
  return text;
}

// What a text is that is not JSON, and what helps; empty where nothing says so.
std::string OtherText(absl::string_view begin) {
  const absl::string_view text = WithoutComments(begin);
  if (text.empty()) return "it is empty";
  if (text.front() == '<') return absl::StrCat("it is ", XmlKind(text), ", and JSON is wanted: ", kJsonTool);
  if (absl::StartsWith(text, "SPDXVersion:")) {
    return absl::StrCat("it is SPDX in tag-value form, and JSON is wanted: ", kJsonTool);
  }
  for (const absl::string_view yaml : {"---", "%YAML", "spdxVersion:", "SPDXID:", "bomFormat:", "\"spdxVersion\":"}) {
    if (absl::StartsWith(text, yaml)) return absl::StrCat("it is YAML, and JSON is wanted: yq -o json converts it");
  }
  return "";
}

std::string OtherForm(absl::string_view bytes) {
  const absl::string_view begin = bytes.substr(0, kLookedAt);
  if (absl::StartsWith(begin, kUtf8Mark)) {
    return "it begins with a byte order mark (BOM), which JSON must not have: save it as UTF-8 without BOM";
  }
  if (const absl::string_view encoding = OtherEncoding(begin); !encoding.empty()) {
    return absl::StrCat("it is ", encoding, ", and JSON is UTF-8: iconv -f ", encoding, " -t UTF-8 converts it");
  }
  if (oci::compress::DetectFormat(begin.substr(0, oci::compress::kMagicBytes)) != oci::compress::Format::kNone ||
      absl::StartsWith(begin, "PK\x03\x04")) {
    return "it is compressed: uncompress it first";
  }
  return OtherText(begin);
}

}  // namespace

absl::Status CheckJson(absl::string_view bytes) {
  const absl::Status valid = oci::json::Validate(bytes);
  if (valid.ok()) return valid;
  const std::string form = OtherForm(bytes);
  if (!form.empty()) return oci::InvalidInputError(form);
  const absl::string_view text = absl::StripLeadingAsciiWhitespace(bytes.substr(0, kLookedAt));
  const bool json = absl::StartsWith(text, "{") || absl::StartsWith(text, "[");
  return json ? valid : oci::Annotate(valid, "it is no JSON");
}

}  // namespace waybill::exporter::input
