// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/auth/keychain.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "oci/error.h"
#include "oci/file/settings_file.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry::auth {
namespace {

constexpr absl::string_view kInlineOrigin = "DOCKER_AUTH_CONFIG";
constexpr absl::string_view kAuthFileVariable = "REGISTRY_AUTH_FILE";

// A file to look into.
struct Candidate {
  std::string path;
  absl::string_view variable;  // that names it: what is wrong with it is not passed over
};

// In order.
std::vector<Candidate> Candidates(const EnvironmentLookup& environment, int uid) {
  const auto get = [&environment](absl::string_view name) { return environment(name).value_or(""); };
  std::vector<Candidate> files;
  if (const std::string file = get(kAuthFileVariable); !file.empty()) files.push_back({file, kAuthFileVariable});
  const std::string home = get("HOME");
  if (const std::string directory = get("DOCKER_CONFIG"); !directory.empty()) {
    files.push_back({absl::StrCat(directory, "/config.json"), "DOCKER_CONFIG"});
  } else if (!home.empty()) {
    files.push_back({absl::StrCat(home, "/.docker/config.json")});
  }
  const std::string run = get("XDG_RUNTIME_DIR");
  files.push_back(
      {run.empty() ? absl::StrCat("/run/containers/", uid, "/auth.json") : absl::StrCat(run, "/containers/auth.json")});
  if (const std::string config = get("XDG_CONFIG_HOME"); !config.empty()) {
    files.push_back({absl::StrCat(config, "/containers/auth.json")});
  } else if (!home.empty()) {
    files.push_back({absl::StrCat(home, "/.config/containers/auth.json")});
  }
  return files;
}

// "Permission denied" out of "open PATH: Permission denied".
absl::string_view Words(const absl::Status& error) {
  const size_t colon = error.message().rfind(": ");
  return colon == absl::string_view::npos ? error.message() : error.message().substr(colon + 2);
}

}  // namespace

absl::StatusOr<std::vector<Keychain::Place>> Keychain::Load() const {
  std::vector<Place> places;
  if (const auto text = options_.environment(kInlineOrigin); text.has_value() && !text->empty()) {
    ABSL_ASSIGN_OR_RETURN(AuthFile file, AuthFile::Parse(*text, kInlineOrigin));
    places.push_back({std::string(kInlineOrigin), std::move(file)});
  }
  for (const Candidate& candidate : Candidates(options_.environment, options_.uid)) {
    const absl::StatusOr<std::string> text = file::ReadSettingsFile(candidate.path);
    if (text.ok()) {
      ABSL_ASSIGN_OR_RETURN(AuthFile file, AuthFile::Parse(*text, candidate.path));
      places.push_back({candidate.path, std::move(file)});
      continue;
    }
    const std::optional<Reason> reason = ReasonOf(text.status());
    if (reason == Reason::kInvalidInput) return text.status();
    const bool absent = reason == Reason::kNotFound;
    if (absent && candidate.variable.empty()) continue;
    // A directory for docker's configuration may be there for "docker login" to fill.
    if (absent ? candidate.variable == kAuthFileVariable : !candidate.variable.empty()) {
      return Annotate(text.status(), candidate.variable);
    }
    places.push_back({absl::StrCat(candidate.path, " (", Words(text.status()), ")"), std::nullopt});
  }
  return places;
}

absl::StatusOr<std::vector<Keychain::Place>> Keychain::Places(bool fresh) {
  absl::MutexLock lock(&mu_);
  if (fresh || !places_.has_value()) {
    ABSL_ASSIGN_OR_RETURN(places_, Load());
  }
  return *places_;
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
  ABSL_ASSIGN_OR_RETURN(const std::vector<Place> places, Places(fresh));
  std::vector<std::string> looked;
  for (const Place& place : places) {
    looked.push_back(place.origin);
    if (!place.file.has_value()) continue;
    const AuthFile& file = *place.file;
    if (const std::optional<std::string> helper = file.HelperFor(host); helper.has_value()) {
      const std::string origin = absl::StrCat(file.origin(), " (helper ", *helper, ")");
      absl::StatusOr<Credentials> answer = Ask(context, *helper, host, fresh);
      if (!answer.ok()) return Annotate(answer.status(), origin);
      if (!answer->empty()) return FoundCredentials{*std::move(answer), origin};
      looked.insert(looked.end() - 1, origin);
    }
    ABSL_ASSIGN_OR_RETURN(std::optional<Credentials> entry, file.Find(host, repository));
    if (entry.has_value()) return FoundCredentials{*std::move(entry), place.origin};
  }
  const std::string where =
      looked.empty() ? "no credential files" : absl::StrCat("looked in ", absl::StrJoin(looked, ", "));
  return FoundCredentials{{}, absl::StrCat("none for ", host, "; ", where)};
}

}  // namespace waybill::oci::registry::auth
