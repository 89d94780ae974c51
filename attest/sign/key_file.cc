// SPDX-License-Identifier: Apache-2.0
#include "attest/sign/key_file.h"

#include <cstdlib>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/file/settings_file.h"
#include "oci/status_macros.h"
#include "oci/words/secrets.h"
#include "openssl/crypto.h"

namespace waybill::attest::sign {
namespace {

absl::StatusOr<std::string> ReadPassphrase(const std::string& path) {
  if (path.empty()) {
    const char* const variable = std::getenv(kPassphraseVariable);
    return variable == nullptr ? std::string() : std::string(variable);
  }
  ABSL_ASSIGN_OR_RETURN(std::string text, oci::file::ReadSettingsFile(path));
  if (absl::EndsWith(text, "\n")) text.pop_back();
  if (absl::EndsWith(text, "\r")) text.pop_back();
  return text;
}

void Wipe(std::string& secret) { OPENSSL_cleanse(secret.data(), secret.size()); }

}  // namespace

absl::StatusOr<SigningKey> ReadKeyFile(const KeyFile& file) {
  std::string passphrase;
  std::string pem;
  const absl::Cleanup wipe = [&] {
    Wipe(passphrase);
    Wipe(pem);
  };
  oci::words::HeldSecrets secrets;
  ABSL_ASSIGN_OR_RETURN(passphrase, ReadPassphrase(file.passphrase_file));
  secrets.Add(passphrase);
  ABSL_ASSIGN_OR_RETURN(pem, oci::file::ReadSettingsFile(file.path));
  absl::StatusOr<SigningKey> key = SigningKey::FromPem(pem, passphrase);
  return key.ok() ? std::move(key) : oci::Annotate(key.status(), absl::StrCat("key ", file.path));
}

}  // namespace waybill::attest::sign
