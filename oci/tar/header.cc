// SPDX-License-Identifier: Apache-2.0
#include "oci/tar/header.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::oci::tar {
namespace {

struct Field {
  size_t offset;
  size_t length;
};
// POSIX.1-1988 ustar.
constexpr Field kName{0, 100};
constexpr Field kMode{100, 8};
constexpr Field kUid{108, 8};
constexpr Field kGid{116, 8};
constexpr Field kSize{124, 12};
constexpr Field kMtime{136, 12};
constexpr Field kChecksum{148, 8};
constexpr Field kType{156, 1};
constexpr Field kMagicAndVersion{257, 8};
constexpr Field kDevMajor{329, 8};
constexpr Field kDevMinor{337, 8};
constexpr Field kPrefix{345, 155};

constexpr absl::string_view kUstar(
    "ustar\0"
    "00",
    8);
constexpr absl::string_view kUstarMagic("ustar\0", 6);
constexpr int64_t kMaxOctalSize = (int64_t{1} << 33) - 1;

absl::string_view Bytes(absl::string_view block, Field field) { return block.substr(field.offset, field.length); }

// ---- Writing

class BlockBuilder {
 public:
  void PutText(Field field, absl::string_view text) {
    block_.replace(field.offset, text.size(), text.data(), text.size());
  }
  // Leading zeros and a NUL at the end.
  void PutOctal(Field field, uint64_t value) {
    PutText(field, absl::StrFormat("%0*o", static_cast<int>(field.length - 1), value));
  }
  std::string Take() {
    PutText(kChecksum, "        ");
    uint64_t sum = 0;
    for (const unsigned char byte : block_) sum += byte;
    PutText(kChecksum, absl::StrCat(absl::StrFormat("%06o", sum), absl::string_view("\0 ", 2)));
    return std::move(block_);
  }

 private:
  std::string block_ = std::string(kBlockBytes, '\0');
};

bool IsAscii(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x80; });
}

std::string OnlyAscii(absl::string_view text) {
  std::string ascii;
  for (const unsigned char c : text) {
    if (c < 0x80) ascii.push_back(static_cast<char>(c));
  }
  return ascii;
}

// The start of a name that fits its field; a cut does not leave a file looking like a directory.
std::string Cut(std::string name) {
  if (name.size() <= kName.length) return name;
  name.resize(kName.length);
  while (!name.empty() && name.back() == '/') name.pop_back();
  return name;
}

struct SplitName {
  absl::string_view prefix;
  absl::string_view name;
};

// How USTAR holds the name; nothing when it cannot.
std::optional<SplitName> SplitForUstar(absl::string_view name) {
  if (!IsAscii(name)) return std::nullopt;
  if (name.size() <= kName.length) return SplitName{"", name};
  size_t length = std::min(name.size(), kPrefix.length + 1);
  if (length == name.size() && name.back() == '/') --length;
  const size_t slash = name.substr(0, length).rfind('/');
  if (slash == name.npos || slash == 0) return std::nullopt;
  const SplitName split{name.substr(0, slash), name.substr(slash + 1)};
  if (split.name.empty() || split.name.size() > kName.length) return std::nullopt;
  return split;
}

// The length that a record starts with counts its own digits too.
std::string PaxRecord(absl::string_view key, absl::string_view value) {
  const size_t rest = key.size() + value.size() + 3;  // " ", "=", "\n"
  size_t length = rest + absl::StrCat(rest).size();
  length = rest + absl::StrCat(length).size();
  return absl::StrCat(length, " ", key, "=", value, "\n");
}

std::string PaxExtension(absl::string_view name, absl::string_view records) {
  const size_t slash = name.rfind('/');
  const absl::string_view directory = slash == name.npos ? "" : name.substr(0, slash);
  const absl::string_view file = slash == name.npos ? name : name.substr(slash + 1);
  std::string extension = absl::StrCat(directory, directory.empty() ? "" : "/", "PaxHeaders.0");
  if (!file.empty()) absl::StrAppend(&extension, "/", file);
  BlockBuilder block;
  block.PutText(kName, Cut(OnlyAscii(extension)));
  for (const Field field : {kMode, kUid, kGid, kMtime}) block.PutOctal(field, 0);
  block.PutOctal(kSize, records.size());
  block.PutText(kType, absl::string_view(&kPax, 1));
  block.PutText(kMagicAndVersion, kUstar);
  std::string bytes = absl::StrCat(block.Take(), records);
  bytes.append(static_cast<size_t>(PaddingOf(static_cast<int64_t>(records.size()))), '\0');
  return bytes;
}

std::string MainHeader(const Entry& entry, const SplitName& name, int64_t size) {
  BlockBuilder block;
  block.PutText(kName, name.name);
  block.PutOctal(kMode, entry.mode);
  for (const Field field : {kUid, kGid, kMtime, kDevMajor, kDevMinor}) block.PutOctal(field, 0);
  block.PutOctal(kSize, static_cast<uint64_t>(size));
  block.PutText(kType, absl::string_view(&entry.type, 1));
  block.PutText(kMagicAndVersion, kUstar);
  block.PutText(kPrefix, name.prefix);
  return block.Take();
}

// ---- Reading

absl::Status Malformed(absl::string_view what) { return InvalidInputError(absl::StrCat("invalid tar header: ", what)); }

std::string TextOf(absl::string_view block, Field field) {
  const absl::string_view bytes = Bytes(block, field);
  return std::string(bytes.substr(0, bytes.find('\0')));
}

