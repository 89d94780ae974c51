// SPDX-License-Identifier: Apache-2.0
#include "tools/deflate/go_gzip.h"

#include <fcntl.h>
#include <pwd.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::deflate_tools {
namespace {

std::string LittleEndian(uint32_t word) {
  std::string bytes;
  for (int shift = 0; shift < 32; shift += 8) bytes.push_back(static_cast<char>(word >> shift & 0xff));
  return bytes;
}

}  // namespace

std::string PeerProgram(absl::string_view name) {
  const char* peers = std::getenv("WAYBILL_PEERS");
  if (peers != nullptr) return absl::StrCat(peers, "/bin/", name);
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr) return absl::StrCat(cache, "/waybill/peers/bin/", name);
  // Bazel keeps HOME from tests.
  const char* home = std::getenv("HOME");
  const passwd* user = home == nullptr ? getpwuid(getuid()) : nullptr;
  if (user != nullptr) home = user->pw_dir;
  return absl::StrCat(home == nullptr ? "" : home, "/.cache/waybill/peers/bin/", name);
}

absl::StatusOr<std::unique_ptr<GoGzip>> GoGzip::Start(const std::string& program) {
  int in[2];
  int out[2];
  if (pipe2(in, O_CLOEXEC) != 0) return oci::ErrnoError(errno, "pipe");
  if (pipe2(out, O_CLOEXEC) != 0) return oci::ErrnoError(errno, "pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
  std::string name = program;
  std::string serve = "serve";
  char* const arguments[] = {name.data(), serve.data(), nullptr};
  pid_t child = 0;
  const int failed = posix_spawn(&child, program.c_str(), &actions, nullptr, arguments, environ);
  posix_spawn_file_actions_destroy(&actions);
  close(in[0]);
  close(out[1]);
  if (failed != 0) {
    close(in[1]);
    close(out[0]);
    return oci::ErrnoError(failed, absl::StrCat("start ", program));
  }
  return absl::WrapUnique(new GoGzip(child, in[1], out[0]));
}

GoGzip::~GoGzip() {
  close(to_);
  close(from_);
  waitpid(child_, nullptr, 0);
}

absl::StatusOr<std::string> GoGzip::Compress(int level, bool flush, absl::string_view input) {
  const std::string header = {static_cast<char>(level), static_cast<char>(flush)};
  ABSL_RETURN_IF_ERROR(Send(absl::StrCat(header, LittleEndian(static_cast<uint32_t>(input.size())))));
  ABSL_RETURN_IF_ERROR(Send(input));
  std::string size(4, '\0');
  ABSL_RETURN_IF_ERROR(Receive(size));
  size_t bytes = 0;
  for (size_t i = 4; i-- > 0;) bytes = bytes << 8 | static_cast<unsigned char>(size[i]);
  std::string member(bytes, '\0');
  ABSL_RETURN_IF_ERROR(Receive(member));
  return member;
}

absl::Status GoGzip::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(to_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return oci::ErrnoError(errno, "write to go-gzip");
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return absl::OkStatus();
}

absl::Status GoGzip::Receive(std::string& bytes) {
  for (size_t done = 0; done < bytes.size();) {
    const ssize_t count = read(from_, &bytes[done], bytes.size() - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return oci::ErrnoError(errno, "read from go-gzip");
    if (count == 0) return oci::InvalidInputError("go-gzip ended");
    done += static_cast<size_t>(count);
  }
  return absl::OkStatus();
}

}  // namespace waybill::deflate_tools
