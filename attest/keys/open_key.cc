// SPDX-License-Identifier: Apache-2.0
#include "attest/keys/open_key.h"

#include <algorithm>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "attest/keys/passphrase.h"
#include "attest/keys/program_key.h"
#include "attest/keys/token_key.h"
#include "attest/keys/token_uri.h"
#include "oci/error.h"
#include "oci/file/settings_file.h"
#include "oci/status_macros.h"
#include "openssl/crypto.h"

namespace waybill::attest::keys {
namespace {

using sign::SigningKey;

absl::StatusOr<SigningKey> OpenFile(const KeyPlace& place) {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<Passphrase> passphrase, Passphrase::Read(place.passphrase_file));
  std::string pem;
  const absl::Cleanup wipe = [&pem] { OPENSSL_cleanse(pem.data(), pem.size()); };
  ABSL_ASSIGN_OR_RETURN(pem, oci::file::ReadSettingsFile(place.name));
  return SigningKey::FromPem(pem, passphrase->text());
}

absl::StatusOr<SigningKey> OpenToken(const oci::Context& context, const KeyPlace& place) {
  ABSL_ASSIGN_OR_RETURN(const TokenUri uri, ParseTokenUri(place.name));
  if (!uri.pin_file.empty() && !place.passphrase_file.empty()) {
    return oci::InvalidInputError("pin-source and a passphrase file: one of them is expected");
  }
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<Passphrase> pin,
                        Passphrase::Read(uri.pin_file.empty() ? place.passphrase_file : uri.pin_file));
  return OpenTokenKey(context, uri, pin->text());
}

absl::StatusOr<SigningKey> OpenProgram(const oci::Context& context, const KeyPlace& place) {
  if (!place.passphrase_file.empty()) {
    return oci::InvalidInputError("a passphrase file has no meaning for a program, which finds its secrets itself");
  }
  ABSL_ASSIGN_OR_RETURN(KeyProgram program, ParseKeyProgram(place.name));
  return OpenProgramKey(context, std::move(program));
}

absl::StatusOr<SigningKey> Open(const oci::Context& context, const KeyPlace& place) {
  if (absl::StartsWith(place.name, kTokenScheme)) return OpenToken(context, place);
  if (absl::StartsWith(place.name, kProgramScheme)) return OpenProgram(context, place);
  return OpenFile(place);
}

}  // namespace

absl::StatusOr<SigningKey> OpenKey(const oci::Context& context, const KeyPlace& place) {
  absl::StatusOr<SigningKey> key = Open(context, place);
  if (key.ok()) return key;
  // Neither the query nor a PIN that stands where it should not.
  const bool is_token = absl::StartsWith(place.name, kTokenScheme);
  const size_t end = is_token ? std::min(place.name.find('?'), place.name.find("pin-value")) : place.name.size();
  const absl::string_view name = absl::string_view(place.name).substr(0, end);
  return oci::Annotate(key.status(), absl::StrCat("key ", name));
}

}  // namespace waybill::attest::keys
