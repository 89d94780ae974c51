// SPDX-License-Identifier: Apache-2.0
// Another program, run with bytes in and bytes out: bounded in time and output, without a shell, stopped with the
// context.
#ifndef WAYBILL_OCI_PROGRAM_PROGRAM_H_
#define WAYBILL_OCI_PROGRAM_PROGRAM_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/context.h"

namespace waybill::oci::program {

inline constexpr size_t kMaxOutputBytes = 1 << 20;
// Of standard error; what comes after is dropped.
inline constexpr size_t kMaxErrorBytes = 4 << 10;

struct Command {
  std::string path;  // not searched for in PATH
  std::vector<std::string> arguments;
  std::vector<std::string> withheld = {};  // names of variables that the program does not inherit
  bool keeps_errors = false;               // whether standard error comes back, instead of being this process's
};

struct Outcome {
  std::string output;
  std::string errors;
  bool exited = false;  // otherwise a signal ended the program
  int code = 0;         // exit code, or the signal

  bool Succeeded() const { return exited && code == 0; }
};

// Runs the program with `input` on its standard input, and waits for it. The program gets a process group of its own,
// which is killed at the end with all that the program started in it. A program that does not read its input is no
// failure. Blocks; thread-safe. Errors: those of the context, which bounds the time; those of the system, naming the
// path; INVALID_ARGUMENT for more than kMaxOutputBytes.
absl::StatusOr<Outcome> Execute(const Context& context, const Command& command, absl::string_view input);

}  // namespace waybill::oci::program

#endif  // WAYBILL_OCI_PROGRAM_PROGRAM_H_
