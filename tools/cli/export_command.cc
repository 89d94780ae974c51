// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/export_command.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "exporter/response.h"
#include "oci/error.h"
#include "oci/io/atomic_file.h"
#include "oci/status_macros.h"
#include "tools/cli/backend.h"
#include "tools/cli/input_flags.h"
#include "tools/cli/output_flag.h"
#include "tools/cli/progress.h"
#include "tools/cli/terminal.h"

namespace waybill::cli {
namespace {

struct Flags {
  InputFlags input;
  std::vector<std::string> outputs;
  std::string metadata_file;
  std::string progress = "auto";
  int compatibility_version = 0;
  std::string addr;
};

absl::StatusOr<std::vector<OutputFlag>> ParseOutputs(const Flags& flags) {
  std::vector<OutputFlag> outputs;
  for (const std::string& text : flags.outputs) {
    absl::StatusOr<OutputFlag> output =
        ParseOutputFlag(text, {.stdout_is_terminal = isatty(STDOUT_FILENO) != 0}, outputs);
    if (!output.ok()) return oci::Annotate(output.status(), absl::StrCat("--output ", text));
    output->request.compatibility_version = flags.compatibility_version;
    outputs.push_back(*std::move(output));
  }
  return outputs;
}

absl::StatusOr<std::unique_ptr<Backend>> NewBackend(const Flags& flags) {
  if (flags.addr.empty()) return NewLocalBackend();
  return NewRemoteBackend(flags.addr);
}

absl::Status Run(const oci::Context& outer, const Flags& flags) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<OutputFlag> outputs, ParseOutputs(flags));
  const bool can_redraw = CanRedraw(isatty(STDERR_FILENO) != 0, std::getenv("TERM"));
  ABSL_ASSIGN_OR_RETURN(const ProgressMode mode, ParseProgressMode(flags.progress, can_redraw));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<Backend> backend, NewBackend(flags));
  const std::unique_ptr<oci::ProgressSink> progress = NewProgress(
      mode, {.out = std::cerr, .now = [] { return absl::Now(); }, .screen = [] { return ScreenOf(STDERR_FILENO); }});
  const oci::Context context = outer.WithProgress(*progress);
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<Input> input, OpenInput(context, flags.input));

  // Of several outputs, the last says what stands under a key, as in BuildKit.
  std::map<std::string, std::string> response;
  for (const OutputFlag& output : outputs) {
    const bool renamed = output.request.attributes.count("name") > 0;
    absl::StatusOr<exporter::Report> report = backend->Export(context, input->result(renamed), input->blobs(), output);
    if (!report.ok()) return oci::Annotate(report.status(), absl::StrCat("exporting type=", output.request.type));
    for (const auto& [key, value] : report->response) response[key] = value;
  }
  if (flags.metadata_file.empty()) return absl::OkStatus();
  return oci::Annotate(oci::io::WriteFileAtomically(flags.metadata_file, exporter::MetadataFile(response), {}),
                       "the export is done, but not --metadata-file");
}

}  // namespace

void AddExportCommand(CLI::App& app, Invocation& invocation) {
  // Shared: the parser's callbacks and the invocation both end at times of their own.
  const auto flags = std::make_shared<Flags>();
  CLI::App& command = *app.add_subcommand("export", "Export a build result to files or a registry");
  AddInputFlags(command, flags->input);
  command
      .add_option("-o,--output", flags->outputs,
                  "type=oci|docker|image|registry,dest=FILE|DIR|-,name=NAME,... (repeatable), as buildctl and "
                  "buildx take it")
      ->required()
      ->allow_extra_args(false);
  command.add_option("--metadata-file", flags->metadata_file, "Write the export's digests and names to this file");
  command.add_option("--progress", flags->progress, "auto, tty, plain, rawjson or quiet")->capture_default_str();
  command.add_option("--compatibility-version", flags->compatibility_version,
                     "Follow the rules of a BuildKit generation: 10, 20 or 30");
  command.add_option("--addr", flags->addr, "Export in a running service: unix:///path or tcp://host:port");
  command.callback(
      [flags, &invocation] { invocation.run = [flags](const oci::Context& context) { return Run(context, *flags); }; });
}

}  // namespace waybill::cli
