// SPDX-License-Identifier: Apache-2.0
#include "oci/tar/pax.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "oci/status_macros.h"
#include "oci/tar/block.h"

namespace waybill::oci::tar {
namespace {

constexpr absl::string_view kSparseOffset = "GNU.sparse.offset";
constexpr absl::string_view kSparseBytes = "GNU.sparse.numbytes";
constexpr size_t kShortestRecord = 5;  // "5 k=\n"
constexpr size_t kNanosecondDigits = 9;

struct Record {
  absl::string_view key;
  absl::string_view value;
};

// Takes one record off the front.
absl::StatusOr<Record> TakeRecord(absl::string_view& records) {
  const size_t space = records.find(' ');
  if (space == records.npos) return MalformedHeader("a PAX record has the wrong length");
  const std::optional<int64_t> given = ParseDecimal(records.substr(0, space));
  if (!given.has_value() || *given < static_cast<int64_t>(kShortestRecord) ||
      *given > static_cast<int64_t>(records.size()) || *given < static_cast<int64_t>(space + 2) ||
      records[static_cast<size_t>(*given) - 1] != '\n') {
    return MalformedHeader("a PAX record has the wrong length");
  }
  const size_t length = static_cast<size_t>(*given);
  const absl::string_view pair = records.substr(space + 1, length - space - 2);
  const size_t equals = pair.find('=');
  if (equals == pair.npos || equals == 0) return MalformedHeader("a PAX record has no key");
  const Record record{pair.substr(0, equals), pair.substr(equals + 1)};
  if (!IsValidPaxRecord(record.key, record.value)) return MalformedHeader("a name has a NUL in it");
  records.remove_prefix(length);
  return record;
}

absl::Status SetNumber(absl::string_view key, absl::string_view value, int64_t& field) {
  const std::optional<int64_t> number = ParseDecimal(value);
  if (!number.has_value()) return MalformedHeader(absl::StrCat("the PAX ", key, " is not a number"));
  field = *number;
  return absl::OkStatus();
}

absl::StatusOr<Time> TimeOf(absl::string_view key, absl::string_view value) {
  const std::optional<Time> time = ParsePaxTime(value);
  if (!time.has_value()) return MalformedHeader(absl::StrCat("the PAX ", key, " is not a time"));
  return *time;
}

absl::Status ApplyRecord(absl::string_view key, const std::string& value, Entry& entry) {
  if (key == kPaxPath) entry.name = value;
  if (key == kPaxLinkPath) entry.link = value;
  if (key == kPaxUser) entry.user = value;
  if (key == kPaxGroup) entry.group = value;
  if (key == kPaxUid) return SetNumber(key, value, entry.uid);
  if (key == kPaxGid) return SetNumber(key, value, entry.gid);
  if (key == kPaxSize) return SetNumber(key, value, entry.size);
  if (key == kPaxMtime || key == kPaxAtime || key == kPaxCtime) {
    ABSL_ASSIGN_OR_RETURN(const Time time, TimeOf(key, value));
    if (key == kPaxMtime) entry.mtime = time;
    if (key == kPaxAtime) entry.atime = time;
    if (key == kPaxCtime) entry.ctime = time;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PaxRecords> ParsePaxRecords(absl::string_view records) {
  PaxRecords parsed;
  std::vector<absl::string_view> sparse_map;
  while (!records.empty()) {
    ABSL_ASSIGN_OR_RETURN(const Record record, TakeRecord(records));
    if (record.key != kSparseOffset && record.key != kSparseBytes) {
      parsed.insert_or_assign(std::string(record.key), std::string(record.value));
      continue;
    }
    const absl::string_view due = sparse_map.size() % 2 == 0 ? kSparseOffset : kSparseBytes;
    if (record.key != due || absl::StrContains(record.value, ",")) {
      return MalformedHeader("the map of a sparse file is malformed");
    }
    sparse_map.push_back(record.value);
  }
  if (!sparse_map.empty()) parsed.insert_or_assign(std::string(kPaxSparseMap), absl::StrJoin(sparse_map, ","));
  return parsed;
}

std::string FormatPaxRecord(absl::string_view key, absl::string_view value) {
  const size_t rest = key.size() + value.size() + 3;  // " ", "=", "\n"
  size_t length = rest + absl::StrCat(rest).size();
  length = rest + absl::StrCat(length).size();
  return absl::StrCat(length, " ", key, "=", value, "\n");
}

bool IsValidPaxRecord(absl::string_view key, absl::string_view value) {
  if (key.empty() || absl::StrContains(key, '=')) return false;
  const bool named = key == kPaxPath || key == kPaxLinkPath || key == kPaxUser || key == kPaxGroup;
  return !absl::StrContains(named ? value : key, '\0');
}

bool IsBasicPaxKey(absl::string_view key) {
  constexpr absl::string_view kBasic[] = {kPaxPath, kPaxLinkPath, kPaxSize,  kPaxUid,   kPaxGid,
                                          kPaxUser, kPaxGroup,    kPaxMtime, kPaxAtime, kPaxCtime};
  return std::find(std::begin(kBasic), std::end(kBasic), key) != std::end(kBasic);
}

absl::Status ApplyPaxRecords(PaxRecords records, Entry& entry) {
  for (const auto& [key, value] : records) {
    if (!value.empty()) ABSL_RETURN_IF_ERROR(ApplyRecord(key, value, entry));
  }
  entry.records = std::move(records);
  return absl::OkStatus();
}

std::optional<int64_t> ParseDecimal(absl::string_view text) {
  const bool negative = absl::StartsWith(text, "-");
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) text.remove_prefix(1);
  if (text.empty()) return std::nullopt;
  // Counted downwards, because there is one more negative number than positive ones.
  int64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const int digit = c - '0';
    if (value < (std::numeric_limits<int64_t>::min() + digit) / 10) return std::nullopt;
    value = value * 10 - digit;
  }
  if (negative) return value;
  if (value == std::numeric_limits<int64_t>::min()) return std::nullopt;
  return -value;
}

std::optional<Time> ParsePaxTime(absl::string_view text) {
  const size_t dot = text.find('.');
  const std::optional<int64_t> seconds = ParseDecimal(text.substr(0, dot));
  if (!seconds.has_value()) return std::nullopt;
  const absl::string_view fraction = dot == text.npos ? "" : text.substr(dot + 1);
  int32_t nanoseconds = 0;
  for (size_t i = 0; i < std::max(fraction.size(), kNanosecondDigits); ++i) {
    const char c = i < fraction.size() ? fraction[i] : '0';
    if (c < '0' || c > '9') return std::nullopt;
    if (i < kNanosecondDigits) nanoseconds = nanoseconds * 10 + (c - '0');
  }
  if (nanoseconds == 0 || text[0] != '-') return Time{*seconds, nanoseconds};
  // The fraction counts away from 1970; below the earliest second Go's clock wraps around, and so does this.
  return Time{static_cast<int64_t>(static_cast<uint64_t>(*seconds) - 1), 1'000'000'000 - nanoseconds};
}

std::string FormatPaxTime(const Time& time) {
  if (time.nanoseconds == 0) return absl::StrCat(time.seconds);
  const bool negative = time.seconds < 0;
  const int64_t seconds = negative ? -(time.seconds + 1) : time.seconds;
  const int32_t nanoseconds = negative ? 1'000'000'000 - time.nanoseconds : time.nanoseconds;
  std::string text = absl::StrFormat("%s%d.%09d", negative ? "-" : "", seconds, nanoseconds);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

}  // namespace waybill::oci::tar
