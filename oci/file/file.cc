// SPDX-License-Identifier: Apache-2.0
#include "oci/file/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::oci::file {

absl::StatusOr<size_t> FileReader::Read(absl::Span<char> buffer) {
  const size_t want = std::min<uint64_t>(buffer.size(), static_cast<uint64_t>(rest_));
  if (want == 0) return 0;
  ssize_t count;
  do {
    count = pread(fd_.number(), buffer.data(), want, offset_);
  } while (count < 0 && errno == EINTR);
  if (count < 0) return ErrnoError(errno, absl::StrCat("read ", path_));
  if (count == 0) return StorageError(absl::StrCat("read ", path_, ": the file became ", rest_, " bytes shorter"));
  offset_ += count;
  rest_ -= count;
  return static_cast<size_t>(count);
}

absl::StatusOr<std::unique_ptr<FileSource>> FileSource::Open(std::string path, Links links) {
  ABSL_ASSIGN_OR_RETURN(const int64_t size, RegularFileSize(path, links));
  return std::make_unique<FileSource>(std::move(path), links, 0, size);
}

absl::StatusOr<std::unique_ptr<io::Reader>> FileSource::Open(const Context&, int64_t offset) const {
  ABSL_ASSIGN_OR_RETURN(RegularFile file, OpenRegular(path_, links_));
  // Advice only: without it reading is slower, not wrong.
  posix_fadvise(file.fd.number(), offset_ + offset, size_ - offset, POSIX_FADV_SEQUENTIAL);
  return std::make_unique<FileReader>(std::move(file.fd), path_, offset_ + offset, size_ - offset);
}

}  // namespace waybill::oci::file
