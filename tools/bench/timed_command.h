// SPDX-License-Identifier: Apache-2.0
// A command that is measured, several times.
#ifndef WAYBILL_TOOLS_BENCH_TIMED_COMMAND_H_
#define WAYBILL_TOOLS_BENCH_TIMED_COMMAND_H_

#include <cstdint>
#include <string>
#include <vector>

namespace waybill::bench {

// A row of a table.
struct TimedCommand {
  std::string name;
  std::vector<std::string> command;
  double seconds = 1e9;      // the best run
  double cpu_seconds = 1e9;  // likewise
  int64_t peak_kib = 0;      // the largest
  int64_t bytes = 0;         // of the output file, where there is one
};

// Runs the row's command once more. `input` and `output` are files for its standard streams; "" keeps those of this
// process. False when it cannot be run or fails.
bool RunOnce(const std::string& input, const std::string& output, TimedCommand& row);

}  // namespace waybill::bench

#endif  // WAYBILL_TOOLS_BENCH_TIMED_COMMAND_H_
