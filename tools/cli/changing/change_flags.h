// SPDX-License-Identifier: Apache-2.0
// What the commands that change an image have in common on the command line.
#ifndef WAYBILL_TOOLS_CLI_CHANGING_CHANGE_FLAGS_H_
#define WAYBILL_TOOLS_CLI_CHANGING_CHANGE_FLAGS_H_

#include <optional>
#include <string>

#include "CLI/App.hpp"
#include "absl/status/statusor.h"
#include "oci/registry/config/fallback.h"

namespace waybill::cli::changing {

struct ChangeFlags {
  std::string image;
  std::string config;
  std::string output;
  std::string fallback;
  bool dry_run = false;
  bool json = false;
};

// --config, --referrers-fallback, --dry-run, --json.
void AddWriteFlags(CLI::App& command, ChangeFlags& flags);

// These, REF and --output.
void AddChangeFlags(CLI::App& command, ChangeFlags& flags);

// The flags for another change of what a command with these flags has written, in its place.
ChangeFlags WrittenImage(const ChangeFlags& flags);

// --referrers-fallback alone.
void AddFallbackFlag(CLI::App& command, std::string& fallback);
// The value of that flag. Unset for ""; INVALID_ARGUMENT naming the flag and the words.
absl::StatusOr<std::optional<oci::registry::config::Fallback>> ParseFallback(absl::string_view text);

}  // namespace waybill::cli::changing

#endif  // WAYBILL_TOOLS_CLI_CHANGING_CHANGE_FLAGS_H_
