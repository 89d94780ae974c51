// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/manual/manual_commands.h"

#include <iostream>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/file/atomic_file.h"
#include "oci/file/fd.h"
#include "oci/status_macros.h"
#include "tools/cli/line/version.h"
#include "tools/cli/manual/command_entry.h"
#include "tools/cli/manual/completion_script.h"
#include "tools/cli/manual/man_page.h"
#include "tools/cli/reading/output.h"

namespace waybill::cli::manual {
namespace {

absl::Status PrintScript(const std::string& shell) {
  ABSL_ASSIGN_OR_RETURN(const absl::string_view script, CompletionScript(shell));
  std::cout << script;
  return reading::FlushOutput();
}

absl::Status WritePages(const CLI::App& app, const std::string& directory) {
  ABSL_RETURN_IF_ERROR(oci::file::MakeDirectories(directory));
  for (const ManPage& page : ManPages(DescribeCommand(app), line::kVersion)) {
    ABSL_RETURN_IF_ERROR(oci::file::WriteFileAtomically(absl::StrCat(directory, "/", page.file), page.text, {}));
  }
  return absl::OkStatus();
}

}  // namespace

void AddCompletionCommand(CLI::App& app, line::Invocation& invocation) {
  CLI::App& command = *app.add_subcommand("completion", "Print the script that makes a shell complete this command");
  // Shared: the parser's callbacks and the invocation both end at times of their own.
  const auto shell = std::make_shared<std::string>();
  command.add_option("shell", *shell, "The shell that loads the script")->required()->type_name(kShells);
  command.footer(
      "Examples:\n"
      "  source <(waybill completion bash)\n"
      "  waybill completion zsh >\"${fpath[1]}/_waybill\"\n"
      "  waybill completion fish >~/.config/fish/completions/waybill.fish");
  command.callback(
      [shell, &invocation] { invocation.run = [shell](const oci::Context&) { return PrintScript(*shell); }; });
}

void AddManCommand(CLI::App& app, line::Invocation& invocation) {
  CLI::App& command = *app.add_subcommand("man", "Write the manual pages of all commands");
  const auto directory = std::make_shared<std::string>();
  command.add_option("directory", *directory, "Where the pages are written, such as /usr/local/share/man/man1")
      ->required()
      ->type_name("DIR");
  command.callback([&app, directory, &invocation] {
    invocation.run = [&app, directory](const oci::Context&) { return WritePages(app, *directory); };
  });
}

}  // namespace waybill::cli::manual
