// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/files/stream_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/file/fd.h"
#include "oci/status_macros.h"

namespace waybill::cli::files {
namespace {

constexpr int kMaxLinks = 40;
// How often a FIFO is tried that nobody reads yet.
constexpr int kFifoMilliseconds = 50;

std::string NameOf(const std::string& path) { return path == "-" ? "standard output" : path; }

// Follows symbolic links, but not those in /proc, whose text is no path. The path itself where it leads nowhere.
std::string Resolve(const std::string& path) {
  if (path == "-") return path;
  std::filesystem::path at = path;
  for (int links = 0; links < kMaxLinks; ++links) {
    std::error_code error;
    const std::filesystem::path parent = canonical(at.has_parent_path() ? at.parent_path() : ".", error);
    if (error) return path;
    at = parent / at.filename();
    if (absl::StartsWith(at.native(), "/proc/") || !is_symlink(symlink_status(at, error))) return at;
    const std::filesystem::path target = read_symlink(at, error);
    if (error) return path;
    at = parent / target;
  }
  return path;
}

// N where the resolved path is this process's /proc/self/fd/N.
std::optional<int> OwnDescriptor(const std::string& resolved) {
  if (resolved == "-") return STDOUT_FILENO;
  std::error_code error;
  const std::filesystem::path own = std::filesystem::canonical("/proc/self/fd", error);
  const std::filesystem::path at(resolved);
  int number = 0;
  if (error || at.parent_path() != own || !absl::SimpleAtoi(at.filename().native(), &number)) return std::nullopt;
  return number;
}

// Readable once the context is stopped.
class StopEvent {
 public:
  explicit StopEvent(const oci::Context& context)
      : event_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), on_stop_(context.stop_token(), [this] { Signal(); }) {}

  pollfd Polled() const { return {.fd = event_.number(), .events = POLLIN, .revents = 0}; }

 private:
  void Signal() const {
    const uint64_t one = 1;
    // Cannot fail: the counter is 0.
    [[maybe_unused]] const ssize_t written = write(event_.number(), &one, sizeof(one));
  }

  const oci::file::Fd event_;
  const std::stop_callback<std::function<void()>> on_stop_;
};

class StreamWriter final : public oci::io::Writer {
 public:
  StreamWriter(const oci::Context& context, oci::file::Fd fd, std::string name, bool waits)
      : context_(context), stop_(context), fd_(std::move(fd)), name_(std::move(name)), waits_(waits) {}

  absl::Status Write(absl::string_view bytes) override {
    if (!waits_) return oci::file::WriteFully(fd_, bytes, name_);
    while (!bytes.empty()) {
      pollfd fds[] = {{.fd = fd_.number(), .events = POLLOUT, .revents = 0}, stop_.Polled()};
      if (poll(fds, 2, -1) < 0 && errno != EINTR) return oci::ErrnoError(errno, absl::StrCat("wait for ", name_));
      ABSL_RETURN_IF_ERROR(context_.Check());
      if (fds[0].revents == 0) continue;
      // As much as a pipe that can be written to is sure to take at once (pipe(7)).
      const ssize_t count = write(fd_.number(), bytes.data(), std::min<size_t>(bytes.size(), PIPE_BUF));
      if (count < 0 && (errno == EINTR || errno == EAGAIN)) continue;
      if (count < 0) return oci::ErrnoError(errno, absl::StrCat("write ", name_));
      bytes.remove_prefix(static_cast<size_t>(count));
    }
    return absl::OkStatus();
  }
  absl::Status Close() override { return fd_.Close(name_); }

 private:
  const oci::Context context_;
  const StopEvent stop_;
  oci::file::Fd fd_;
  const std::string name_;
  const bool waits_;  // it is no regular file
};

absl::StatusOr<oci::file::Fd> OpenForWriting(const oci::Context& context, const std::string& path) {
  const StopEvent stop(context);
  while (true) {
    // A FIFO without a reader is ENXIO at once instead of a wait that nothing ends.
    oci::file::Fd fd(open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
    if (fd.valid()) return fd;
    const int error = errno;
    std::error_code ignored;
    if (error != ENXIO || !std::filesystem::is_fifo(path, ignored)) {
      return oci::ErrnoError(error, absl::StrCat("open ", path));
    }
    pollfd stopped = stop.Polled();
    poll(&stopped, 1, kFifoMilliseconds);
    ABSL_RETURN_IF_ERROR(context.Check());
  }
}

}  // namespace

absl::StatusOr<PathKind> KindOfPath(const std::string& path) {
  const std::string resolved = Resolve(path);
  const std::optional<int> own = OwnDescriptor(resolved);
  if (own == STDOUT_FILENO) return PathKind::kStdout;
  if (own.has_value() && fcntl(*own, F_GETFD) < 0) return oci::NotFoundError(absl::StrCat(path, ": it is not open"));
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(resolved, error);
  switch (status.type()) {
    case std::filesystem::file_type::not_found:
      return PathKind::kFile;
    case std::filesystem::file_type::none:
      return oci::ErrnoError(error.value(), path);
    case std::filesystem::file_type::directory:
      return PathKind::kDirectory;
    case std::filesystem::file_type::regular:
      return absl::StartsWith(resolved, "/proc/") ? PathKind::kStream : PathKind::kFile;
    default:
      return PathKind::kStream;
  }
}

bool IsSamePath(const std::string& a, const std::string& b) { return Resolve(a) == Resolve(b); }

absl::StatusOr<std::unique_ptr<oci::io::Writer>> OpenStream(const oci::Context& context, const std::string& path) {
  const std::string resolved = Resolve(path);
  oci::file::Fd fd;
  if (const std::optional<int> own = OwnDescriptor(resolved); own.has_value()) {
    fd = oci::file::Fd(fcntl(*own, F_DUPFD_CLOEXEC, 0));
    if (!fd.valid()) return oci::ErrnoError(errno, absl::StrCat("open ", NameOf(path)));
  } else {
    ABSL_ASSIGN_OR_RETURN(fd, OpenForWriting(context, resolved));
  }
  struct stat info;
  const bool waits = fstat(fd.number(), &info) != 0 || !S_ISREG(info.st_mode);
  return std::make_unique<StreamWriter>(context, std::move(fd), NameOf(path), waits);
}

}  // namespace waybill::cli::files
