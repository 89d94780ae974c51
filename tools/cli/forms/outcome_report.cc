// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/forms/outcome_report.h"

#include "absl/strings/str_cat.h"
#include "attest/publish/cosign_tag.h"
#include "attest/publish/form.h"
#include "tools/cli/changing/outcome.h"

namespace waybill::cli::forms {

using attest::publish::Form;
using attest::publish::NewReferrer;
using attest::publish::Published;
using attest::publish::TaggedEnvelope;

void WriteOutcome(oci::json::Writer& writer, const Outcome& outcome) {
  const Published& published = outcome.published;
  writer.Key("image").String(outcome.root.ToString());
  writer.Key("written").Bool(outcome.report.has_value());
  writer.Key("published").BeginArray();
  for (const NewReferrer& one : published.added) {
    writer.BeginObject().Key("form").String(attest::publish::FormName(one.form));
    writer.Key("subject").String(one.subject.digest.ToString());
    writer.Key("predicateType").String(one.predicate_type);
    writer.Key("statement").String(one.statement.ToString());
    writer.Key("manifest").String(one.manifest.digest.ToString()).EndObject();
  }
  for (const TaggedEnvelope& one : published.tagged) {
    writer.BeginObject().Key("form").String(attest::publish::FormName(Form::kCosignTag));
    writer.Key("subject").String(one.subject.digest.ToString());
    writer.Key("predicateType").String(one.predicate_type);
    writer.Key("statement").String(one.statement.ToString());
    writer.Key("tag").String(attest::publish::CosignTag(one.subject.digest)).EndObject();
  }
  writer.EndArray().Key("present").Int(static_cast<int64_t>(published.present));
  if (outcome.report.has_value()) changing::WriteReport(writer, *outcome.report);
}

void WriteForms(oci::json::Writer& writer, const std::vector<Outcome>& outcomes) {
  writer.Key("forms").BeginArray();
  for (const Outcome& outcome : outcomes) {
    writer.BeginObject();
    WriteOutcome(writer, outcome);
    writer.EndObject();
  }
  writer.EndArray();
}

std::string OutcomeText(const Outcome& outcome) {
  const Published& published = outcome.published;
  std::string text;
  for (const NewReferrer& one : published.added) {
    absl::StrAppend(&text, one.subject_name, ": ", attest::publish::FormName(one.form), " ", one.predicate_type, ": ",
                    one.manifest.digest.ToString(), "\n");
  }
  for (const TaggedEnvelope& one : published.tagged) {
    absl::StrAppend(&text, one.subject_name, ": ", attest::publish::FormName(Form::kCosignTag), " ", one.predicate_type,
                    ": ", attest::publish::CosignTag(one.subject.digest), "\n");
  }
  absl::StrAppend(&text, outcome.root.ToString(), ": published ", published.added.size() + published.tagged.size(),
                  ", there already ", published.present, "\n");
  return outcome.report.has_value() ? absl::StrCat(text, changing::ReportText(*outcome.report)) : text;
}

}  // namespace waybill::cli::forms
