// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/registry_serve.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "oci/error.h"
#include "oci/registry/testing/behavior_switches.h"
#include "oci/registry/testing/fake_registry.h"
#include "oci/registry/testing/fault_text.h"
#include "oci/registry/testing/profiles.h"
#include "oci/registry/testing/sleeper.h"
#include "oci/status_macros.h"

namespace waybill::cli {
namespace {

namespace fake = oci::registry::testing;

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

absl::StatusOr<fake::Behavior> BehaviorOf(const ServeOptions& options) {
  std::optional<fake::Profile> profile = fake::ProfileNamed(options.profile);
  if (!profile.has_value()) {
    const auto name = [](std::string* out, const fake::Profile& known) { absl::StrAppend(out, known.name); };
    return oci::InvalidInputError(absl::StrCat("profile \"", options.profile, "\" is not one of ",
                                               absl::StrJoin(fake::AllProfiles(), ", ", name)));
  }
  fake::Behavior behavior = std::move(profile->behavior);
  // The profile's own faults come last: those that were asked for are not to be hidden by them.
  std::vector<fake::Fault> faults;
  for (const std::string& text : options.faults) {
    if (const fake::BehaviorSwitch* const known = fake::BehaviorSwitchNamed(text)) {
      known->turn_on(behavior);
      continue;
    }
    absl::StatusOr<fake::Fault> fault = fake::ParseFault(text);
    if (!fault.ok()) return oci::Annotate(fault.status(), "--fault (--list-faults names all)");
    faults.push_back(*std::move(fault));
  }
  behavior.faults.insert(behavior.faults.begin(), faults.begin(), faults.end());
  if (!options.credentials.empty()) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(options.credentials, absl::MaxSplits(':', 1));
    if (parts.first.empty() || parts.second.empty()) return oci::InvalidInputError("--auth is not USER:PASSWORD");
    behavior.auth.scheme = fake::AuthScheme::kBearer;
    behavior.auth.user = parts.first;
    behavior.auth.password = parts.second;
  }
  return behavior;
}

void PrintProfiles(std::ostream& out) {
  for (const fake::Profile& profile : fake::AllProfiles()) {
    out << profile.name << ": " << profile.title << "\n";
    for (const fake::ProfileFact& fact : profile.facts) out << "  " << fact.fact << " [" << fact.source << "]\n";
    if (!profile.not_known.empty()) out << "  not known: " << profile.not_known << "\n";
  }
}

void PrintFaults(std::ostream& out) {
  out << "Faults of requests: KIND[=VALUE][@REQUEST][,SETTING=VALUE]...\n";
  for (const fake::FaultKindName& kind : fake::FaultKindNames()) out << "  " << kind.form << ": " << kind.what << "\n";
  out << "  requests: " << absl::StrJoin(fake::RequestClassNames(), ", ") << "\n";
  out << "  settings: times=N, skip=N, every=N, path=PART, retry-after=SECONDS, code=CODE, text=TEXT\n";
  out << "Properties of the registry:\n";
  for (const fake::BehaviorSwitch& known : fake::BehaviorSwitches()) {
    out << "  " << known.name << ": " << known.what << "\n";
  }
}

std::string LineOf(const fake::LoggedRequest& request) {
  return absl::StrCat(request.method, " ", request.target, " ",
                      request.status == 0 ? "(dropped)" : absl::StrCat(request.status),
                      request.body_bytes > 0 ? absl::StrCat(" ", request.body_bytes, " bytes") : "");
}

}  // namespace

void AddServeOptions(CLI::App& command, ServeOptions& options) {
  command.add_option("--listen", options.listen, "HOST:PORT to listen on; port 0 takes a free one")
      ->capture_default_str();
  command.add_option("--dir", options.directory, "Keep all content in DIR, one OCI layout for each repository")
      ->type_name("DIR");
  command.add_option("--profile", options.profile, "Behave like this registry (--list-profiles)")
      ->type_name("NAME")
      ->capture_default_str();
  command
      .add_option("--fault", options.faults,
                  "Fail requests: KIND[=VALUE][@REQUEST][,SETTING=VALUE]..., or have the property NAME "
                  "(--list-faults); repeatable")
      ->type_name("FAULT")
      ->allow_extra_args(false);
  command.add_option("--auth", options.credentials, "Require a token, which only this user gets")
      ->type_name("USER:PASSWORD");
  command
      .add_option("--repository", options.repositories,
                  "Repository that exists from the start (for --profile ecr); repeatable")
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
  ABSL_ASSIGN_OR_RETURN(fake::Behavior behavior, BehaviorOf(options));
  Lines lines(out);
  fake::FakeRegistry::Options start = {
      .listen = options.listen, .directory = options.directory, .behavior = std::move(behavior)};
  if (!options.quiet) {
    start.on_request = [&lines](const fake::LoggedRequest& request) { lines.Print(LineOf(request)); };
  }
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<fake::FakeRegistry> registry,
                        fake::FakeRegistry::Start(std::move(start)));
  for (const std::string& repository : options.repositories) registry->AddRepository(repository);
  lines.Print(absl::StrCat("listening on ", registry->host(), " as ", options.profile));
  fake::RealSleep(context, absl::InfiniteDuration());
  return absl::OkStatus();
}

}  // namespace waybill::cli
