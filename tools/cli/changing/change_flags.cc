// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/changing/change_flags.h"

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/places/image_name.h"

namespace waybill::cli::changing {

namespace config = oci::registry::config;

ChangeFlags WrittenImage(const ChangeFlags& flags) {
  ChangeFlags written = flags;
  if (!flags.output.empty()) written.image = flags.output;
  written.output.clear();
  return written;
}

void AddFallbackFlag(CLI::App& command, std::string& fallback) {
  command
      .add_option("--referrers-fallback", fallback,
                  "When a registry gets tags that list referrers: auto (the default), always, never, require-api")
      ->type_name("auto|always|never|require-api");
}

void AddWriteFlags(CLI::App& command, ChangeFlags& flags) {
  command.add_option("--config", flags.config, "Configuration file with [registry.\"host\"] tables")->type_name("FILE");
  AddFallbackFlag(command, flags.fallback);
  command.add_flag("--dry-run", flags.dry_run, "Say what would change, and write nothing");
  command.add_flag("--json", flags.json, "One JSON object instead of lines");
}

void AddChangeFlags(CLI::App& command, ChangeFlags& flags) {
  command.add_option("image", flags.image, std::string(oci::places::kImageNameForms))->required()->type_name("REF");
  command
      .add_option("--output", flags.output,
                  "Write the image there and leave REF as it is: [docker://]HOST/REPO[:TAG], oci:DIR[:TAG] or "
                  "oci-archive:FILE[:TAG]")
      ->type_name("DST");
  AddWriteFlags(command, flags);
}

absl::StatusOr<std::optional<config::Fallback>> ParseFallback(absl::string_view text) {
  if (text.empty()) return std::nullopt;
  for (const config::FallbackWord& word : config::kFallbackWords) {
    if (word.text == text) return word.value;
  }
  return oci::InvalidInputError(
      absl::StrCat("--referrers-fallback ", text, ": expected auto, always, never or require-api"));
}

}  // namespace waybill::cli::changing
