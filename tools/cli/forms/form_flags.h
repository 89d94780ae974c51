// SPDX-License-Identifier: Apache-2.0
// What a user says about the forms of statements: the profiles, what they refer to, and the key.
#ifndef WAYBILL_TOOLS_CLI_FORMS_FORM_FLAGS_H_
#define WAYBILL_TOOLS_CLI_FORMS_FORM_FLAGS_H_

#include <optional>
#include <string>
#include <vector>

#include "CLI/App.hpp"
#include "absl/status/statusor.h"
#include "attest/keys/open_key.h"
#include "attest/publish/wanted.h"
#include "oci/context.h"

namespace waybill::cli::forms {

// Values of flags, which outlive the parser's callbacks.
struct FormFlags {
  attest::keys::KeyPlace key;
  std::string profiles;  // without docker; "" for none
  std::string bundle_subject;
  std::string raw_subject;
  bool images = false;             // signs index, images and attestation manifests
  std::vector<std::string> types;  // predicate types or aliases; none: all
};

// --key and --passphrase-file.
void AddKeyFlags(CLI::App& command, FormFlags& flags);
// --profiles, --bundle-subject and --raw-subject.
void AddProfileFlags(CLI::App& command, FormFlags& flags);
// All of these and --sign-image, for a command that writes an image and then publishes its statements.
void AddWrittenImageFlags(CLI::App& command, FormFlags& flags);

// `wanted` with what the flags say besides profiles. Opens the key, which may ask a token or a program. Errors:
// INVALID_ARGUMENT for unknown types; those of OpenKey.
absl::StatusOr<attest::publish::Wanted> WithKeyAndTypes(const oci::Context& context, const FormFlags& flags,
                                                        attest::publish::Wanted wanted);

// All that the flags say, by the rules of an export's options. Errors: INVALID_ARGUMENT for flags that do not go
// together too.
absl::StatusOr<attest::publish::Wanted> WantedOf(const oci::Context& context, const FormFlags& flags);

// The same of a command with AddWrittenImageFlags: nothing without --profiles. Errors: INVALID_ARGUMENT for the other
// flags without --profiles, and for a try that writes nothing (`dry_run`), because the forms are made of what was
// written.
absl::StatusOr<std::optional<attest::publish::Wanted>> WantedOfWritten(const oci::Context& context,
                                                                       const FormFlags& flags, bool dry_run);

}  // namespace waybill::cli::forms

#endif  // WAYBILL_TOOLS_CLI_FORMS_FORM_FLAGS_H_
