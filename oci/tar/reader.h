// SPDX-License-Identifier: Apache-2.0
// Reads a tar archive entry by entry.
#ifndef WAYBILL_OCI_TAR_READER_H_
#define WAYBILL_OCI_TAR_READER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "oci/io/stream.h"
#include "oci/tar/entry.h"
#include "oci/tar/header.h"
#include "oci/tar/pax.h"
#include "oci/tar/sparse.h"

namespace waybill::oci::tar {

// Reads what Go's archive/tar reads, with the same result: PAX and GNU extensions are resolved, and sparse files of
// every form (old GNU; PAX 0.0, 0.1, 1.0) have the size and the bytes of the whole file. A global PAX header is an
// entry of its own (kPaxGlobal) that holds its name and records; it changes nothing of the entries that follow. The
// archive ends with two zero blocks, or where the stream ends between entries. Memory is bounded whatever the archive
// claims; names are not checked and may point anywhere. A sparse file may claim any size: whoever reads it bounds that.
// Malformed archives are INVALID_ARGUMENT, and so is one that ends inside an entry. Not thread-safe.
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
  // Where the current entry begins in the archive, with the headers that extend it: a reader that is opened there reads
  // it.
  int64_t entry_offset() const { return entry_offset_; }
  // Where the current entry's data begins in the archive. Of a sparse file it is what the archive stores.
  int64_t data_offset() const { return data_offset_; }
  // Whether the current entry is a sparse file, so that its data is not one range of the archive.
  bool sparse() const { return sparse_.has_value(); }

 private:
  // What extension headers say about the entry that follows.
  struct Extensions {
    std::optional<PaxRecords> records;
    std::string long_name;
    std::string long_link;
    Formats formats = Formats::Any();
  };
  // Where a sparse file's bytes are, and how far it was read.
  struct Sparse {
    SparseMap map;
    size_t fragment = 0;
    int64_t position = 0;
    int64_t size = 0;
  };

  absl::Status Skip(const Context& context, int64_t bytes);
  // Goes behind the current entry; false when the archive ends before that, as it may inside padding.
  absl::StatusOr<bool> LeaveEntry(const Context& context);
  // Fills the buffer unless the archive ends: then fewer, also none.
  absl::StatusOr<size_t> ReadFully(const Context& context, absl::Span<char> buffer);
  // False at the end of the archive.
  absl::StatusOr<bool> ReadBlock(const Context& context, std::string& block);
  // Goes to the next header and reads it; false at the end of the archive.
  absl::StatusOr<bool> ReadHeaderBlock(const Context& context, std::string& block);
  // Sets how much data follows a header.
  absl::Status BeginData(const Entry& header);
  absl::StatusOr<std::string> ReadExtension(const Context& context);
  // True when the header is that of an entry and not of an extension.
  absl::StatusOr<bool> TakeHeader(const Context& context, Decoded& header, Extensions& extensions);
  absl::Status TakeGlobal(const Context& context, Entry& entry);
  absl::Status FinishEntry(const Context& context, const std::string& block, Magic magic, Extensions& extensions,
                           Entry& entry);
  absl::StatusOr<SparseMap> ReadSparseMap(const Context& context, const std::string& block, Magic magic, Entry& entry);
  absl::StatusOr<size_t> ReadStored(absl::Span<char> buffer);
  absl::StatusOr<size_t> ReadSparse(absl::Span<char> buffer);

  const io::Source* source_ = nullptr;
  io::Reader* from_ = nullptr;  // null: to be opened at `position_`
  std::unique_ptr<io::Reader> opened_;
  int64_t position_ = 0;
  int64_t entry_offset_ = 0;
  int64_t data_offset_ = 0;
  int64_t rest_ = 0;     // bytes of the current entry that were not read
  int64_t padding_ = 0;  // zero bytes after them
  std::optional<Sparse> sparse_;
};

}  // namespace waybill::oci::tar

#endif  // WAYBILL_OCI_TAR_READER_H_
