// SPDX-License-Identifier: Apache-2.0
// Tar headers: written as Go's archive/tar writes them (USTAR, PAX where USTAR does not do), read in every form that
// it reads. Fields are encoded one by one; there is no struct laid over bytes.
#ifndef WAYBILL_OCI_TAR_HEADER_H_
#define WAYBILL_OCI_TAR_HEADER_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace waybill::oci::tar {

inline constexpr int64_t kBlockBytes = 512;

// Type flags.
inline constexpr char kFile = '0';
inline constexpr char kDirectory = '5';
inline constexpr char kSparse = 'S';
inline constexpr char kPax = 'x';
inline constexpr char kPaxGlobal = 'g';
inline constexpr char kGnuLongName = 'L';
inline constexpr char kGnuLongLink = 'K';

// The parts of a header that images need. Owners, times and devices are written as zero and not read.
struct Entry {
  std::string name;  // directories end in "/"
  char type = kFile;
  uint32_t mode = 0;
  int64_t size = 0;  // bytes of data that follow
};

// Whether the size of an entry of this type counts: links, devices and directories have no data.
constexpr bool HasData(char type) { return type < '1' || type > '6'; }

// Zero bytes that follow `size` bytes of data.
constexpr int64_t PaddingOf(int64_t size) { return (kBlockBytes - size % kBlockBytes) % kBlockBytes; }

// One block, or three or more when it needs a PAX record.
std::string EncodeHeader(const Entry& entry);

// Reads one block, its checksum included; true sizes and names that other blocks give are the caller's business.
// INVALID_ARGUMENT says which field is wrong.
absl::StatusOr<Entry> DecodeHeader(absl::string_view block);
// Whether the block is all zeros, as at an archive's end.
bool IsZeroBlock(absl::string_view block);

// "<length> <key>=<value>\n", any number of them; the last one of a key wins. INVALID_ARGUMENT when malformed.
absl::StatusOr<std::map<std::string, std::string>> ParsePaxRecords(absl::string_view records);

}  // namespace waybill::oci::tar

#endif  // WAYBILL_OCI_TAR_HEADER_H_
