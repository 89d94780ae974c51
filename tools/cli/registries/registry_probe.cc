// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/registries/registry_probe.h"

#include <algorithm>
#include <cstdint>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "oci/clock.h"
#include "oci/error.h"
#include "oci/image/reference.h"
#include "oci/json/json.h"
#include "oci/registry/environment_client.h"
#include "oci/registry/probe/probe.h"
#include "oci/status_macros.h"

namespace waybill::cli::registries {
namespace {

using oci::registry::EnvironmentClient;
using oci::registry::probe::Finding;
using oci::registry::probe::ProbeReport;

std::string AsJson(const ProbeReport& report) {
  oci::json::Writer writer;
  writer.BeginObject();
  for (const Finding& finding : report.findings) {
    writer.Key(finding.name);
    if (finding.yes.has_value()) {
      writer.Bool(*finding.yes);
    } else {
      writer.Null();
    }
  }
  writer.Key("left").BeginArray();
  for (const std::string& what : report.left) writer.String(what);
  writer.EndArray().EndObject();
  return oci::json::Indent(writer.Take());
}

std::string AsText(const ProbeReport& report) {
  std::string text;
  const auto unknown = [](const Finding& finding) { return !finding.yes.has_value(); };
  if (report.left.empty() && std::all_of(report.findings.begin(), report.findings.end(), unknown)) return text;
  for (const Finding& finding : report.findings) {
    const char* const answer = !finding.yes.has_value() ? "unknown" : *finding.yes ? "yes" : "no";
    absl::StrAppendFormat(&text, "%-22s %s", finding.name, answer);
    absl::StrAppend(&text, finding.detail.empty() ? "" : "   ", finding.detail, "\n");
  }
  for (const std::string& what : report.left) absl::StrAppend(&text, "left behind: ", what, "\n");
  return text;
}

}  // namespace

void AddProbeOptions(CLI::App& command, ProbeOptions& options) {
  command.add_option("repository", options.repository, "HOST/REPO: a repository in which the probe may write")
      ->required();
  command
      .add_option("--mount-from", options.mount_from,
                  "Another repository on HOST in which the probe may write, to mount from")
      ->type_name("REPO");
  command.add_option("--config", options.config, "Configuration file with [registry.\"host\"] tables")
      ->type_name("FILE");
  command.add_flag("--json", options.json, "One JSON object instead of lines");
  command.add_flag("--retry", options.retry, "Try a registry again that has no address or refuses connections");
  command.add_flag("--insecure", options.insecure, "Do not verify certificates; fall back to plain HTTP");
}

absl::Status ProbeRegistry(const oci::Context& context, const ProbeOptions& options, std::ostream& out) {
  const absl::StatusOr<oci::image::Reference> parsed = oci::image::Reference::Parse(options.repository);
  if (!parsed.ok()) {
    return oci::Annotate(parsed.status(),
                         absl::StrCat(options.repository, " is no HOST/REPO, such as 127.0.0.1:5000/app"));
  }
  const oci::image::Reference& reference = *parsed;
  if (!reference.tag().empty() || reference.digest().has_value()) {
    return oci::InvalidInputError(
        absl::StrCat(options.repository, ": HOST/REPO without tag and digest is wanted, such as 127.0.0.1:5000/app"));
  }
  if (!options.mount_from.empty()) {
    ABSL_RETURN_IF_ERROR(
        oci::image::Reference::Parse(absl::StrCat(reference.domain(), "/", options.mount_from)).status());
  }
  EnvironmentClient::Options environment = EnvironmentClient::FromProcess();
  environment.config_file = options.config;
  environment.retry.patient = options.retry;
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<EnvironmentClient> client, EnvironmentClient::Create(environment));
  ABSL_ASSIGN_OR_RETURN(oci::registry::Host* const host,
                        client->client().HostFor(reference.domain(), options.insecure));
  const auto number = static_cast<uint64_t>(oci::SystemClock().Random() * 1e15);
  const ProbeReport report = oci::registry::probe::Probe(
      context, *host,
      {.repository = reference.path(), .mount_from = options.mount_from, .seed = absl::StrFormat("%x", number)});
  out << (options.json ? absl::StrCat(AsJson(report), "\n") : AsText(report));
  return report.status;
}

}  // namespace waybill::cli::registries
