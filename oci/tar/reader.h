// SPDX-License-Identifier: Apache-2.0
// Reads a tar archive entry by entry.
#ifndef WAYBILL_OCI_TAR_READER_H_
#define WAYBILL_OCI_TAR_READER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "oci/io/stream.h"
#include "oci/tar/header.h"

namespace waybill::oci::tar {

// Names and sizes are true: long names of PAX and GNU are resolved, global PAX headers are passed over. Memory is
// bounded whatever the archive claims; names are not checked and may point anywhere. Sparse files, in every form of GNU
// and PAX, have the type kSparse, and as data what is stored of them: pieces without the holes, and maybe a map.
// Malformed archives are INVALID_ARGUMENT; one that ends inside an entry is too. Not thread-safe.
class Reader : public io::Reader {
 public:
  // Reads a stream that must outlive this; what is not read of an entry is read and dropped.
  explicit Reader(io::Reader& from) : from_(&from) {}
  // Opens `source`, which must outlive this, as needed: entries that are not read are jumped over.
  explicit Reader(const io::Source& source) : source_(&source) {}

  // The next entry, nothing at the end.
  absl::StatusOr<std::optional<Entry>> Next(const Context& context);
  // Data of the current entry; 0 at its end.
  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override;
  // Where the current entry's data begins in the archive.
  int64_t data_offset() const { return data_offset_; }

 private:
  struct Overrides;

  absl::Status Skip(const Context& context, int64_t bytes);
  // Fills the buffer unless the archive ends: then fewer, also none.
  absl::StatusOr<size_t> ReadFully(const Context& context, absl::Span<char> buffer);
  // False at the end of the archive.
  absl::StatusOr<bool> ReadBlock(const Context& context, std::string& block);
  absl::StatusOr<std::string> ReadSpecial(const Context& context, const Entry& header);
  // The rest of the map in an old GNU sparse file's header.
  absl::Status SkipSparseMap(const Context& context, std::string block);
  absl::Status TakeSpecial(const Context& context, const Entry& header, Overrides& overrides);

  const io::Source* source_ = nullptr;
  io::Reader* from_ = nullptr;  // null: to be opened at `position_`
  std::unique_ptr<io::Reader> opened_;
  int64_t position_ = 0;
  int64_t data_offset_ = 0;
  int64_t rest_ = 0;     // bytes of the current entry that were not read
  int64_t padding_ = 0;  // zero bytes after them
};

}  // namespace waybill::oci::tar

#endif  // WAYBILL_OCI_TAR_READER_H_