// Base-256, two's complement: the top bit is set, the next one is the sign.
absl::StatusOr<int64_t> ParseBinary(absl::string_view bytes, absl::string_view what) {
  const bool negative = (bytes[0] & 0x40) != 0;
  int64_t value = negative ? -1 : 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    unsigned char byte = static_cast<unsigned char>(bytes[i]);
    if (i == 0) byte = negative ? byte | 0x80 : byte & 0x7f;
    if (value > std::numeric_limits<int64_t>::max() >> 8 || value < std::numeric_limits<int64_t>::min() >> 8) {
      return Malformed(absl::StrCat(what, " is out of range"));
    }
    value = static_cast<int64_t>(static_cast<uint64_t>(value) << 8 | byte);
  }
  return value;
}

// Octal with spaces and NULs around it; empty is zero.
absl::StatusOr<int64_t> ParseNumber(absl::string_view bytes, absl::string_view what) {
  if ((bytes[0] & 0x80) != 0) return ParseBinary(bytes, what);
  const auto is_filler = [](char c) { return c == ' ' || c == '\0'; };
  while (!bytes.empty() && is_filler(bytes.front())) bytes.remove_prefix(1);
  while (!bytes.empty() && is_filler(bytes.back())) bytes.remove_suffix(1);
  bytes = bytes.substr(0, bytes.find('\0'));
  int64_t value = 0;  // at most twelve digits
  for (const char c : bytes) {
    if (c < '0' || c > '7') return Malformed(absl::StrCat(what, " is not a number"));
    value = value << 3 | (c - '0');
  }
  return value;
}

// Old writers summed signed bytes.
absl::Status CheckSum(absl::string_view block) {
  ABSL_ASSIGN_OR_RETURN(const int64_t given, ParseNumber(Bytes(block, kChecksum), "the checksum"));
  int64_t unsigned_sum = 0;
  int64_t signed_sum = 0;
  for (size_t i = 0; i < block.size(); ++i) {
    const bool own = i >= kChecksum.offset && i < kChecksum.offset + kChecksum.length;
    unsigned_sum += own ? ' ' : static_cast<unsigned char>(block[i]);
    signed_sum += own ? ' ' : static_cast<signed char>(block[i]);
  }
  return given == unsigned_sum || given == signed_sum ? absl::OkStatus() : Malformed("the checksum is wrong");
}

}  // namespace

std::string EncodeHeader(const Entry& entry) {
  std::optional<SplitName> split = SplitForUstar(entry.name);
  const bool large = entry.size > kMaxOctalSize;
  if (split.has_value() && !large) return MainHeader(entry, *split, entry.size);
  std::string records;
  if (!IsAscii(entry.name) || entry.name.size() > kName.length) records = PaxRecord("path", entry.name);
  if (large) absl::StrAppend(&records, PaxRecord("size", absl::StrCat(entry.size)));
  const std::string name = Cut(OnlyAscii(entry.name));
  return absl::StrCat(PaxExtension(entry.name, records), MainHeader(entry, {"", name}, large ? 0 : entry.size));
}

bool IsZeroBlock(absl::string_view block) { return block.find_first_not_of('\0') == block.npos; }

absl::StatusOr<Entry> DecodeHeader(absl::string_view block) {
  if (block.size() != static_cast<size_t>(kBlockBytes)) return Malformed("it is cut short");
  ABSL_RETURN_IF_ERROR(CheckSum(block));
  Entry entry;
  entry.name = TextOf(block, kName);
  if (absl::string_view(block).substr(kMagicAndVersion.offset, kUstarMagic.size()) == kUstarMagic) {
    const std::string prefix = TextOf(block, kPrefix);
    if (!prefix.empty()) entry.name = absl::StrCat(prefix, "/", entry.name);
  }
  ABSL_ASSIGN_OR_RETURN(const int64_t mode, ParseNumber(Bytes(block, kMode), "the mode"));
  entry.mode = static_cast<uint32_t>(mode & 07777);
  ABSL_ASSIGN_OR_RETURN(entry.size, ParseNumber(Bytes(block, kSize), "the size"));
  if (entry.size < 0) return Malformed("the size is negative");
  entry.type = Bytes(block, kType)[0];
  if (entry.type == '\0') entry.type = absl::EndsWith(entry.name, "/") ? kDirectory : kFile;
  if (!HasData(entry.type)) entry.size = 0;
  return entry;
}

absl::StatusOr<std::map<std::string, std::string>> ParsePaxRecords(absl::string_view records) {
  std::map<std::string, std::string> parsed;
  while (!records.empty()) {
    const size_t space = records.find(' ');
    size_t length = 0;
    if (space == records.npos || !absl::SimpleAtoi(records.substr(0, space), &length) || length > records.size() ||
        length < space + 3 || records[length - 1] != '\n') {
      return Malformed("a PAX record has the wrong length");
    }
    const absl::string_view pair = records.substr(space + 1, length - space - 2);
    const size_t equals = pair.find('=');
    if (equals == pair.npos || equals == 0) return Malformed("a PAX record has no key");
    const absl::string_view value = pair.substr(equals + 1);
    const std::string key(pair.substr(0, equals));
    if ((key == "path" || key == "linkpath") && value.find('\0') != value.npos) {
      return Malformed("a name has a NUL in it");
    }
    parsed.insert_or_assign(key, std::string(value));
    records.remove_prefix(length);
  }
  return parsed;
}

}  // namespace waybill::oci::tar
