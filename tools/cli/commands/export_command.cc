// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/commands/export_command.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "exporter/answers/response.h"
#include "exporter/rpc/listen/tls.h"
#include "exporter/traces/tracing.h"
#include "oci/content/content.h"
#include "oci/error.h"
#include "oci/status_macros.h"
#include "oci/unpack_limits.h"
#include "tools/cli/exporting/annotation_flag.h"
#include "tools/cli/exporting/backend.h"
#include "tools/cli/exporting/input_flags.h"
#include "tools/cli/exporting/metadata_file.h"
#include "tools/cli/exporting/outputs.h"
#include "tools/cli/line/settings.h"
#include "tools/cli/line/unpack_flags.h"
#include "tools/cli/line/version.h"
#include "tools/cli/terminal/open_progress.h"

namespace waybill::cli::commands {
namespace {

constexpr char kFooter[] =
    "Give either --result or --from.\n\n"
    "Examples:\n"
    "  waybill export --result build -o type=oci,dest=image.tar,name=example.com/app:1\n"
    "  waybill export --from docker://example.com/app:1 -o type=registry,name=example.com/app:2\n"
    "  waybill export --from docker://example.com/app:1 -o rootfs\n\n"
    "Attributes of outputs: docs/export-options.md\n"
    "Exit codes: 0 done, 1 usage, 2 verification, 3 credentials, 4 refused, 5 network, 6 storage,\n"
    "  70 fault of waybill, 130 interrupted (docs/cli.md)";

struct Flags {
  exporting::InputFlags input;
  std::vector<std::string> outputs;
  std::vector<std::string> annotations;
  bool allow_unknown = false;
  std::string metadata_file;
  std::string progress = "auto";
  int compatibility_version = 0;
  std::string addr;
  exporter::rpc::listen::TlsFiles tls;
  oci::UnpackLimits unpack_limits;
};

absl::StatusOr<std::unique_ptr<exporting::Backend>> NewBackend(const oci::Context& context, const Flags& flags,
                                                               const std::vector<exporting::CheckedOutput>& outputs) {
  if (!flags.addr.empty()) return exporting::NewRemoteBackend(flags.addr, flags.tls);
  if (!flags.tls.empty()) return oci::InvalidInputError("--tls-... is for a service, and there is no --addr");
  return exporting::NewLocalBackend(context, outputs, flags.input.retry);
}

// A push says itself what became of it.
void TellDone(const exporting::OutputProgress& progress, const oci::Context& context,
              const exporting::CheckedOutput& output, const exporter::Report& report) {
  if (output.options.push) return;
  const bool written = output.flag.destination != exporting::OutputFlag::DestinationKind::kNone;
  const std::string what = report.root.has_value() ? report.root->digest.ToString() : "the files";
  context.Report({.target = progress.target(),
                  .state = oci::ProgressEvent::State::kDone,
                  .detail = absl::StrCat(written ? "wrote " : "made, but neither written nor pushed: ", what)});
}

// Exports to one output after the other, until one fails. What the others answered is in `response`: of several
// outputs, the last says what stands under a key, as in BuildKit.
absl::Status ExportAll(const oci::Context& context, exporting::Backend& backend, oci::content::Fetcher& blobs,
                       const std::vector<exporting::PlannedOutput>& outputs,
                       std::map<std::string, std::string>& response) {
  for (const exporting::PlannedOutput& planned : outputs) {
    const exporting::CheckedOutput& output = planned.output;
    exporting::OutputProgress progress(context, output.flag);
    for (const std::string& warning : output.flag.warnings) {
      context.Report({.target = progress.target(), .state = oci::ProgressEvent::State::kWarning, .detail = warning});
    }
    oci::Span span(context, "exporter");
    span.Set("waybill.export.type", output.flag.request.type);
    const absl::StatusOr<exporter::Report> report =
        span.Close(backend.Export(span.context().WithProgress(progress), blobs, planned));
    if (!report.ok()) {
      return oci::Annotate(report.status(), absl::StrCat("exporting type=", output.flag.request.type));
    }
    TellDone(progress, context, output, *report);
    for (const auto& [key, value] : report->response) response[key] = value;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<exporting::CheckedOutput>> CheckOutputs(const Flags& flags) {
  exporting::OutputContext context{.stdout_is_terminal = isatty(STDOUT_FILENO) != 0,
                                   .allow_unknown = flags.allow_unknown};
  for (const std::string& text : flags.annotations) {
    absl::StatusOr<exporter::request::Attributes> attributes = exporting::ParseAnnotationFlag(text);
    if (!attributes.ok()) return oci::Annotate(attributes.status(), "--annotation");
    for (auto& [key, value] : *attributes) context.annotations[key] = std::move(value);
  }
  return exporting::CheckOutputs(flags.outputs, flags.compatibility_version, context);
}

absl::Status Export(const oci::Context& context, const Flags& flags,
                    const std::vector<exporting::CheckedOutput>& outputs, exporting::MetadataFile& metadata) {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<exporting::Backend> backend, NewBackend(context, flags, outputs));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<exporting::Input> input, exporting::OpenInput(context, flags.input));
  ABSL_ASSIGN_OR_RETURN(const std::vector<exporting::PlannedOutput> planned, exporting::PlanOutputs(*input, outputs));

  std::map<std::string, std::string> response;
  const absl::Status exported = ExportAll(context, *backend, input->blobs(), planned, response);
  // Exports of files answer nothing, and the metadata file says so.
  if (response.empty() && !exported.ok()) return exported;
  const absl::Status described = metadata.Write(context, exporter::answers::MetadataFile(response));
  if (!exported.ok()) return exported;
  return oci::Annotate(described, absl::StrCat("the export is done, but not --metadata-file ", flags.metadata_file));
}

absl::Status Run(const oci::Context& outer, const Flags& flags) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<exporting::CheckedOutput> outputs, CheckOutputs(flags));
  const absl::StatusOr<std::unique_ptr<exporting::MetadataFile>> metadata =
      exporting::MetadataFile::Open(flags.metadata_file, outputs);
  if (!metadata.ok()) return oci::Annotate(metadata.status(), absl::StrCat("--metadata-file ", flags.metadata_file));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::ProgressSink> progress, terminal::OpenProgress(flags.progress));
  ABSL_RETURN_IF_ERROR(exporting::PrepareTemporaryDirectory());
  const oci::Context context = outer.WithProgress(*progress).WithUnpackLimits(flags.unpack_limits);
  const auto warn = [&context](absl::string_view line) {
    context.Report({.state = oci::ProgressEvent::State::kWarning, .detail = std::string(line)});
  };
  using exporter::traces::Tracing;
  ABSL_ASSIGN_OR_RETURN(
      const std::unique_ptr<Tracing> tracing,
      Tracing::Start(
          {.environment = line::ProcessEnvironment, .service = "waybill", .version = line::kVersion, .note = warn}));
  const oci::Context caller =
      context.WithTrace(tracing->sink(), exporter::traces::CallersTrace(line::ProcessEnvironment));
  oci::Span span(caller, "waybill export");
  return span.Close(Export(span.context(), flags, outputs, **metadata));
}

}  // namespace

