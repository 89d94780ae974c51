// SPDX-License-Identifier: Apache-2.0
// The waybill command: reads the command line, runs the command, tells how it went (docs/cli.md).
#include <algorithm>
#include <csignal>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "exporter/rpc/listen/process.h"
#include "oci/context.h"
#include "tools/cli/commands/bridge_command.h"
#include "tools/cli/commands/config_command.h"
#include "tools/cli/commands/export_command.h"
#include "tools/cli/commands/serve_command.h"
#include "tools/cli/commands/version_command.h"
#include "tools/cli/edits/attach_command.h"
#include "tools/cli/edits/convert_command.h"
#include "tools/cli/edits/join_command.h"
#include "tools/cli/edits/publish_command.h"
#include "tools/cli/edits/sign_command.h"
#include "tools/cli/images/attestations_command.h"
#include "tools/cli/images/copy_command.h"
#include "tools/cli/images/gc_command.h"
#include "tools/cli/images/inspect_command.h"
#include "tools/cli/images/matrix_command.h"
#include "tools/cli/images/verify_command.h"
#include "tools/cli/line/command_line.h"
#include "tools/cli/line/interrupt.h"
#include "tools/cli/line/invocation.h"
#include "tools/cli/line/version.h"
#include "tools/cli/manual/command_entry.h"
#include "tools/cli/manual/completion.h"
#include "tools/cli/manual/completion_script.h"
#include "tools/cli/manual/manual_commands.h"
#include "tools/cli/registries/registry_command.h"
#include "tools/cli/terminal/exit_code.h"

namespace waybill::cli {
namespace {

int Fail(const absl::Status& status, bool debug) {
  std::cerr << terminal::ErrorLine(status);
  if (debug) std::cerr << terminal::ErrorDetails(status);
  return terminal::ExitCodeOf(status);
}

int Main(int argc, char** argv) {
  line::Invocation invocation;
  CLI::App app("Exports build results as images, byte for byte as BuildKit writes them.", "waybill");
  app.set_version_flag("--version", std::string("waybill ") + line::kVersion);
  app.add_flag("--debug")->description("Print the code, reason and details of an error");
  app.require_subcommand(1);
  app.fallthrough();
  commands::AddConfigCommand(app, invocation);
  commands::AddExportCommand(app, invocation);
  images::AddInspectCommand(app, invocation);
  images::AddAttestationsCommand(app, invocation);
  images::AddVerifyCommand(app, invocation);
  images::AddMatrixCommand(app, invocation);
  edits::AddConvertCommand(app, invocation);
  edits::AddAttachCommand(app, invocation);
  edits::AddSignCommand(app, invocation);
  edits::AddPublishCommand(app, invocation);
  images::AddCopyCommand(app, invocation);
  edits::AddJoinCommand(app, invocation);
  images::AddGcCommand(app, invocation);
  commands::AddBridgeCommand(app, invocation);
  registries::AddRegistryCommand(app, invocation);
  commands::AddServeCommand(app, invocation);
  commands::AddVersionCommand(app, invocation);
  manual::AddCompletionCommand(app, invocation);
  manual::AddManCommand(app, invocation);
  if (argc > 1 && absl::string_view(argv[1]) == manual::kCompleteWord) {
    const std::vector<std::string> words(argv + 2, argv + argc);
    std::cout << manual::CompletionText(manual::Complete(manual::DescribeCommand(app), words));
    return 0;
  }
  std::vector<std::string> arguments = line::ArgumentsOf(argc, argv);
  invocation.arguments = arguments;
  // The parser may fail before it gets there.
  const bool debug = std::count(arguments.begin(), arguments.end(), "--debug") > 0;
  std::reverse(arguments.begin(), arguments.end());
  try {
    app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    // Help and version end here too, with code 0.
    if (error.get_exit_code() == 0 && !line::IsHelpOfNothing(app, argc, argv)) {
      return app.exit(error, std::cout, std::cerr);
    }
    return Fail(line::CommandLineError(app, error), debug);
  }

  exporter::rpc::listen::SilenceGrpcLog();
  // A reader that goes away is an error of the write, which ends what it has to.
  std::signal(SIGPIPE, SIG_IGN);
  // Before any other thread: they inherit the blocked signals.
  const absl::StatusOr<std::unique_ptr<line::Interrupt>> interrupt = line::Interrupt::Create();
  if (!interrupt.ok()) return Fail(interrupt.status(), debug);
  invocation.interrupt = interrupt->get();
  const absl::Status status = invocation.run(oci::Context().WithStop((*interrupt)->token()));
  return status.ok() ? 0 : Fail(status, debug);
}

}  // namespace
}  // namespace waybill::cli

int main(int argc, char** argv) { return waybill::cli::Main(argc, argv); }
