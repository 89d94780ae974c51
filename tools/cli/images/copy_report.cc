// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/images/copy_report.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "oci/json/json.h"
#include "tools/cli/changing/outcome.h"
#include "tools/cli/forms/outcome_report.h"
#include "tools/cli/terminal/progress.h"
#include "tools/cli/terminal/terminal.h"

namespace waybill::cli::images {
namespace {

using oci::copy::Copied;
using oci::json::Writer;

void WriteImage(Writer& writer, const Copied& copied) {
  writer.BeginObject();
  writer.Key("digest").String(copied.report.digest.ToString());
  changing::WriteReport(writer, copied.report);
  writer.Key("referrers").BeginArray();
  for (const oci::Descriptor& referrer : copied.collection.referrers) writer.String(referrer.digest.ToString());
  writer.EndArray();
  writer.Key("cosignTags").BeginArray();
  for (const oci::places::Companion& companion : copied.collection.companions) writer.String(companion.tag);
  writer.EndArray();
  writer.Key("warnings").BeginArray();
  for (const auto* warnings : {&copied.collection.left_behind, &copied.report.warnings}) {
    for (const std::string& warning : *warnings) writer.String(warning);
  }
  writer.EndArray();
  writer.Key("requests").Int(copied.report.requests);
  writer.Key("bytesSent").Int(copied.report.bytes_sent);
  writer.EndObject();
}

}  // namespace

std::string CopyText(const std::string& destination, const CopiedImages& copied) {
  std::string text;
  for (const Copied& image : copied.images) {
    std::string line = absl::StrCat("copied ", image.report.digest.ToString(), " to ", destination);
    if (!image.report.tags.empty()) absl::StrAppend(&line, ", tags ", absl::StrJoin(image.report.tags, " "));
    absl::StrAppend(&line, ": referrers outside its indexes ", image.collection.referrers.size(), ", cosign tags ",
                    image.collection.companions.size(), ", left behind ", image.collection.left_behind.size());
    if (image.report.requests > 0) {
      absl::StrAppend(&line, "; requests ", image.report.requests, ", sent ",
                      terminal::FormatBytes(image.report.bytes_sent));
    }
    absl::StrAppend(&text, terminal::Printable(line), "\n");
  }
  if (!copied.forms.has_value()) return text;
  for (const forms::Outcome& outcome : *copied.forms) absl::StrAppend(&text, forms::OutcomeText(outcome));
  return text;
}

std::string CopyJson(const std::string& source, const std::string& destination, const CopiedImages& copied) {
  Writer writer;
  writer.BeginObject();
  writer.Key("source").String(source);
  writer.Key("destination").String(destination);
  writer.Key("images").BeginArray();
  for (const Copied& image : copied.images) WriteImage(writer, image);
  writer.EndArray();
  if (copied.forms.has_value()) forms::WriteForms(writer, *copied.forms);
  writer.EndObject();
  return oci::json::Indent(writer.Take());
}

}  // namespace waybill::cli::images
