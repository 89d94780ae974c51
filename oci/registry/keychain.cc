// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/keychain.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "oci/error.h"
#include "oci/registry/settings_file.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry {
namespace {

constexpr absl::string_view kInlineOrigin = "DOCKER_AUTH_CONFIG";

// The files to look into, in order.
std::vector<std::string> Paths(const EnvironmentLookup& environment, int uid) {
  const auto get = [&environment](absl::string_view name) { return environment(name).value_or(""); };
  std::vector<std::string> paths;
  if (const std::string file = get("REGISTRY_AUTH_FILE"); !file.empty()) paths.push_back(file);
  const std::string home = get("HOME");
  if (const std::string directory = get("DOCKER_CONFIG"); !directory.empty()) {
    paths.push_back(absl::StrCat(directory, "/config.json"));
  } else if (!home.empty()) {
    paths.push_back(absl::StrCat(home, "/.docker/config.json"));
  }
  const std::string run = get("XDG_RUNTIME_DIR");
  paths.push_back(run.empty() ? absl::StrCat("/run/containers/", uid, "/auth.json")
                              : absl::StrCat(run, "/containers/auth.json"));
  if (const std::string config = get("XDG_CONFIG_HOME"); !config.empty()) {
    paths.push_back(absl::StrCat(config, "/containers/auth.json"));
  } else if (!home.empty()) {
    paths.push_back(absl::StrCat(home, "/.config/containers/auth.json"));
  }
  return paths;
}

}  // namespace

absl::Status Keychain::Load() {
  if (loaded_) return absl::OkStatus();
  std::vector<AuthFile> files;
  if (const auto text = options_.environment(kInlineOrigin); text.has_value() && !text->empty()) {
    ABSL_ASSIGN_OR_RETURN(AuthFile file, AuthFile::Parse(*text, kInlineOrigin));
    files.push_back(std::move(file));
  }
  for (const std::string& path : Paths(options_.environment, options_.uid)) {
    const absl::StatusOr<std::string> text = ReadSettingsFile(path);
    if (ReasonOf(text.status()) == Reason::kInvalidInput) return text.status();
    if (!text.ok()) continue;
    ABSL_ASSIGN_OR_RETURN(AuthFile file, AuthFile::Parse(*text, path));
    files.push_back(std::move(file));
  }
  files_ = std::move(files);
  loaded_ = true;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<AuthFile>> Keychain::Files() {
  absl::MutexLock lock(&mu_);
  ABSL_RETURN_IF_ERROR(Load());
  return files_;
}

absl::StatusOr<Credentials> Keychain::Ask(const Context& context, const std::string& suffix, absl::string_view host,
                                          bool fresh) {
  absl::MutexLock lock(&helper_mu_);
  const auto key = std::make_pair(suffix, HelperServer(host));
  if (const auto found = answers_.find(key); found != answers_.end() && !fresh) return found->second;
  ABSL_ASSIGN_OR_RETURN(Credentials credentials,
                        AskHelper(context, {.suffix = suffix,
                                            .server = key.second,
                                            .search_path = options_.environment("PATH").value_or(""),
                                            .timeout = options_.helper_timeout}));
  answers_[key] = credentials;
  return credentials;
}

absl::StatusOr<FoundCredentials> Keychain::Find(const Context& context, absl::string_view host,
                                                absl::string_view repository, bool fresh) {
  const auto given = options_.given.find(std::string(host));
  if (given != options_.given.end()) return FoundCredentials{given->second, "given credentials"};
  ABSL_ASSIGN_OR_RETURN(const std::vector<AuthFile> files, Files());
  std::vector<std::string> looked;
  for (const AuthFile& file : files) {
    if (const std::optional<std::string> helper = file.HelperFor(host); helper.has_value()) {
      const std::string origin = absl::StrCat(file.origin(), " (helper ", *helper, ")");
      absl::StatusOr<Credentials> answer = Ask(context, *helper, host, fresh);
      if (!answer.ok()) return Annotate(answer.status(), origin);
      if (!answer->empty()) return FoundCredentials{*std::move(answer), origin};
      looked.push_back(origin);
    }
    if (std::optional<Credentials> entry = file.Find(host, repository); entry.has_value()) {
      return FoundCredentials{*std::move(entry), file.origin()};
    }
    looked.push_back(file.origin());
  }
  const std::string where =
      looked.empty() ? "no credential files" : absl::StrCat("looked in ", absl::StrJoin(looked, ", "));
  return FoundCredentials{{}, absl::StrCat("none for ", host, "; ", where)};
}

}  // namespace waybill::oci::registry
