// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/commands/signing_keys.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "attest/keys/open_key.h"
#include "attest/keys/passphrase.h"
#include "oci/error.h"
#include "oci/status_macros.h"
#include "oci/words/quote.h"

namespace waybill::cli::commands {
namespace {

using attest::sign::SigningKey;

constexpr char kFlag[] = "--signing-key";

}  // namespace

void AddSigningKeysFlag(CLI::App& command, std::vector<std::string>& keys) {
  command
      .add_option(
          kFlag, keys,
          absl::StrCat("A private key that exports may name by \"sign=NAME\": a file, \"pkcs11:...\" or \"exec:PROGRAM "
                       "ARGUMENT...\" (docs/guide-sign.md); without a file with its passphrase or PIN, ",
                       attest::keys::kPassphraseVariable, " has it; repeatable"))
      ->type_name("NAME=KEY[,PASSPHRASE_FILE]")
      ->allow_extra_args(false);
}

absl::StatusOr<attest::sign::KeysByName> OpenSigningKeys(const oci::Context& context,
                                                         const std::vector<std::string>& keys) {
  std::map<std::string, SigningKey, std::less<>> read;
  for (const std::string& text : keys) {
    const std::pair<std::string, std::string> named = absl::StrSplit(text, absl::MaxSplits('=', 1));
    const std::pair<std::string, std::string> files = absl::StrSplit(named.second, absl::MaxSplits(',', 1));
    if (named.first.empty() || files.first.empty()) {
      return oci::InvalidInputError(absl::StrCat(kFlag, ": NAME=KEY is expected"));
    }
    absl::StatusOr<SigningKey> key =
        attest::keys::OpenKey(context, {.name = files.first, .passphrase_file = files.second});
    if (!key.ok()) return oci::Annotate(key.status(), kFlag);
    if (!read.emplace(named.first, *std::move(key)).second) {
      return oci::InvalidInputError(absl::StrCat(kFlag, ": the name ", named.first, " comes twice"));
    }
  }
  return [read = std::move(read)](absl::string_view name) -> absl::StatusOr<SigningKey> {
    const auto found = read.find(name);
    if (found != read.end()) return found->second;
    return oci::NotFoundError(absl::StrCat("the operator has no key \"", oci::words::Quoted(name, 100), "\""));
  };
}

}  // namespace waybill::cli::commands
