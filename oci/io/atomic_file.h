// SPDX-License-Identifier: Apache-2.0
// A file that is there in full or not at all.
#ifndef WAYBILL_OCI_IO_ATOMIC_FILE_H_
#define WAYBILL_OCI_IO_ATOMIC_FILE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "oci/io/fd.h"
#include "oci/io/stream.h"

namespace waybill::oci::io {

// Bytes go to a hidden temporary name beside the destination, which Commit renames. Dropped without Commit, the
// temporary file is removed; after a crash it stays, hidden (".waybill-<hex>"), and the destination is untouched.
// Errors name the destination. Not thread-safe.
class AtomicFile : public Writer {
 public:
  struct Options {
    mode_t mode = 0666;  // before the umask
    bool sync = true;    // fsync the file before the rename and its directory afterwards
  };

  // An existing regular file will be replaced; a symbolic link is followed. Anything else there (a directory, a
  // device) is INVALID_ARGUMENT.
  static absl::StatusOr<std::unique_ptr<AtomicFile>> Create(const std::string& path, const Options& options);
  // The temporary file goes to `directory`, which is made when it is missing; the destination, on the same file system,
  // is named in CommitTo.
  static absl::StatusOr<std::unique_ptr<AtomicFile>> CreateIn(const std::string& directory, const Options& options);
  ~AtomicFile() override;

  absl::Status Write(absl::string_view bytes) override;
  // Makes the bytes durable (with `sync`), not visible. Commit does it too.
  absl::Status Close() override;
  // Makes the file visible under the path given to Create.
  absl::Status Commit();
  // Makes it visible under `path`; SyncDirectory makes that name durable.
  absl::Status CommitTo(const std::string& path);
  // Where the bytes are until then.
  const std::string& temporary_path() const { return temporary_; }

 private:
  AtomicFile(Fd fd, std::string path, std::string temporary, bool sync)
      : fd_(std::move(fd)), path_(std::move(path)), temporary_(std::move(temporary)), sync_(sync) {}

  Fd fd_;
  const std::string path_;  // the destination, or the directory given to CreateIn
  std::string temporary_;   // empty once it is renamed
  const bool sync_;
  int64_t written_ = 0;  // bytes
  int64_t flushed_ = 0;  // bytes that the kernel was asked to start writing to the disk
};

// Creates or replaces a small file at once.
absl::Status WriteFileAtomically(const std::string& path, absl::string_view bytes, const AtomicFile::Options& options);

}  // namespace waybill::oci::io

#endif  // WAYBILL_OCI_IO_ATOMIC_FILE_H_
