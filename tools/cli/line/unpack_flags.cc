// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/line/unpack_flags.h"

#include "CLI/CLI.hpp"

namespace waybill::cli::line {

std::vector<CLI::Option*> AddUnpackFlags(CLI::App& command, oci::UnpackLimits& limits) {
  CLI::Option* const size =
      command.add_option("--max-layer-size", limits.bytes, "Size that a layer may have without compression")
          ->transform(CLI::AsSizeValue(false))
          ->check(CLI::Range(int64_t{1}, int64_t{1} << 60))
          ->default_str("1TiB");
  CLI::Option* const ratio =
      command
          .add_option("--max-layer-ratio", limits.ratio, "How many times its compressed size that may be, above 16 GiB")
          ->check(CLI::Range(int64_t{1}, int64_t{1} << 32))
          ->capture_default_str();
  return {size, ratio};
}

}  // namespace waybill::cli::line
