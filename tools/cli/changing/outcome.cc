// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/changing/outcome.h"

#include <iostream>

#include "absl/strings/str_cat.h"
#include "tools/cli/terminal/terminal.h"

namespace waybill::cli::changing {
namespace {

using oci::registry::push::PushReport;
using oci::registry::push::SubjectOutcome;

constexpr size_t kMostReferrers = 1000;

absl::string_view NameOf(SubjectOutcome::How how) {
  switch (how) {
    case SubjectOutcome::How::kApi:
      return "api";
    case SubjectOutcome::How::kFallbackTag:
      return "fallback tag";
    case SubjectOutcome::How::kNone:
      return "none";
    case SubjectOutcome::How::kFailed:
      return "failed";
  }
  return "";
}

}  // namespace

void Warn(absl::string_view text) { std::cerr << terminal::Printable(absl::StrCat("warning: ", text)) << "\n"; }

void WarnOf(const PushReport& report) {
  for (const std::string& warning : report.warnings) Warn(warning);
}

void WarnOfReferrers(const oci::Context& context, oci::content::ReferrerLister& lister, const oci::Digest& replaced) {
  const auto list = lister.ListReferrers(context, replaced, kMostReferrers);
  if (!list.ok()) {
    Warn(absl::StrCat("signatures of ", replaced.ToString(), " cannot be looked for: ", list.status().message()));
  } else if (!list->referrers.empty()) {
    const size_t count = list->referrers.size();
    const absl::string_view refer = count == 1 ? " manifest refers" : " manifests refer";
    Warn(absl::StrCat(list->is_cut ? "at least " : "", count, refer, " to ", replaced.ToString(),
                      ", which is replaced: signatures do not count for the new manifest"));
  }
}

std::string ImageLabel(const oci::Descriptor& image) {
  return image.platform.has_value() ? oci::FormatShort(*image.platform) : image.digest.ToString();
}

void WriteReport(oci::json::Writer& writer, const PushReport& report) {
  writer.Key("tags").BeginArray();
  for (const std::string& tag : report.tags) writer.String(tag);
  writer.EndArray();
  writer.Key("subjects").BeginArray();
  for (const SubjectOutcome& outcome : report.subjects) {
    writer.BeginObject().Key("digest").String(outcome.subject.ToString());
    writer.Key("listedBy").String(NameOf(outcome.how)).EndObject();
  }
  writer.EndArray();
}

std::string ReportText(const PushReport& report) {
  std::string text;
  for (const SubjectOutcome& outcome : report.subjects) {
    absl::StrAppend(&text, "referrers of ", outcome.subject.ToString(), ": ", NameOf(outcome.how), "\n");
  }
  return text;
}

}  // namespace waybill::cli::changing
