// SPDX-License-Identifier: Apache-2.0
// The flags that bound what layers unpack to.
#ifndef WAYBILL_TOOLS_CLI_LINE_UNPACK_FLAGS_H_
#define WAYBILL_TOOLS_CLI_LINE_UNPACK_FLAGS_H_

#include <vector>

#include "CLI/App.hpp"
#include "oci/unpack_limits.h"

namespace waybill::cli::line {

// Adds --max-layer-size and --max-layer-ratio, and returns them; `limits` has the defaults and outlives the parser's
// callbacks.
std::vector<CLI::Option*> AddUnpackFlags(CLI::App& command, oci::UnpackLimits& limits);

}  // namespace waybill::cli::line

#endif  // WAYBILL_TOOLS_CLI_LINE_UNPACK_FLAGS_H_
