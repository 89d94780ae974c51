// SPDX-License-Identifier: Apache-2.0
#include "attest/keys/passphrase.h"

#include <cstdlib>

#include "absl/strings/match.h"
#include "oci/file/settings_file.h"
#include "oci/status_macros.h"
#include "openssl/crypto.h"

namespace waybill::attest::keys {

absl::StatusOr<std::unique_ptr<Passphrase>> Passphrase::Read(const std::string& file) {
  std::unique_ptr<Passphrase> passphrase(new Passphrase);
  std::string& text = passphrase->text_;
  if (file.empty()) {
    const char* const variable = std::getenv(kPassphraseVariable);
    if (variable != nullptr) text = variable;
  } else {
    ABSL_ASSIGN_OR_RETURN(text, oci::file::ReadSettingsFile(file));
    if (absl::EndsWith(text, "\n")) text.pop_back();
    if (absl::EndsWith(text, "\r")) text.pop_back();
  }
  passphrase->held_.Add(text);
  return passphrase;
}

Passphrase::~Passphrase() { OPENSSL_cleanse(text_.data(), text_.capacity()); }

}  // namespace waybill::attest::keys
