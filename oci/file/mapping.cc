// SPDX-License-Identifier: Apache-2.0
#include "oci/file/mapping.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/file/fd.h"
#include "oci/status_macros.h"

namespace waybill::oci::file {
namespace {

absl::StatusOr<Fd> CreateNameless(const std::string& directory) {
  Fd fd(open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (fd.valid()) return fd;
  if (errno != EOPNOTSUPP && errno != EISDIR) return ErrnoError(errno, absl::StrCat("create a file in ", directory));
  // A file system without O_TMPFILE.
  ABSL_ASSIGN_OR_RETURN(const std::string path, RandomName(absl::StrCat(directory, "/.waybill-")));
  fd = Fd(open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd.valid()) return ErrnoError(errno, absl::StrCat("create a file in ", directory));
  if (unlink(path.c_str()) != 0) return ErrnoError(errno, absl::StrCat("remove ", path));
  return fd;
}

// Counts, and refuses what goes beyond the limit before it is written.
class SpoolWriter : public io::Writer {
 public:
  SpoolWriter(const Fd& fd, const std::string& name, int64_t limit) : fd_(fd), name_(name), limit_(limit) {}
  absl::Status Write(absl::string_view bytes) override {
    size_ += static_cast<int64_t>(bytes.size());
    if (size_ > limit_) return InvalidInputError(absl::StrCat("exceeds ", limit_, " bytes"));
    return WriteFully(fd_, bytes, name_);
  }
  absl::Status Close() override { return absl::OkStatus(); }

 private:
  const Fd& fd_;
  const std::string& name_;
  const int64_t limit_;
  int64_t size_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Mapping>> Mapping::Spool(const Context& context, io::Reader& from,
                                                        const std::string& directory, int64_t limit) {
  const std::string name = absl::StrCat("a temporary file in ", directory);
  ABSL_ASSIGN_OR_RETURN(const Fd fd, CreateNameless(directory));
  SpoolWriter writer(fd, name, limit);
  ABSL_ASSIGN_OR_RETURN(const int64_t size, io::Copy(context, from, writer));
  if (size == 0) return std::unique_ptr<Mapping>(new Mapping(""));  // mmap refuses an empty range
  void* const address = mmap(nullptr, static_cast<size_t>(size), PROT_READ, MAP_PRIVATE, fd.number(), 0);
  if (address == MAP_FAILED) return ErrnoError(errno, absl::StrCat("map ", name));
  return std::unique_ptr<Mapping>(
      new Mapping(absl::string_view(static_cast<const char*>(address), static_cast<size_t>(size))));
}

Mapping::~Mapping() {
  if (!bytes_.empty()) munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

}  // namespace waybill::oci::file
