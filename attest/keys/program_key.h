// SPDX-License-Identifier: Apache-2.0
// Keys behind programs, for key management services: the program is run for the public key and for each signature, with
// a JSON object on its standard input and another on its standard output (docs/guide-sign.md has the contract).
#ifndef WAYBILL_ATTEST_KEYS_PROGRAM_KEY_H_
#define WAYBILL_ATTEST_KEYS_PROGRAM_KEY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "attest/sign/key.h"
#include "oci/context.h"

namespace waybill::attest::keys {

inline constexpr absl::string_view kProgramScheme = "exec:";

struct KeyProgram {
  std::string path;
  std::vector<std::string> arguments;
  absl::Duration timeout = absl::Seconds(30);  // of each run
};

// "exec:PATH ARGUMENT...": words between spaces, in which %XX stands for a byte, as %20 for a space. The path has a "/"
// in it, so that PATH does not decide what runs. Errors: INVALID_ARGUMENT.
absl::StatusOr<KeyProgram> ParseKeyProgram(absl::string_view text);

// Asks the program for its public key. Signatures run it again. No shell is involved, and the program does not inherit
// the variable with the passphrase. Errors, also those of signatures: the context's; NOT_FOUND and others of the
// system, naming the path; INVALID_ARGUMENT for another answer and for a kind of key that does not do; kRefused with
// exit code and first line of standard error of a program that fails, and for one that takes longer than its time.
absl::StatusOr<sign::SigningKey> OpenProgramKey(const oci::Context& context, KeyProgram program);

}  // namespace waybill::attest::keys

#endif  // WAYBILL_ATTEST_KEYS_PROGRAM_KEY_H_
