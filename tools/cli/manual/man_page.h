// SPDX-License-Identifier: Apache-2.0
// Manual pages of section 1, in the macros of man(7).
#ifndef WAYBILL_TOOLS_CLI_MANUAL_MAN_PAGE_H_
#define WAYBILL_TOOLS_CLI_MANUAL_MAN_PAGE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tools/cli/manual/command_entry.h"

namespace waybill::cli::manual {

struct ManPage {
  std::string file;  // "waybill-copy.1"
  std::string text;
};

// A page for the program and one for each command below it. Pages name no date, so that the same program gives the same
// bytes.
std::vector<ManPage> ManPages(const CommandEntry& root, absl::string_view version);

}  // namespace waybill::cli::manual

#endif  // WAYBILL_TOOLS_CLI_MANUAL_MAN_PAGE_H_
