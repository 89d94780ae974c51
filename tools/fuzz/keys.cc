// SPDX-License-Identifier: Apache-2.0
// attest/sign and attest/keys: private keys in any bytes, with a passphrase, are refused or sign, within bounds of
// work; names of keys in tokens and behind programs are refused without their values, or read. Input: the key, or the
// name.
#include <string>

#include "absl/strings/match.h"
#include "attest/keys/program_key.h"
#include "attest/keys/token_uri.h"
#include "attest/sign/derivation.h"
#include "attest/sign/key.h"
#include "attest/sign/private_pem.h"
#include "tools/fuzz/require.h"

namespace keys = waybill::attest::keys;
namespace sign = waybill::attest::sign;
using waybill::fuzz::Require;

namespace {

constexpr char kPassphrase[] = "wayward";
// Of the many passphrases that are tried here, none may take the second that a single one may take.
constexpr sign::DerivationBounds kBounds{.iterations = 10'000, .scrypt_bytes = 1 << 20};

void ReadPrivate(absl::string_view blob) {
  if (!sign::ReadPrivatePem(blob, kPassphrase, kBounds).ok()) return;
  const auto key = sign::SigningKey::FromPem(blob, kPassphrase);
  if (!key.ok()) return;
  sign::Message message(key->public_key().needs_whole());
  Require(message.Write("message").ok(), "a message is taken");
  // A key whose halves do not fit, or that is no key for another reason, signs nothing.
  const auto signature = key->Sign({}, message);
  Require(!signature.ok() || key->public_key().Verifies(message, *signature), "a signature is one");
}

void ReadNames(absl::string_view name) {
  const auto uri = keys::ParseTokenUri(name);
  if (uri.ok()) {
    Require(uri->object.has_value() || uri->id.has_value(), "a key is named");
    Require(uri->pin_file.empty() || absl::StartsWith(uri->pin_file, "/"), "the file of a PIN is absolute");
    Require(!absl::StrContains(name, "?pin-value="), "a PIN stands in no name");
  }
  const auto program = keys::ParseKeyProgram(name);
  if (program.ok()) Require(absl::StrContains(program->path, '/'), "PATH decides nothing");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view blob = waybill::fuzz::View(data, size);
  ReadPrivate(blob);
  ReadNames(blob);
  return 0;
}
