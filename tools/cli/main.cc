// SPDX-License-Identifier: Apache-2.0
// The waybill command: reads the command line, runs the command, tells how it went (docs/cli.md).
#include <csignal>
#include <iostream>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "exporter/rpc/process.h"
#include "oci/context.h"
#include "oci/error.h"
#include "tools/cli/bridge_command.h"
#include "tools/cli/config_command.h"
#include "tools/cli/exit_code.h"
#include "tools/cli/export_command.h"
#include "tools/cli/interrupt.h"
#include "tools/cli/invocation.h"
#include "tools/cli/registry_command.h"
#include "tools/cli/serve_command.h"
#include "tools/cli/version.h"

namespace waybill::cli {
namespace {

int Fail(const absl::Status& status, bool debug) {
  std::cerr << ErrorLine(status);
  if (debug) std::cerr << ErrorDetails(status);
  return ExitCodeOf(status);
}

// The command that was named: "waybill registry serve".
std::string CommandOf(const CLI::App& app) {
  std::string command = app.get_name();
  for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
    at = at->get_subcommands().front();
    absl::StrAppend(&command, " ", at->get_name());
  }
  return command;
}

int Main(int argc, char** argv) {
  Invocation invocation;
  CLI::App app("Exports build results as images, byte for byte as BuildKit writes them.", "waybill");
  app.set_version_flag("--version", std::string("waybill ") + kVersion);
  app.add_flag("--debug", invocation.debug, "After an error, print its code, reason and details");
  app.require_subcommand(1);
  app.fallthrough();
  AddConfigCommand(app, invocation);
  AddExportCommand(app, invocation);
  AddBridgeCommand(app, invocation);
  AddRegistryCommand(app, invocation);
  AddServeCommand(app, invocation);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help and version end here too, with code 0.
    if (error.get_exit_code() == 0) return app.exit(error, std::cout, std::cerr);
    return Fail(oci::InvalidInputError(absl::StrCat(error.what(), "; see ", CommandOf(app), " --help")), false);
  }

  exporter::rpc::SilenceGrpcLog();
  // A reader that goes away is an error of the write, which ends what it has to.
  std::signal(SIGPIPE, SIG_IGN);
  // Before any other thread: they inherit the blocked signals.
  const absl::StatusOr<std::unique_ptr<Interrupt>> interrupt = Interrupt::Create();
  if (!interrupt.ok()) return Fail(interrupt.status(), invocation.debug);
  const absl::Status status = invocation.run(oci::Context().WithStop((*interrupt)->token()));
  return status.ok() ? 0 : Fail(status, invocation.debug);
}

}  // namespace
}  // namespace waybill::cli

int main(int argc, char** argv) { return waybill::cli::Main(argc, argv); }
