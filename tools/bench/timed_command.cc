// SPDX-License-Identifier: Apache-2.0
#include "tools/bench/timed_command.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace waybill::bench {
namespace {

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

// Whether the stream is the file now.
bool Redirect(const std::string& path, int flags, int stream) {
  if (path.empty()) return true;
  const int file = open(path.c_str(), flags, 0600);
  return file >= 0 && dup2(file, stream) >= 0;
}

}  // namespace

bool RunOnce(const std::string& input, const std::string& output, TimedCommand& row) {
  std::vector<char*> arguments;
  for (const std::string& word : row.command) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  const absl::Time begin = absl::Now();
  const pid_t child = fork();
  if (child == 0) {
    if (Redirect(input, O_RDONLY, STDIN_FILENO) && Redirect(output, O_WRONLY | O_CREAT | O_TRUNC, STDOUT_FILENO)) {
      execvp(arguments[0], arguments.data());
    }
    _exit(127);
  }
  int status = 0;
  rusage usage = {};
  if (child < 0 || wait4(child, &status, 0, &usage) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return false;
  }
  row.seconds = std::min(row.seconds, absl::ToDoubleSeconds(absl::Now() - begin));
  row.cpu_seconds = std::min(row.cpu_seconds, Seconds(usage.ru_utime) + Seconds(usage.ru_stime));
  row.peak_kib = std::max<int64_t>(row.peak_kib, usage.ru_maxrss);
  std::error_code error;
  if (!output.empty()) row.bytes = static_cast<int64_t>(std::filesystem::file_size(output, error));
  return true;
}

}  // namespace waybill::bench
