// SPDX-License-Identifier: Apache-2.0
// Keys that a user names by files, and what they signed.
#ifndef WAYBILL_TOOLS_CLI_READING_KEYS_H_
#define WAYBILL_TOOLS_CLI_READING_KEYS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "attest/reader/tree.h"
#include "attest/sign/key.h"
#include "attest/verify/signatures.h"
#include "oci/json/json.h"

namespace waybill::cli::reading {

// Public keys, PEM. Errors name the file.
absl::StatusOr<std::vector<attest::sign::PublicKey>> ReadPublicKeys(const std::vector<std::string>& files);

// A line for each signature: what it is about, what it says, and the file of the key that signed it.
std::string SignaturesText(const attest::reader::ImageTree& tree, const attest::verify::SignatureReport& report,
                           const std::vector<std::string>& files);

// "signatures": [...] as a member of the object that is open.
void WriteSignatures(oci::json::Writer& writer, const attest::reader::ImageTree& tree,
                     const attest::verify::SignatureReport& report, const std::vector<std::string>& files);

}  // namespace waybill::cli::reading

#endif  // WAYBILL_TOOLS_CLI_READING_KEYS_H_
