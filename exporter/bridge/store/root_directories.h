// SPDX-License-Identifier: Apache-2.0
// Where a build daemon may keep its state, as its command line, its environment and its settings file say
// (moby/buildkit, cmd/buildkitd and util/appdefaults). Pure.
#ifndef WAYBILL_EXPORTER_BRIDGE_STORE_ROOT_DIRECTORIES_H_
#define WAYBILL_EXPORTER_BRIDGE_STORE_ROOT_DIRECTORIES_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace waybill::exporter::bridge::store {

// The value of an option as Go's programs take it: "--root DIR", "--root=DIR", "-root DIR"; the last one counts.
std::optional<std::string> OptionOf(const std::vector<std::string>& arguments, absl::string_view name);

// Absolute paths of settings files, as the process sees them, in the order in which they are to be tried.
std::vector<std::string> SettingsFiles(const std::vector<std::string>& arguments,
                                       const std::map<std::string, std::string>& environment);

// The value of `root` before the first table of a buildkitd.toml. Unset when there is none, and for forms of a string
// that no path needs: escapes, and several lines.
std::optional<std::string> RootOfSettings(absl::string_view toml);

// Absolute paths of root directories in the order in which they are to be tried, each one once. `from_settings` is
// RootOfSettings. Relative paths are left out.
std::vector<std::string> RootDirectories(const std::vector<std::string>& arguments,
                                         const std::map<std::string, std::string>& environment,
                                         const std::optional<std::string>& from_settings);

}  // namespace waybill::exporter::bridge::store

#endif  // WAYBILL_EXPORTER_BRIDGE_STORE_ROOT_DIRECTORIES_H_
