// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/store/root_directories.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace waybill::exporter::bridge::store {
namespace {

constexpr absl::string_view kSystemRoot = "/var/lib/buildkit";
constexpr absl::string_view kSystemSettings = "/etc/buildkit/buildkitd.toml";

using Environment = std::map<std::string, std::string>;

// "$NAME/buildkit", or "$HOME/<default>/buildkit" where NAME is not set (XDG Base Directory Specification).
std::optional<std::string> UserDirectory(const Environment& environment, const char* name, absl::string_view below) {
  const auto own = environment.find(name);
  if (own != environment.end() && !own->second.empty()) return absl::StrCat(own->second, "/buildkit");
  const auto home = environment.find("HOME");
  if (home == environment.end() || home->second.empty()) return std::nullopt;
  return absl::StrCat(home->second, below, "/buildkit");
}

void Add(const std::optional<std::string>& path, std::vector<std::string>& paths) {
  if (!path.has_value() || !absl::StartsWith(*path, "/")) return;
  if (std::find(paths.begin(), paths.end(), *path) == paths.end()) paths.push_back(*path);
}

}  // namespace

std::optional<std::string> OptionOf(const std::vector<std::string>& arguments, absl::string_view name) {
  std::optional<std::string> found;
  for (size_t i = 1; i < arguments.size(); ++i) {
    absl::string_view word = arguments[i];
    if (!absl::ConsumePrefix(&word, "--") && !absl::ConsumePrefix(&word, "-")) continue;
    if (!absl::ConsumePrefix(&word, name)) continue;
    if (absl::ConsumePrefix(&word, "=")) {
      found = std::string(word);
    } else if (word.empty() && i + 1 < arguments.size()) {
      found = arguments[++i];
    }
  }
  return found;
}

std::vector<std::string> SettingsFiles(const std::vector<std::string>& arguments, const Environment& environment) {
  std::vector<std::string> files;
  const std::optional<std::string> named = OptionOf(arguments, "config");
  Add(named, files);
  if (named.has_value()) return files;
  Add(std::string(kSystemSettings), files);
  if (const std::optional<std::string> own = UserDirectory(environment, "XDG_CONFIG_HOME", "/.config")) {
    Add(absl::StrCat(*own, "/buildkitd.toml"), files);
  }
  return files;
}

std::optional<std::string> RootOfSettings(absl::string_view toml) {
  for (absl::string_view line : absl::StrSplit(toml, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (absl::StartsWith(line, "[")) return std::nullopt;
    if (!absl::ConsumePrefix(&line, "root")) continue;
    line = absl::StripLeadingAsciiWhitespace(line);
    if (!absl::ConsumePrefix(&line, "=")) continue;
    line = absl::StripLeadingAsciiWhitespace(line);
    if (line.empty() || (line.front() != '"' && line.front() != '\'')) return std::nullopt;
    const char quote = line.front();
    line.remove_prefix(1);
    const absl::string_view::size_type end = line.find(quote);
    if (end == 0 || end == absl::string_view::npos) return std::nullopt;
    const absl::string_view path = line.substr(0, end);
    if (quote == '"' && absl::StrContains(path, "\\")) return std::nullopt;
    return std::string(path);
  }
  return std::nullopt;
}

std::vector<std::string> RootDirectories(const std::vector<std::string>& arguments, const Environment& environment,
                                         const std::optional<std::string>& from_settings) {
  std::vector<std::string> roots;
  Add(OptionOf(arguments, "root"), roots);
  Add(from_settings, roots);
  Add(std::string(kSystemRoot), roots);
  Add(UserDirectory(environment, "XDG_DATA_HOME", "/.local/share"), roots);
  return roots;
}

}  // namespace waybill::exporter::bridge::store
