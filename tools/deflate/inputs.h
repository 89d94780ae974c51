// SPDX-License-Identifier: Apache-2.0
// Inputs for compressors, many and various.
#ifndef WAYBILL_TOOLS_DEFLATE_INPUTS_H_
#define WAYBILL_TOOLS_DEFLATE_INPUTS_H_

#include <cstdint>
#include <string>
#include <vector>

namespace waybill::deflate_tools {

// Makes inputs from numbers: noise, runs, periods, text, copies from near and far, real files, and mixtures; of 0 to
// 600,000 bytes, most of them short, many near the borders of blocks, windows and segments.
class Inputs {
 public:
  // Slices of `files` are inputs too, where they can be read.
  explicit Inputs(std::vector<std::string> files);
  // The same bytes for the same number and files.
  std::string Make(uint64_t number) const;

 private:
  std::vector<std::string> contents_;
};

// Programs and libraries of this system, sorted by name; at most `most`.
std::vector<std::string> SystemFiles(size_t most);

}  // namespace waybill::deflate_tools

#endif  // WAYBILL_TOOLS_DEFLATE_INPUTS_H_
