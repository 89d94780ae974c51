// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/registries/registry_serve.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "oci/error.h"
#include "oci/http/server/sleeper.h"
#include "oci/registry/server/behavior/behavior_switches.h"
#include "oci/registry/server/behavior/fault_text.h"
#include "oci/registry/server/profiles/profiles.h"
#include "oci/registry/server/registry_server.h"
#include "oci/status_macros.h"

namespace waybill::cli::registries {
namespace {

namespace server = oci::registry::server;

// Lines from several threads, each whole.
class Lines {
 public:
  explicit Lines(std::ostream& out) : out_(out) {}
  void Print(absl::string_view line) {
    absl::MutexLock lock(&mutex_);
    out_ << line << std::endl;
  }

 private:
  absl::Mutex mutex_;
  std::ostream& out_;
};

absl::StatusOr<server::behavior::Behavior> BehaviorOf(const ServeOptions& options) {
  std::optional<server::profiles::Profile> profile = server::profiles::ProfileNamed(options.profile);
  if (!profile.has_value()) {
    const auto name = [](std::string* out, const server::profiles::Profile& known) {
      absl::StrAppend(out, known.name);
    };
    return oci::InvalidInputError(absl::StrCat("profile \"", options.profile, "\" is not one of ",
                                               absl::StrJoin(server::profiles::AllProfiles(), ", ", name)));
  }
  server::behavior::Behavior behavior = std::move(profile->behavior);
  // The profile's own faults come last: those that were asked for are not to be hidden by them.
  std::vector<server::behavior::Fault> faults;
  for (const std::string& text : options.faults) {
    if (const server::behavior::BehaviorSwitch* const known = server::behavior::BehaviorSwitchNamed(text)) {
      known->turn_on(behavior);
      continue;
    }
    absl::StatusOr<server::behavior::Fault> fault = server::behavior::ParseFault(text);
    if (!fault.ok()) return oci::Annotate(fault.status(), "--fault (--list-faults names all)");
    faults.push_back(*std::move(fault));
  }
  behavior.faults.insert(behavior.faults.begin(), faults.begin(), faults.end());
  if (!options.credentials.empty()) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(options.credentials, absl::MaxSplits(':', 1));
    if (parts.first.empty() || parts.second.empty()) return oci::InvalidInputError("--auth is not USER:PASSWORD");
    behavior.auth.scheme = server::behavior::AuthScheme::kBearer;
    behavior.auth.user = parts.first;
    behavior.auth.password = parts.second;
  }
  return behavior;
}

void PrintProfiles(std::ostream& out) {
  for (const server::profiles::Profile& profile : server::profiles::AllProfiles()) {
    out << profile.name << ": " << profile.title << "\n";
    for (const server::profiles::ProfileFact& fact : profile.facts)
      out << "  " << fact.fact << " [" << fact.source << "]\n";
    if (!profile.not_known.empty()) out << "  not known: " << profile.not_known << "\n";
  }
}

void PrintFaults(std::ostream& out) {
  out << "Faults of requests: KIND[=VALUE][@REQUEST][,SETTING=VALUE]...\n";
  for (const server::behavior::FaultKindName& kind : server::behavior::FaultKindNames())
    out << "  " << kind.form << ": " << kind.what << "\n";
  out << "  requests: " << absl::StrJoin(server::wire::RequestClassNames(), ", ") << "\n";
  out << "  settings: times=N, skip=N, every=N, path=PART, retry-after=SECONDS, code=CODE, text=TEXT\n";
  out << "Properties of the registry:\n";
  for (const server::behavior::BehaviorSwitch& known : server::behavior::BehaviorSwitches()) {
    out << "  " << known.name << ": " << known.what << "\n";
  }
}

std::string LineOf(const server::wire::LoggedRequest& request) {
  return absl::StrCat(request.method, " ", request.target, " ",
                      request.status == 0 ? "(dropped)" : absl::StrCat(request.status),
                      request.body_bytes > 0 ? absl::StrCat(" ", request.body_bytes, " bytes") : "");
}

}  // namespace

void AddServeOptions(CLI::App& command, ServeOptions& options) {
  command.add_option("--listen", options.listen, "HOST:PORT to listen on; port 0 takes a free one")
      ->capture_default_str();
  command.add_option("--dir", options.directory, "Keep everything in DIR, one OCI layout per repository")
      ->type_name("DIR");
  command.add_option("--profile", options.profile, "Behave like this registry (--list-profiles)")
      ->type_name("NAME")
      ->capture_default_str();
  command
      .add_option("--fault", options.faults,
                  "Go wrong: KIND[=VALUE][@REQUEST][,SETTING=VALUE]..., or be as difficult as a NAME says "
                  "(--list-faults); can be repeated")
      ->type_name("FAULT")
      ->allow_extra_args(false);
  command.add_option("--auth", options.credentials, "Ask for a token, given to this user")->type_name("USER:PASSWORD");
  command.add_option("--repository", options.repositories, "There from the start (for --profile ecr)")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command.add_flag("--quiet", options.quiet, "Print no line for each request");
  command.add_flag("--list-faults", options.list_faults, "Describe what --fault takes, and exit");
  command.add_flag("--list-profiles", options.list_profiles, "Describe the profiles, with sources, and exit");
}

absl::Status ServeRegistry(const oci::Context& context, const ServeOptions& options, std::ostream& out) {
  if (options.list_profiles) {
    PrintProfiles(out);
    return absl::OkStatus();
  }
  if (options.list_faults) {
    PrintFaults(out);
    return absl::OkStatus();
  }
  ABSL_ASSIGN_OR_RETURN(server::behavior::Behavior behavior, BehaviorOf(options));
  Lines lines(out);
  server::RegistryServer::Options start = {
      .listen = options.listen, .directory = options.directory, .behavior = std::move(behavior)};
  if (!options.quiet) {
    start.on_request = [&lines](const server::wire::LoggedRequest& request) { lines.Print(LineOf(request)); };
  }
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<server::RegistryServer> registry,
                        server::RegistryServer::Start(std::move(start)));
  for (const std::string& repository : options.repositories) registry->contents().AddRepository(repository);
  lines.Print(absl::StrCat("listening on ", registry->host(), " as ", options.profile));
  oci::http::server::RealSleep(context, absl::InfiniteDuration());
  return absl::OkStatus();
}

}  // namespace waybill::cli::registries
