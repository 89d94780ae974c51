// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/manual/man_page.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace waybill::cli::manual {
namespace {

constexpr char kExitStatus[] = R"(.SH EXIT STATUS
.IP 0 4
done
.IP 1 4
usage
.IP 2 4
verification
.IP 3 4
credentials
.IP 4 4
refused by a registry
.IP 5 4
network
.IP 6 4
storage
.IP 70 4
fault of waybill
.IP 130 4
interrupted
)";

// Text of one line as roff takes it: no control line, and "-" as the character of ASCII.
std::string Escape(absl::string_view text) {
  std::string escaped = absl::StrReplaceAll(text, {{"\\", "\\e"}, {"-", "\\-"}, {"\n", " "}});
  if (absl::StartsWith(escaped, ".") || absl::StartsWith(escaped, "'")) escaped.insert(0, "\\&");
  return escaped;
}

std::string Bold(absl::string_view text) { return absl::StrCat("\\fB", Escape(text), "\\fR"); }
std::string Italic(absl::string_view text) { return absl::StrCat("\\fI", Escape(text), "\\fR"); }

std::string PageName(const CommandEntry& command) { return absl::StrReplaceAll(command.path, {{" ", "-"}}); }

std::string Synopsis(const CommandEntry& command) {
  std::string text = absl::StrCat(Bold(command.path), " [", Italic("OPTIONS"), "]");
  for (const OptionEntry& option : command.options) {
    if (option.is_required) absl::StrAppend(&text, " ", Bold(option.names.back()), " ", Italic(option.value));
  }
  for (const OptionEntry& argument : command.arguments) absl::StrAppend(&text, " ", Italic(argument.value));
  if (!command.commands.empty()) absl::StrAppend(&text, " ", Italic("COMMAND"));
  return text;
}

std::string Item(const OptionEntry& option, bool is_argument) {
  std::string tag;
  if (is_argument) {
    tag = Italic(option.value);
  } else {
    tag = absl::StrJoin(option.names, ", ", [](std::string* out, const std::string& name) { *out += Bold(name); });
    if (!option.value.empty()) absl::StrAppend(&tag, " ", Italic(option.value));
  }
  std::string text = absl::StrCat(".TP\n", tag, "\n", Escape(option.description));
  if (!option.default_value.empty()) absl::StrAppend(&text, " (default: ", Escape(option.default_value), ")");
  return absl::StrCat(text, "\n");
}

// A footer has sentences, and headings that end in a colon with indented lines below.
std::string Footer(absl::string_view footer) {
  std::string text;
  bool is_example = false;
  const auto leave_example = [&text, &is_example] {
    if (is_example) text += ".fi\n";
    is_example = false;
  };
  for (const absl::string_view line : absl::StrSplit(footer, '\n', absl::SkipWhitespace())) {
    const absl::string_view words = absl::StripAsciiWhitespace(line);
    if (absl::StartsWith(line, "  ")) {
      if (!is_example) text += ".nf\n";
      is_example = true;
      absl::StrAppend(&text, Escape(words), "\n");
    } else if (leave_example(); absl::EndsWith(words, ":")) {
      absl::StrAppend(&text, ".SH ", absl::AsciiStrToUpper(words.substr(0, words.size() - 1)), "\n");
    } else {
      absl::StrAppend(&text, ".PP\n", Escape(words), "\n");
    }
  }
  leave_example();
  return text;
}

std::string PageText(const CommandEntry& command, const CommandEntry& root, absl::string_view version) {
  std::string text = absl::StrCat(".TH ", absl::AsciiStrToUpper(Escape(PageName(command))), " 1 \"\" \"waybill ",
                                  Escape(version), "\"\n.SH NAME\n", Escape(PageName(command)), " \\- ",
                                  Escape(command.description), "\n.SH SYNOPSIS\n", Synopsis(command), "\n");
  if (!command.arguments.empty()) text += ".SH ARGUMENTS\n";
  for (const OptionEntry& argument : command.arguments) text += Item(argument, /*is_argument=*/true);
  if (!command.commands.empty()) text += ".SH COMMANDS\n";
  for (const CommandEntry& below : command.commands) {
    absl::StrAppend(&text, ".TP\n", Bold(below.name), "\n", Escape(below.description), "; see ", Bold(PageName(below)),
                    "(1)\n");
  }
  text += ".SH OPTIONS\n";
  for (const OptionEntry& option : command.options) text += Item(option, /*is_argument=*/false);
  absl::StrAppend(&text, Footer(command.footer), kExitStatus);
  if (&command != &root) absl::StrAppend(&text, ".SH SEE ALSO\n", Bold(root.name), "(1)\n");
  return text;
}

}  // namespace

std::vector<ManPage> ManPages(const CommandEntry& root, absl::string_view version) {
  std::vector<ManPage> pages;
  std::vector<const CommandEntry*> pending = {&root};
  while (!pending.empty()) {
    const CommandEntry& command = *pending.back();
    pending.pop_back();
    pages.push_back({.file = absl::StrCat(PageName(command), ".1"), .text = PageText(command, root, version)});
    for (const CommandEntry& below : command.commands) pending.push_back(&below);
  }
  return pages;
}

}  // namespace waybill::cli::manual
