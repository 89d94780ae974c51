// SPDX-License-Identifier: Apache-2.0
// Private keys in files.
#ifndef WAYBILL_ATTEST_SIGN_KEY_FILE_H_
#define WAYBILL_ATTEST_SIGN_KEY_FILE_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "attest/sign/key.h"

namespace waybill::attest::sign {

// Holds the passphrase of keys whose file names none.
inline constexpr char kPassphraseVariable[] = "WAYBILL_PASSPHRASE";

struct KeyFile {
  std::string path;             // SigningKey::FromPem says what it may hold
  std::string passphrase_file;  // a line end at its end is not part of the passphrase; "": the variable
};

// The key. Its PEM and its passphrase do not stay in memory. Errors: those of the files; those of SigningKey::FromPem,
// naming the file.
absl::StatusOr<SigningKey> ReadKeyFile(const KeyFile& file);

// The keys that a process signs with, by the names that its users give: paths on the command line, and names of the
// operator's choice in a service. Thread-safe. Errors: NOT_FOUND naming the key; those of ReadKeyFile.
using KeysByName = std::function<absl::StatusOr<SigningKey>(absl::string_view name)>;

}  // namespace waybill::attest::sign

#endif  // WAYBILL_ATTEST_SIGN_KEY_FILE_H_
