// SPDX-License-Identifier: Apache-2.0
// An image as lines for a person.
#ifndef WAYBILL_TOOLS_CLI_READING_TREE_TEXT_H_
#define WAYBILL_TOOLS_CLI_READING_TREE_TEXT_H_

#include <string>
#include <vector>

#include "attest/reader/tree.h"
#include "attest/verify/finding.h"

namespace waybill::cli::reading {

// The index, below it the images, below each what is about it, and so on: one line each with digest, size and where it
// was found. Annotations begin with "@" and findings with "!". A manifest that was shown before is named only. What
// others wrote is escaped.
std::string TreeText(const attest::reader::ImageTree& tree, const std::vector<attest::verify::Finding>& findings);

}  // namespace waybill::cli::reading

#endif  // WAYBILL_TOOLS_CLI_READING_TREE_TEXT_H_
