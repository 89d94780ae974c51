// SPDX-License-Identifier: Apache-2.0
#include "attest/purl.h"

#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "oci/error.h"
#include "oci/image/reference.h"
#include "oci/words/quote.h"

namespace waybill::attest {
namespace {

// What Go's url package leaves alone besides letters and digits: in a form value, and in a path segment.
constexpr absl::string_view kPlainInForm = "-_.~";
constexpr absl::string_view kPlainInSegment = "-_.~$&+:=@";

std::string Escape(absl::string_view text, absl::string_view plain) {
  std::string out;
  for (char c : text) {
    if (absl::ascii_isalnum(c) || plain.find(c) != plain.npos) {
      out.push_back(c);
    } else {
      absl::StrAppendFormat(&out, "%%%02X", static_cast<unsigned char>(c));
    }
  }
  return out;
}

}  // namespace

absl::StatusOr<std::string> ImagePurl(absl::string_view name, const oci::Platform& platform) {
  const absl::StatusOr<oci::image::Reference> parsed = oci::image::Reference::Parse(name);
  if (!parsed.ok()) {
    return oci::Annotate(parsed.status(), absl::StrCat("failed to parse ref \"", oci::words::Quoted(name, 200), "\""));
  }
  const oci::image::Reference reference = parsed->WithDefaultTag();
  std::vector<std::string> path;
  for (absl::string_view part : absl::StrSplit(reference.FamiliarName(), '/'))
    path.push_back(Escape(part, kPlainInForm));
  std::string purl = absl::StrCat("pkg:docker/", absl::StrJoin(path, "/"));
  if (!reference.tag().empty()) absl::StrAppend(&purl, "@", Escape(reference.tag(), kPlainInSegment));
  absl::StrAppend(&purl, "?");
  if (reference.digest().has_value()) {
    absl::StrAppend(&purl, "digest=", Escape(reference.digest()->ToString(), kPlainInSegment), "&");
  }
  const std::string platform_text = oci::FormatShort(oci::Normalize(platform));
  absl::StrAppend(&purl, "platform=", Escape(platform_text, kPlainInSegment));
  return purl;
}

}  // namespace waybill::attest
