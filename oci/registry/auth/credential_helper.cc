// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/auth/credential_helper.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "oci/error.h"
#include "oci/http/redact.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"
#include "oci/words/quote.h"

namespace waybill::oci::registry::auth {
namespace {

constexpr size_t kMaxOutput = 1 << 20;
constexpr int kPollMilliseconds = 50;
constexpr int kExitPollMilliseconds = 2;
constexpr absl::string_view kMissing[] = {"credentials not found in native keychain", "no credentials server URL",
                                          "no credentials username"};

bool ValidSuffix(absl::string_view suffix) {
  return !suffix.empty() && std::all_of(suffix.begin(), suffix.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
  });
}

std::string FindProgram(absl::string_view name, absl::string_view search_path) {
  for (absl::string_view directory : absl::StrSplit(search_path, ':')) {
    std::string path = absl::StrCat(directory, "/", name);
    if (!directory.empty() && ::access(path.c_str(), X_OK) == 0) return path;
  }
  return "";
}

// An object, or a name and its value: the secret is not one that we hold yet, so that it cannot be found in the words.
bool MayHoldSecret(absl::string_view words) {
  if (absl::StrContains(words, '{')) return true;
  const std::string lowered = absl::AsciiStrToLower(words);
  const absl::string_view lower = lowered;
  for (const absl::string_view name : {"secret", "password", "token"}) {
    for (size_t at = lower.find(name); at != lower.npos; at = lower.find(name, at + 1)) {
      const size_t next = lower.find_first_not_of(" \t\"'", at + name.size());
      if (next != lower.npos && (lower[next] == ':' || lower[next] == '=')) return true;
    }
  }
  return false;
}

// A running program with one socket as its standard input and output, in a process group of its own. At the end the
// group is killed with all that the program started, and the program reaped. What leaves the group (setsid) is a
// daemon.
class Child {
 public:
  ~Child() {
    if (socket_ >= 0) ::close(socket_);
    if (pid_ > 0) End();
  }

  absl::Status Start(const std::string& path) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return ErrnoError(errno, "socketpair");
    socket_ = ends[0];
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    // We ignore SIGPIPE, and threads may block signals: that is not the program's.
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes, &signals);
    sigfillset(&signals);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    const std::string verb = "get";
    char* const argv[] = {const_cast<char*>(path.c_str()), const_cast<char*>(verb.c_str()), nullptr};
    const int error = ::posix_spawn(&pid_, path.c_str(), &actions, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (error == 0) return absl::OkStatus();
    pid_ = 0;
    return ErrnoError(error, absl::StrCat("run ", path));
  }

  // A program that does not read its input is no failure.
  void Say(absl::string_view text) {
    while (!text.empty()) {
      const ssize_t n = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
      if (n <= 0) break;
      text.remove_prefix(n);
    }
    ::shutdown(socket_, SHUT_WR);
  }

  absl::StatusOr<std::string> Hear(const Context& context) {
    std::string output;
    char chunk[4096];
    while (true) {
      ABSL_RETURN_IF_ERROR(context.Check());
      pollfd waiting{socket_, POLLIN, 0};
      if (::poll(&waiting, 1, kPollMilliseconds) <= 0) continue;
      const ssize_t n = ::read(socket_, chunk, sizeof chunk);
      if (n <= 0) return output;
      output.append(chunk, n);
      if (output.size() > kMaxOutput) return InvalidInputError("output exceeds 1 MiB");
    }
  }

  // The exit status. A program that has closed its output may still take its time.
  absl::StatusOr<bool> Succeeded(const Context& context) {
    siginfo_t info{};
    // It is not reaped yet: until then nobody else gets the number of its group.
    while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != pid_) {
      ABSL_RETURN_IF_ERROR(context.Check());
      ::poll(nullptr, 0, kExitPollMilliseconds);
    }
    End();
    return info.si_code == CLD_EXITED && info.si_status == 0;
  }

 private:
  void End() {
    ::kill(-pid_, SIGKILL);
    while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = 0;
  }

  int socket_ = -1;
  pid_t pid_ = 0;
};

absl::StatusOr<Credentials> Run(const Context& context, const HelperCall& call, const std::string& path) {
  Child child;
  ABSL_RETURN_IF_ERROR(child.Start(path));
  child.Say(call.server);
  const Context limited = context.WithTimeout(call.timeout);
  ABSL_ASSIGN_OR_RETURN(const std::string output, child.Hear(limited));
  ABSL_ASSIGN_OR_RETURN(const bool succeeded, child.Succeeded(limited));
  if (succeeded) return ParseHelperOutput(output);
  const absl::string_view words = absl::StripAsciiWhitespace(output);
  if (std::find(std::begin(kMissing), std::end(kMissing), words) != std::end(kMissing)) return Credentials{};
  // Words for people are quoted. An answer for programs may hold the secret, also one that is only nearly JSON.
  if (MayHoldSecret(words)) {
    return MakeError(Reason::kAuth, "it failed, and its words may hold a secret");
  }
  return MakeError(Reason::kAuth, http::RedactText(words, words::kMaxQuotedBytes));
}

}  // namespace

absl::StatusOr<Credentials> ParseHelperOutput(absl::string_view output) {
  const absl::StatusOr<json::Fields> fields = json::Fields::Parse(output);
  if (!fields.ok()) return InvalidInputError("output is no JSON object");
  const absl::StatusOr<std::string> username = json::DecodeString(fields->Find("Username"));
  const absl::StatusOr<std::string> secret = json::DecodeString(fields->Find("Secret"));
  if (!username.ok() || !secret.ok()) return InvalidInputError("output lacks Username or Secret");
  if (*username == "<token>") return Credentials{.identity_token = *secret};
  return Credentials{.username = *username, .password = *secret};
}

absl::StatusOr<Credentials> AskHelper(const Context& context, const HelperCall& call) {
  if (!ValidSuffix(call.suffix)) return InvalidInputError("bad name of a credential helper");
  const std::string name = absl::StrCat("docker-credential-", call.suffix);
  const std::string path = FindProgram(name, call.search_path);
  if (path.empty()) return NotFoundError(absl::StrCat(name, " is not in PATH"));
  absl::StatusOr<Credentials> credentials = Run(context, call, path);
  if (ReasonOf(credentials.status()) == Reason::kTimeout && context.Check().ok()) {
    // Nothing to try again: it may be waiting for somebody.
    credentials = MakeError(Reason::kAuth, absl::StrCat("no answer within ", absl::FormatDuration(call.timeout)));
  }
  if (!credentials.ok()) return Annotate(credentials.status(), absl::StrCat(name, " get ", call.server));
  return credentials;
}

}  // namespace waybill::oci::registry::auth
