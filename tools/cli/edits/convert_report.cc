// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/edits/convert_report.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "oci/json/json.h"
#include "oci/platform.h"
#include "tools/cli/changing/outcome.h"
#include "tools/cli/forms/outcome_report.h"
#include "tools/cli/terminal/terminal.h"

namespace waybill::cli::edits {
namespace {

using attest::convert::Changed;
using attest::convert::Kept;
using oci::json::Writer;

// The members of the object that is open.
void WriteConverted(Writer& writer, const Converted& converted) {
  writer.Key("from").String(converted.from.digest.ToString());
  writer.Key("to").String(converted.conversion.root.digest.ToString());
  writer.Key("written").Bool(converted.report.has_value());
  writer.Key("changed").BeginArray();
  for (const Changed& changed : converted.conversion.changed) {
    writer.BeginObject().Key("image").String(changed.image.digest.ToString());
    if (changed.image.platform.has_value()) writer.Key("platform").String(oci::FormatShort(*changed.image.platform));
    writer.Key("from").String(changed.from.ToString()).Key("to").String(changed.to.ToString());
    writer.Key("restorable").Bool(changed.loss.empty()).EndObject();
  }
  writer.EndArray().Key("kept").BeginArray();
  for (const Kept& kept : converted.conversion.kept) {
    writer.BeginObject().Key("manifest").String(kept.manifest.ToString());
    writer.Key("reason").String(kept.reason).EndObject();
  }
  writer.EndArray().Key("unchanged").Int(static_cast<int64_t>(converted.conversion.in_form));
  if (converted.report.has_value()) changing::WriteReport(writer, *converted.report);
  if (converted.published.has_value()) forms::WriteForms(writer, {*converted.published});
}

std::string Finished(Writer& writer) { return absl::StrCat(oci::json::Indent(writer.Take()), "\n"); }

}  // namespace

std::string ConvertText(const Converted& converted) {
  const std::string from = converted.from.digest.ToString();
  std::string text;
  if (converted.conversion.changed.empty()) absl::StrAppend(&text, "index ", from, ": nothing to convert\n");
  for (const Changed& changed : converted.conversion.changed) {
    absl::StrAppend(&text, changing::ImageLabel(changed.image), ": ", changed.from.ToString(), " -> ",
                    changed.to.ToString(), "\n");
  }
  if (!converted.conversion.changed.empty()) {
    absl::StrAppend(&text, "index: ", from, " -> ", converted.conversion.root.digest.ToString(), "\n");
    if (converted.report.has_value()) absl::StrAppend(&text, changing::ReportText(*converted.report));
  }
  return converted.published.has_value() ? absl::StrCat(text, forms::OutcomeText(*converted.published)) : text;
}

std::string ConvertAllText(const std::vector<ConvertedImage>& images) {
  std::string text;
  for (const ConvertedImage& image : images) {
    absl::StrAppend(&text, terminal::Printable(absl::StrJoin(image.names, " ")), ":\n");
    if (!image.outcome.ok()) {
      absl::StrAppend(&text, "  not converted\n");
      continue;
    }
    for (const absl::string_view line : absl::StrSplit(ConvertText(*image.outcome), '\n', absl::SkipEmpty())) {
      absl::StrAppend(&text, "  ", line, "\n");
    }
  }
  return text;
}

std::string ConvertJson(const Converted& converted) {
  Writer writer;
  writer.BeginObject();
  WriteConverted(writer, converted);
  writer.EndObject();
  return Finished(writer);
}

std::string ConvertAllJson(const std::string& place, const std::vector<ConvertedImage>& images) {
  Writer writer;
  writer.BeginObject().Key("place").String(place);
  writer.Key("images").BeginArray();
  for (const ConvertedImage& image : images) {
    writer.BeginObject().Key("names").BeginArray();
    for (const std::string& name : image.names) writer.String(name);
    writer.EndArray();
    if (image.outcome.ok()) {
      WriteConverted(writer, *image.outcome);
    } else {
      writer.Key("error").String(image.outcome.status().message());
    }
    writer.EndObject();
  }
  writer.EndArray().EndObject();
  return Finished(writer);
}

}  // namespace waybill::cli::edits
