// SPDX-License-Identifier: Apache-2.0
#include "oci/program/program.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/file/fd.h"
#include "oci/status_macros.h"

namespace waybill::oci::program {
namespace {

using file::Fd;

constexpr int kPollMilliseconds = 50;
constexpr int kExitPollMilliseconds = 2;

// The input as a file in memory: the program may read as much of it as it likes, and nobody waits for it to do so.
absl::StatusOr<Fd> FileOf(absl::string_view input) {
  Fd file(::memfd_create("input", MFD_CLOEXEC));
  if (!file.valid()) return ErrnoError(errno, "memfd_create");
  ABSL_RETURN_IF_ERROR(file::WriteFully(file, input, "input"));
  if (::lseek(file.number(), 0, SEEK_SET) != 0) return ErrnoError(errno, "lseek");
  return file;
}

struct Pipe {
  Fd read;
  Fd write;
};

absl::StatusOr<Pipe> NewPipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return ErrnoError(errno, "pipe");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

bool IsWithheld(absl::string_view variable, const std::vector<std::string>& names) {
  return std::any_of(names.begin(), names.end(), [variable](const std::string& name) {
    return absl::StartsWith(variable, name) && variable.substr(name.size(), 1) == "=";
  });
}

// Signals as a program expects them: this process ignores SIGPIPE, and its threads may block others.
class Attributes {
 public:
  Attributes() {
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes_, 0);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes_, &signals);
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&attributes_, &signals);
  }
  ~Attributes() { posix_spawnattr_destroy(&attributes_); }
  Attributes(const Attributes&) = delete;
  Attributes& operator=(const Attributes&) = delete;
  const posix_spawnattr_t* get() const { return &attributes_; }

 private:
  posix_spawnattr_t attributes_;
};

// A running program. At the end its group is killed and the program reaped. What leaves the group (setsid) is a daemon.
class Child {
 public:
  ~Child() {
    if (pid_ > 0) End();
  }

  absl::Status Start(const Command& command, absl::string_view input) {
    ABSL_ASSIGN_OR_RETURN(const Fd in, FileOf(input));
    ABSL_ASSIGN_OR_RETURN(Pipe out, NewPipe());
    ABSL_ASSIGN_OR_RETURN(Pipe errors, NewPipe());
    std::vector<char*> arguments = {const_cast<char*>(command.path.c_str())};
    for (const std::string& one : command.arguments) arguments.push_back(const_cast<char*>(one.c_str()));
    arguments.push_back(nullptr);
    std::vector<char*> variables;
    for (char** one = environ; *one != nullptr; ++one) {
      if (!IsWithheld(*one, command.withheld)) variables.push_back(*one);
    }
    variables.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in.number(), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out.write.number(), STDOUT_FILENO);
    if (command.keeps_errors) posix_spawn_file_actions_adddup2(&actions, errors.write.number(), STDERR_FILENO);
    const Attributes attributes;
    const int error =
        ::posix_spawn(&pid_, command.path.c_str(), &actions, attributes.get(), arguments.data(), variables.data());
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
      pid_ = 0;
      return ErrnoError(error, absl::StrCat("run ", command.path));
    }
    out_ = std::move(out.read);
    errors_ = std::move(errors.read);
    return absl::OkStatus();
  }

  // Until the program, and all that it started, have closed both.
  absl::Status Hear(const Context& context, Outcome& outcome) {
    while (out_.valid() || errors_.valid()) {
      ABSL_RETURN_IF_ERROR(context.Check());
      pollfd waiting[] = {{out_.number(), POLLIN, 0}, {errors_.number(), POLLIN, 0}};
      if (::poll(waiting, 2, kPollMilliseconds) <= 0) continue;
      if (waiting[0].revents != 0) Take(out_, outcome.output, kMaxOutputBytes + 1);
      if (waiting[1].revents != 0) Take(errors_, outcome.errors, kMaxErrorBytes);
      if (outcome.output.size() > kMaxOutputBytes) return InvalidInputError("output exceeds 1 MiB");
    }
    return absl::OkStatus();
  }

  // A program that has closed its output may still take its time.
  absl::Status Wait(const Context& context, Outcome& outcome) {
    siginfo_t info{};
    // It is not reaped yet: until then nobody else gets the number of its group.
    while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != pid_) {
      ABSL_RETURN_IF_ERROR(context.Check());
      ::poll(nullptr, 0, kExitPollMilliseconds);
    }
    End();
    outcome.exited = info.si_code == CLD_EXITED;
    outcome.code = info.si_status;
    return absl::OkStatus();
  }

 private:
  // Reads once; at the end of the stream closes it. What is beyond `limit` bytes is dropped.
  static void Take(Fd& from, std::string& to, size_t limit) {
    char chunk[4096];
    const ssize_t count = ::read(from.number(), chunk, sizeof chunk);
    if (count < 0 && errno == EINTR) return;
    if (count <= 0) {
      from = Fd();
      return;
    }
    to.append(chunk, std::min(static_cast<size_t>(count), limit - std::min(limit, to.size())));
  }

  void End() {
    ::kill(-pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
  }

  Fd out_;
  Fd errors_;
  pid_t pid_ = 0;
};

}  // namespace

absl::StatusOr<Outcome> Execute(const Context& context, const Command& command, absl::string_view input) {
  Child child;
  Outcome outcome;
  ABSL_RETURN_IF_ERROR(child.Start(command, input));
  ABSL_RETURN_IF_ERROR(child.Hear(context, outcome));
  ABSL_RETURN_IF_ERROR(child.Wait(context, outcome));
  return outcome;
}

}  // namespace waybill::oci::program
