// SPDX-License-Identifier: Apache-2.0
// One entry of a tar archive: the whole header as a value.
#ifndef WAYBILL_OCI_TAR_ENTRY_H_
#define WAYBILL_OCI_TAR_ENTRY_H_

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace waybill::oci::tar {

inline constexpr int64_t kBlockBytes = 512;

// Type flags.
inline constexpr char kFile = '0';
inline constexpr char kHardLink = '1';
inline constexpr char kSymlink = '2';
inline constexpr char kCharDevice = '3';
inline constexpr char kBlockDevice = '4';
inline constexpr char kDirectory = '5';
inline constexpr char kFifo = '6';
inline constexpr char kSparse = 'S';  // old GNU
inline constexpr char kPax = 'x';
inline constexpr char kPaxGlobal = 'g';
inline constexpr char kGnuLongName = 'L';
inline constexpr char kGnuLongLink = 'K';

// PAX records of extended attributes: this and the attribute's name.
inline constexpr absl::string_view kXattrPrefix = "SCHILY.xattr.";

// A header's form. A reader says which one it saw; a writer keeps to it, so that what is read and written again does
// not change. kUnknown leaves the choice to the writer, which then rounds mtime to seconds and writes no other times.
enum class Format : uint8_t { kUnknown = 0, kUstar = 1, kPax = 2, kGnu = 4 };

// Seconds since 1970, and nanoseconds (0 to 999999999) that count forward.
struct Time {
  int64_t seconds = 0;
  int32_t nanoseconds = 0;

  friend auto operator<=>(const Time&, const Time&) = default;
};

struct Entry {
  std::string name;  // directories end in "/"
  char type = kFile;
  int64_t mode = 0;  // permissions and set-id bits; some writers add the bits of the file's type
  int64_t size = 0;  // bytes of data that follow, when the type has data
  int64_t uid = 0;
  int64_t gid = 0;
  std::string user;
  std::string group;
  std::string link;  // target of a hard or symbolic link
  Time mtime;
  std::optional<Time> atime;
  std::optional<Time> ctime;
  int64_t device_major = 0;
  int64_t device_minor = 0;
  // PAX records as they were read. Those that fields above stand for (path, size, mtime, ...) are written only where
  // their value is still that of the field.
  std::map<std::string, std::string> records;
  Format format = Format::kUnknown;
};

// Whether the size of an entry of this type counts: links, devices, directories and FIFOs have no data.
constexpr bool HasData(char type) { return type < '1' || type > '6'; }

// Zero bytes that follow `size` bytes of data.
constexpr int64_t PaddingOf(int64_t size) { return (kBlockBytes - size % kBlockBytes) % kBlockBytes; }

}  // namespace waybill::oci::tar

#endif  // WAYBILL_OCI_TAR_ENTRY_H_
