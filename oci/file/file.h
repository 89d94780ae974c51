// SPDX-License-Identifier: Apache-2.0
// Streams over regular files.
#ifndef WAYBILL_OCI_FILE_FILE_H_
#define WAYBILL_OCI_FILE_FILE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "oci/file/fd.h"
#include "oci/io/stream.h"

namespace waybill::oci::file {

// Reads `size` bytes from `offset` of a file. An end before that is RESOURCE_EXHAUSTED (kStorage): the file changed.
class FileReader : public io::Reader {
 public:
  FileReader(Fd fd, std::string path, int64_t offset, int64_t size)
      : fd_(std::move(fd)), path_(std::move(path)), offset_(offset), rest_(size) {}
  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override;

 private:
  const Fd fd_;
  const std::string path_;
  int64_t offset_;
  int64_t rest_;
};

// A file, or a region of one. Holds no descriptor, so thousands may exist; each Open has its own.
class FileSource : public io::Source {
 public:
  // The whole file; its size is taken now. Errors as OpenRegular.
  static absl::StatusOr<std::unique_ptr<FileSource>> Open(std::string path, Links links);
  // `size` bytes from `offset`, which the caller knows to be there.
  FileSource(std::string path, Links links, int64_t offset, int64_t size)
      : path_(std::move(path)), links_(links), offset_(offset), size_(size) {}

  int64_t size() const override { return size_; }
  absl::StatusOr<std::unique_ptr<io::Reader>> Open(const Context& context, int64_t offset) const override;

 private:
  const std::string path_;
  const Links links_;
  const int64_t offset_;
  const int64_t size_;
};

// Writes to an open descriptor, which it owns. Close does not sync; a dropped writer leaves what it wrote.
class FileWriter : public io::Writer {
 public:
  // `name` is for errors.
  FileWriter(Fd fd, std::string name) : fd_(std::move(fd)), name_(std::move(name)) {}
  absl::Status Write(absl::string_view bytes) override { return WriteFully(fd_, bytes, name_); }
  absl::Status Close() override { return fd_.Close(name_); }

 private:
  Fd fd_;
  const std::string name_;
};

}  // namespace waybill::oci::file

#endif  // WAYBILL_OCI_FILE_FILE_H_
