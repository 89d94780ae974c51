// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/manual/completion.h"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace waybill::cli::manual {
namespace {

constexpr size_t kMaxPaths = 1000;
// Of an image, with the places whose images lie in files.
constexpr absl::string_view kPathSchemes[] = {"oci:", "oci-archive:", "docker-archive:"};

// Where the words before the last one lead.
struct Position {
  std::vector<const CommandEntry*> commands;  // those that were named, one within the other
  const OptionEntry* awaiting = nullptr;      // the option whose value comes next
  size_t arguments = 0;                       // that were given
  bool only_arguments = false;                // "--" was there
};

const OptionEntry* FindOption(const Position& at, absl::string_view name) {
  for (const CommandEntry* command : at.commands) {
    for (const OptionEntry& option : command->options) {
      if (std::find(option.names.begin(), option.names.end(), name) != option.names.end()) return &option;
    }
  }
  return nullptr;
}

void Pass(Position& at, const std::string& word) {
  if (at.awaiting != nullptr) {
    at.awaiting = nullptr;
  } else if (!at.only_arguments && word == "--") {
    at.only_arguments = true;
  } else if (!at.only_arguments && absl::StartsWith(word, "-")) {
    const OptionEntry* option = FindOption(at, word);
    if (option != nullptr && !option->value.empty()) at.awaiting = option;
  } else {
    const std::vector<CommandEntry>& commands = at.commands.back()->commands;
    const auto named = std::find_if(commands.begin(), commands.end(),
                                    [&word](const CommandEntry& command) { return command.name == word; });
    if (named == commands.end()) {
      ++at.arguments;
    } else {
      at.commands.push_back(&*named);
    }
  }
}

void Add(Completion& completion, absl::string_view typed, std::string word, absl::string_view description) {
  if (!absl::StartsWith(word, typed)) return;
  completion.candidates.push_back({.word = std::move(word), .description = std::string(description)});
}

// The paths that begin with what was typed behind the scheme.
void AddPaths(Completion& completion, absl::string_view scheme, absl::string_view typed) {
  const std::string directory(typed.substr(0, typed.rfind('/') + 1));  // npos + 1 is 0
  std::error_code error;
  std::filesystem::directory_iterator entries(directory.empty() ? "." : directory, error);
  for (; !error && entries != std::filesystem::directory_iterator() && completion.candidates.size() < kMaxPaths;
       entries.increment(error)) {
    const std::string name = entries->path().filename().string();
    if (name.front() == '.' && !absl::StartsWith(typed.substr(directory.size()), ".")) continue;
    std::error_code ignored;
    const bool is_directory = entries->is_directory(ignored);
    Add(completion, absl::StrCat(scheme, typed), absl::StrCat(scheme, directory, name, is_directory ? "/" : ""), "");
  }
  std::sort(completion.candidates.begin(), completion.candidates.end(),
            [](const Candidate& a, const Candidate& b) { return a.word < b.word; });
}

Completion CompleteImage(absl::string_view typed) {
  Completion completion{.follow = Completion::Follow::kNothing};
  for (const absl::string_view scheme : kPathSchemes) {
    absl::string_view path = typed;
    if (!absl::ConsumePrefix(&path, scheme)) continue;
    AddPaths(completion, scheme, path);
    return completion;
  }
  Add(completion, typed, "docker://", "an image in a registry");
  Add(completion, typed, "oci:", "an OCI layout in a directory");
  Add(completion, typed, "oci-archive:", "an OCI layout in an archive");
  Add(completion, typed, "docker-archive:", "an archive of docker save");
  return completion;
}

// `before` stands in front of the value in the same word: "--to=".
Completion CompleteValue(const OptionEntry& option, absl::string_view before, absl::string_view typed) {
  Completion completion;
  if (option.value == "REF" || option.value == "SRC" || option.value == "DST" || option.value == "PLACE") {
    completion = CompleteImage(typed);
    for (Candidate& candidate : completion.candidates) candidate.word = absl::StrCat(before, candidate.word);
  } else if (option.value == "DIR") {
    completion.follow = Completion::Follow::kDirectories;
  } else if (option.value == "FILE") {
    completion.follow = Completion::Follow::kFiles;
  } else if (absl::StrContains(option.value, '|')) {
    for (const absl::string_view choice : absl::StrSplit(option.value, '|')) {
      Add(completion, absl::StrCat(before, typed), absl::StrCat(before, choice), "");
    }
  }
  return completion;
}

Completion CompleteOption(const Position& at, const std::string& typed) {
  const size_t equals = typed.find('=');
  if (equals != std::string::npos) {
    const OptionEntry* option = FindOption(at, typed.substr(0, equals));
    if (option == nullptr || option->value.empty()) return {};
    return CompleteValue(*option, typed.substr(0, equals + 1), typed.substr(equals + 1));
  }
  Completion completion;
  // An option of the program is one of every command.
  for (auto command = at.commands.rbegin(); command != at.commands.rend(); ++command) {
    for (const OptionEntry& option : (*command)->options) {
      const bool is_of_named = command == at.commands.rbegin();
      if (!is_of_named && (option.names.back() == "--help" || option.names.back() == "--version")) continue;
      Add(completion, typed, option.names.back(), option.description);
    }
  }
  return completion;
}

}  // namespace

Completion Complete(const CommandEntry& root, const std::vector<std::string>& words) {
  Position at{.commands = {&root}};
  if (words.empty()) return {};
  for (size_t i = 0; i + 1 < words.size(); ++i) Pass(at, words[i]);
  const std::string& typed = words.back();
  if (at.awaiting != nullptr) return CompleteValue(*at.awaiting, "", typed);
  if (!at.only_arguments && absl::StartsWith(typed, "-")) return CompleteOption(at, typed);
  const CommandEntry& command = *at.commands.back();
  Completion completion;
  for (const CommandEntry& below : command.commands) Add(completion, typed, below.name, below.description);
  if (!command.commands.empty() || command.arguments.empty()) return completion;
  return CompleteValue(command.arguments[std::min(at.arguments, command.arguments.size() - 1)], "", typed);
}

std::string CompletionText(const Completion& completion) {
  constexpr absl::string_view kFollow[] = {"space", "nothing", "files", "directories"};
  std::string text = absl::StrCat(kFollow[static_cast<size_t>(completion.follow)], "\n");
  for (const Candidate& candidate : completion.candidates) {
    // A name that would end its line cannot be completed.
    if (absl::StrContains(candidate.word, '\n') || absl::StrContains(candidate.word, '\t')) continue;
    absl::StrAppend(&text, candidate.word, "\t", absl::StrReplaceAll(candidate.description, {{"\n", " "}, {"\t", " "}}),
                    "\n");
  }
  return text;
}

}  // namespace waybill::cli::manual
