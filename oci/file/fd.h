// SPDX-License-Identifier: Apache-2.0
// File descriptors and the few system calls on paths that the rest of the code needs, with errors that name the path.
#ifndef WAYBILL_OCI_FILE_FD_H_
#define WAYBILL_OCI_FILE_FD_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace waybill::oci::file {

// Owns one descriptor; closes it when dropped.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int number) : number_(number) {}
  ~Fd();
  Fd(Fd&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Fd& operator=(Fd&& other) noexcept;

  int number() const { return number_; }
  bool valid() const { return number_ >= 0; }
  // Gives the descriptor to a new owner, who closes it.
  int Release() { return std::exchange(number_, -1); }
  // Closes it and tells what close(2) says, which is where some file systems report lost data. `name` is for the error.
  absl::Status Close(absl::string_view name);

 private:
  int number_ = -1;
};

// kNever refuses a symbolic link as the last part of the path: for names inside a directory that others may write.
enum class Links { kFollow, kNever };

struct RegularFile {
  Fd fd;
  int64_t size = 0;
};

// Opens a regular file for reading; never blocks on a FIFO. NOT_FOUND when there is none, INVALID_ARGUMENT when it is
// something else.
absl::StatusOr<RegularFile> OpenRegular(const std::string& path, Links links);
// Its size, without keeping a descriptor. Errors as OpenRegular.
absl::StatusOr<int64_t> RegularFileSize(const std::string& path, Links links);

absl::StatusOr<Fd> OpenDirectory(const std::string& path);
// The directory that holds `path`; "." when that is a mere name.
std::string ParentOf(const std::string& path);
// `path` and those above it that do not exist, outermost first.
std::vector<std::string> MissingDirectories(std::string path);
// Creates the directory and its parents where they are missing.
absl::Status MakeDirectories(const std::string& path);
// Makes the names in the directory durable.
absl::Status SyncDirectory(const std::string& path);
// The same for one that is open already, so that no descriptor can be missing in the end.
absl::Status SyncOpenDirectory(const Fd& fd, absl::string_view path);
// Makes these names themselves durable.
absl::Status SyncParents(absl::Span<const std::string> paths);

// Writes everything; `name` is for the error.
absl::Status WriteFully(const Fd& fd, absl::string_view bytes, absl::string_view name);
// "prefix<16 random hex digits>".
absl::StatusOr<std::string> RandomName(absl::string_view prefix);

}  // namespace waybill::oci::file

#endif  // WAYBILL_OCI_FILE_FD_H_
