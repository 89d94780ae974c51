// SPDX-License-Identifier: Apache-2.0
// Lines with depths, drawn as a tree.
#ifndef WAYBILL_TOOLS_CLI_READING_OUTLINE_H_
#define WAYBILL_TOOLS_CLI_READING_OUTLINE_H_

#include <cstddef>
#include <string>
#include <vector>

namespace waybill::cli::reading {

struct OutlineLine {
  size_t depth = 0;  // 0 for the first; each line is at most one deeper than the one before
  std::string text;
};

// Each line with the branches before it, as `tree` draws them.
std::string Drawn(const std::vector<OutlineLine>& lines);

}  // namespace waybill::cli::reading

#endif  // WAYBILL_TOOLS_CLI_READING_OUTLINE_H_
