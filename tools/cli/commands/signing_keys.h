// SPDX-License-Identifier: Apache-2.0
// The keys with which a service or a bridge signs: its operator's, which clients choose by name.
#ifndef WAYBILL_TOOLS_CLI_COMMANDS_SIGNING_KEYS_H_
#define WAYBILL_TOOLS_CLI_COMMANDS_SIGNING_KEYS_H_

#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "attest/sign/key.h"
#include "oci/context.h"

namespace waybill::cli::commands {

// --signing-key NAME=KEY[,PASSPHRASE_FILE]. `keys` outlives the parser's callbacks.
void AddSigningKeysFlag(CLI::App& command, std::vector<std::string>& keys);

// Opens the keys, once. Errors: INVALID_ARGUMENT for another form and for a name that comes twice; those of OpenKey.
absl::StatusOr<attest::sign::KeysByName> OpenSigningKeys(const oci::Context& context,
                                                         const std::vector<std::string>& keys);

}  // namespace waybill::cli::commands

#endif  // WAYBILL_TOOLS_CLI_COMMANDS_SIGNING_KEYS_H_
