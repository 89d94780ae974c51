// SPDX-License-Identifier: Apache-2.0
// A file that is there in full or not at all.
#ifndef WAYBILL_OCI_FILE_ATOMIC_FILE_H_
#define WAYBILL_OCI_FILE_ATOMIC_FILE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "oci/file/fd.h"
#include "oci/io/stream.h"

namespace waybill::oci::file {

// Until Commit the bytes are in a file without a name (O_TMPFILE), which is gone with its process, however that ends. A
// file system without such files gets a hidden name instead (hidden_file.h). A killed process leaves that file behind,
// and the next durable file (`sync`) that is created beside it removes it. Either way the destination is untouched
// until Commit, and dropped without it, nothing stays. Errors name the destination. Not thread-safe.
class AtomicFile : public io::Writer {
 public:
  struct Options {
    mode_t mode = 0666;  // before the umask
    bool sync = true;    // fsync the file before it gets its name and the directory afterwards
    bool named = false;  // a hidden name from the beginning, on every file system
  };

  // An existing regular file will be replaced; a symbolic link is followed. Anything else there (a directory, a
  // device) is INVALID_ARGUMENT.
  static absl::StatusOr<std::unique_ptr<AtomicFile>> Create(const std::string& path, const Options& options);
  // The bytes go to `directory`, which is made when it is missing; the destination, on the same file system, is named
  // in CommitTo.
  static absl::StatusOr<std::unique_ptr<AtomicFile>> CreateIn(const std::string& directory, const Options& options);
  ~AtomicFile() override;

  absl::Status Write(absl::string_view bytes) override;
  // Makes the bytes durable (with `sync`), not visible; may keep the descriptor. Commit does it too.
  absl::Status Close() override;
  // Makes the file visible under the path given to Create. An error after that step means that a power cut may take the
  // name back: committed() tells it from an error before.
  absl::Status Commit();
  // Whether the file has its name. From then on it must count as there, whatever failed afterwards.
  bool committed() const { return committed_; }
  // Makes it visible under `path`; SyncDirectory makes that name durable.
  absl::Status CommitTo(const std::string& path);

 private:
  AtomicFile(Fd fd, std::string path, std::string hidden, bool sync)
      : fd_(std::move(fd)), path_(std::move(path)), hidden_(std::move(hidden)), sync_(sync) {}

  absl::Status CloseOnce();
  absl::Status CheckClosing() const;
  absl::Status GiveName(const std::string& path);
  absl::Status CopyTo(const std::string& path);
  absl::Status RenameTo(const std::string& path);

  Fd fd_;
  const std::string path_;  // the destination, or the directory given to CreateIn
  std::string hidden_;      // the temporary name; empty while there is none, and at the end
  const bool sync_;
  std::optional<absl::Status> closed_;  // what Close said
  bool committed_ = false;
  int64_t written_ = 0;  // bytes
  int64_t flushed_ = 0;  // bytes that the kernel was asked to start writing to the disk
};

// Creates or replaces a small file at once.
absl::Status WriteFileAtomically(const std::string& path, absl::string_view bytes, const AtomicFile::Options& options);

}  // namespace waybill::oci::file

#endif  // WAYBILL_OCI_FILE_ATOMIC_FILE_H_
