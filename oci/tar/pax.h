// SPDX-License-Identifier: Apache-2.0
// PAX records (POSIX.1-2001 pax, "extended header"), as Go's archive/tar takes and writes them.
#ifndef WAYBILL_OCI_TAR_PAX_H_
#define WAYBILL_OCI_TAR_PAX_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/tar/entry.h"

namespace waybill::oci::tar {

inline constexpr absl::string_view kPaxPath = "path";
inline constexpr absl::string_view kPaxLinkPath = "linkpath";
inline constexpr absl::string_view kPaxSize = "size";
inline constexpr absl::string_view kPaxUid = "uid";
inline constexpr absl::string_view kPaxGid = "gid";
inline constexpr absl::string_view kPaxUser = "uname";
inline constexpr absl::string_view kPaxGroup = "gname";
inline constexpr absl::string_view kPaxMtime = "mtime";
inline constexpr absl::string_view kPaxAtime = "atime";
inline constexpr absl::string_view kPaxCtime = "ctime";
inline constexpr absl::string_view kPaxSparsePrefix = "GNU.sparse.";
inline constexpr absl::string_view kPaxSparseMap = "GNU.sparse.map";

using PaxRecords = std::map<std::string, std::string>;

// The most bytes that records or a long name may have, in what is read and in what is written.
inline constexpr int64_t kMaxExtensionBytes = 1 << 20;

// "<length> <key>=<value>\n", any number of them; the last one of a key wins. The offsets and lengths of a sparse file
// of form 0.0, which repeat their keys, become one kPaxSparseMap. INVALID_ARGUMENT when malformed.
absl::StatusOr<PaxRecords> ParsePaxRecords(absl::string_view records);
// The record; its length counts the digits of the length too.
std::string FormatPaxRecord(absl::string_view key, absl::string_view value);
// Whether readers take the record: no "=" in the key, no NUL where names are.
bool IsValidPaxRecord(absl::string_view key, absl::string_view value);
// Whether a field of Entry stands for the record.
bool IsBasicPaxKey(absl::string_view key);

// Gives the entry the records and sets the fields that they stand for; an empty value leaves its field alone.
absl::Status ApplyPaxRecords(PaxRecords records, Entry& entry);

// Decimal with a sign; nothing when malformed or out of range.
std::optional<int64_t> ParseDecimal(absl::string_view text);
// "<seconds>[.<fraction>]"; digits beyond nanoseconds are cut.
std::optional<Time> ParsePaxTime(absl::string_view text);
std::string FormatPaxTime(const Time& time);

}  // namespace waybill::oci::tar

#endif  // WAYBILL_OCI_TAR_PAX_H_
