// SPDX-License-Identifier: Apache-2.0
// Maps of sparse files: which ranges of a file an archive stores; the rest is zeros.
#ifndef WAYBILL_OCI_TAR_SPARSE_H_
#define WAYBILL_OCI_TAR_SPARSE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/tar/entry.h"
#include "oci/tar/pax.h"

namespace waybill::oci::tar {

struct Fragment {
  int64_t offset = 0;  // in the whole file
  int64_t size = 0;
};
using SparseMap = std::vector<Fragment>;

// Reads one block, or fails.
using ReadBlockFn = absl::FunctionRef<absl::Status(std::string& block)>;

// Old GNU: the map begins in the entry's header and goes on in further blocks.
absl::StatusOr<SparseMap> ReadGnuSparseMap(const std::string& header, ReadBlockFn read_block);

// Which form of GNU's PAX maps the records are.
enum class PaxSparse { kNone, kInRecords, kInData };
PaxSparse PaxSparseOf(const PaxRecords& records);
// Gives the entry the name and the size of the whole file, which the header itself has otherwise.
absl::Status ApplySparseRecords(Entry& entry);
// 0.0 and 0.1: the map is a record.
absl::StatusOr<SparseMap> ParseSparseRecords(const PaxRecords& records);
// 1.0: the map is text before the data, padded to a block.
absl::StatusOr<SparseMap> ReadSparseText(ReadBlockFn read_block);

// The fragments that have bytes, when they are in order and inside `size`; INVALID_ARGUMENT otherwise. All forms are
// bounded: a map has at most a million fragments, its text at most one MiB.
absl::StatusOr<SparseMap> CheckSparseMap(SparseMap map, int64_t size);

}  // namespace waybill::oci::tar

#endif  // WAYBILL_OCI_TAR_SPARSE_H_
