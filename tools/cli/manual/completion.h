// SPDX-License-Identifier: Apache-2.0
// What may come next on a command line.
#ifndef WAYBILL_TOOLS_CLI_MANUAL_COMPLETION_H_
#define WAYBILL_TOOLS_CLI_MANUAL_COMPLETION_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tools/cli/manual/command_entry.h"

namespace waybill::cli::manual {

struct Candidate {
  std::string word;  // the whole word, with what was typed of it
  std::string description;
};

struct Completion {
  enum class Follow {
    kSpace,        // the word is complete
    kNothing,      // more of the word follows, such as a path after "oci:"
    kFiles,        // the shell adds the names of files
    kDirectories,  // the shell adds the names of directories
  };
  Follow follow = Follow::kSpace;
  std::vector<Candidate> candidates;
};

// The last of `words` is the one that is being typed; the program's name is not among them. Looks at the disk for paths
// behind "oci:", "oci-archive:" and "docker-archive:", which shells do not complete, and lists at most 1000 of them.
Completion Complete(const CommandEntry& root, const std::vector<std::string>& words);

// What the scripts of CompletionScript read: a line that says how to go on (space, nothing, files, directories), then a
// line for each candidate: the word, a tab, the description.
std::string CompletionText(const Completion& completion);

}  // namespace waybill::cli::manual

#endif  // WAYBILL_TOOLS_CLI_MANUAL_COMPLETION_H_
