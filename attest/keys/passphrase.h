// SPDX-License-Identifier: Apache-2.0
// The passphrase of a key file, or the PIN of a token.
#ifndef WAYBILL_ATTEST_KEYS_PASSPHRASE_H_
#define WAYBILL_ATTEST_KEYS_PASSPHRASE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/words/secrets.h"

namespace waybill::attest::keys {

// Holds the passphrase of keys for which no file with one is named.
inline constexpr char kPassphraseVariable[] = "WAYBILL_PASSPHRASE";

// As long as the object lives, no message has the passphrase in it. Wiped at the end. Immutable.
class Passphrase {
 public:
  // From the file, where a line end at its end is not part of it, or, with "", from the variable; empty without either.
  // Errors: those of the file.
  static absl::StatusOr<std::unique_ptr<Passphrase>> Read(const std::string& file);
  ~Passphrase();
  Passphrase(const Passphrase&) = delete;
  Passphrase& operator=(const Passphrase&) = delete;

  absl::string_view text() const { return text_; }

 private:
  Passphrase() = default;

  std::string text_;
  oci::words::HeldSecrets held_;
};

}  // namespace waybill::attest::keys

#endif  // WAYBILL_ATTEST_KEYS_PASSPHRASE_H_
