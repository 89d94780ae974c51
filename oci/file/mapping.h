// SPDX-License-Identifier: Apache-2.0
// A stream as memory that the kernel may page out: for documents that need random access and have any size.
#ifndef WAYBILL_OCI_FILE_MAPPING_H_
#define WAYBILL_OCI_FILE_MAPPING_H_

#include <memory>
#include <string>

#include "oci/io/stream.h"

namespace waybill::oci::file {

// Bytes in an unlinked temporary file, mapped read-only. Safe to read from several threads.
class Mapping {
 public:
  // Reads `from` to its end, at most `limit` bytes (more is INVALID_ARGUMENT "exceeds <limit> bytes"), into a file in
  // `directory` that has no name and goes when the mapping goes.
  static absl::StatusOr<std::unique_ptr<Mapping>> Spool(const Context& context, io::Reader& from,
                                                        const std::string& directory, int64_t limit);
  ~Mapping();
  Mapping(const Mapping&) = delete;
  Mapping& operator=(const Mapping&) = delete;

  // Valid as long as the mapping.
  absl::string_view bytes() const { return bytes_; }

 private:
  explicit Mapping(absl::string_view bytes) : bytes_(bytes) {}
  const absl::string_view bytes_;
};

}  // namespace waybill::oci::file

#endif  // WAYBILL_OCI_FILE_MAPPING_H_
