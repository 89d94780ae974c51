// SPDX-License-Identifier: Apache-2.0
// What was read, as JSON for scripts (docs/cli.md, "JSON of the reading commands").
#ifndef WAYBILL_TOOLS_CLI_READING_TREE_JSON_H_
#define WAYBILL_TOOLS_CLI_READING_TREE_JSON_H_

#include <string>
#include <vector>

#include "attest/reader/tree.h"
#include "attest/verify/finding.h"
#include "oci/json/json.h"

namespace waybill::cli::reading {

// One object: the root's digest and every manifest once, in the order of the tree, with what lists it.
std::string TreeJson(const attest::reader::ImageTree& tree, const std::vector<attest::verify::Finding>& findings);

// One array: an object for each attestation.
std::string AttestationsJson(const attest::reader::ImageTree& tree,
                             const std::vector<attest::reader::Attestation>& attestations);

// "findings": [...], as a member of the object that is open.
void WriteFindings(oci::json::Writer& writer, const std::vector<attest::verify::Finding>& findings);

}  // namespace waybill::cli::reading

#endif  // WAYBILL_TOOLS_CLI_READING_TREE_JSON_H_
