// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/edits/form_command.h"

#include <iostream>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "attest/predicate_types.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"
#include "tools/cli/forms/outcome_report.h"
#include "tools/cli/forms/publish_forms.h"
#include "tools/cli/reading/output.h"

namespace waybill::cli::edits {
namespace {

std::string Json(const forms::Outcome& outcome) {
  oci::json::Writer writer;
  writer.BeginObject();
  forms::WriteOutcome(writer, outcome);
  writer.EndObject();
  return absl::StrCat(oci::json::Indent(writer.Take()), "\n");
}

}  // namespace

void AddFormCommandFlags(CLI::App& command, FormCommandFlags& flags) {
  changing::AddChangeFlags(command, flags.change);
  forms::AddKeyFlags(command, flags.form);
  command
      .add_option("--type", flags.form.types,
                  absl::StrCat("Take only statements of this predicate type: a URI or one of ", attest::TypeAliases(),
                               "; repeatable"))
      ->allow_extra_args(false);
  command.add_flag("--image", flags.form.images, "Sign the index, the images and the attestation manifests as well");
}

absl::Status PublishAndTell(const oci::Context& context, const changing::ChangeFlags& flags,
                            const attest::publish::Wanted& wanted) {
  ABSL_ASSIGN_OR_RETURN(const forms::Outcome outcome, forms::PublishForms(context, flags, wanted));
  std::cout << (flags.json ? Json : forms::OutcomeText)(outcome);
  return reading::FlushOutput();
}

}  // namespace waybill::cli::edits