void AddExportCommand(CLI::App& app, line::Invocation& invocation) {
  // Shared: the parser's callbacks and the invocation both end at times of their own.
  const auto flags = std::make_shared<Flags>();
  CLI::App& command = *app.add_subcommand("export", "Export a build result to files or a registry");
  exporting::AddInputFlags(command, flags->input);
  if (const char* const epoch = std::getenv("SOURCE_DATE_EPOCH"); epoch != nullptr) {
    flags->input.source_date_epoch = epoch;
  }
  command
      .add_option("-o,--output", flags->outputs,
                  "Destination, in the form of buildctl and buildx: "
                  "type=oci|docker|image|registry|local|tar,dest=FILE|DIR|-,name=NAME,...; repeatable")
      ->required()
      ->allow_extra_args(false);
  command
      .add_option("--annotation", flags->annotations,
                  "Add an annotation to each image, as buildx does: [TYPE[,TYPE]...:]KEY=VALUE; repeatable")
      ->allow_extra_args(false);
  command.add_flag("--allow-unknown", flags->allow_unknown, "Warn of keys of --output that nothing reads, and go on");
  command.add_option("--metadata-file", flags->metadata_file, "Write the export's digests and names to this file")
      ->type_name("FILE");
  command.add_option("--progress", flags->progress, "Progress on standard error: auto, tty, plain, rawjson or quiet")
      ->type_name("auto|tty|plain|rawjson|quiet")
      ->capture_default_str();
  command
      .add_option("--compatibility-version", flags->compatibility_version,
                  "Follow the rules of a BuildKit generation: 10, 20 or 30")
      ->type_name("10|20|30");
  CLI::Option* const addr =
      command.add_option("--addr", flags->addr, "Export in a running service: unix:///path or tcp://host:port");
  command.add_option("--tls-ca", flags->tls.authority, "Authority (PEM) of a tcp service's certificate")
      ->type_name("FILE");
  command.add_option("--tls-cert", flags->tls.certificate, "Client certificate (PEM) for the service")
      ->type_name("FILE");
  command.add_option("--tls-key", flags->tls.key, "Private key of --tls-cert")->type_name("FILE");
  command.add_option("--tls-server-name", flags->tls.server_name,
                     "Name in the service's certificate, if the address has another name");
  command.add_flag("--retry", flags->input.retry,
                   "Try a registry again that has no address or refuses connections, as waybill serve does");
  // A service has limits of its own.
  for (CLI::Option* const limit : line::AddUnpackFlags(command, flags->unpack_limits)) limit->excludes(addr);
  command.footer(kFooter);
  command.callback(
      [flags, &invocation] { invocation.run = [flags](const oci::Context& context) { return Run(context, *flags); }; });
}

}  // namespace waybill::cli::commands
