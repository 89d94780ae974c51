// SPDX-License-Identifier: Apache-2.0
#include "oci/tar/sparse.h"

#include <algorithm>
#include <limits>

#include "absl/strings/str_split.h"
#include "oci/status_macros.h"
#include "oci/tar/block.h"

namespace waybill::oci::tar {
namespace {

constexpr size_t kMaxFragments = 1 << 20;
constexpr size_t kNumberBytes = 12;
constexpr size_t kPairBytes = 2 * kNumberBytes;

absl::Status Malformed() { return MalformedHeader("the map of a sparse file is malformed"); }
absl::Status TooLong() { return MalformedHeader("the map of a sparse file is too long"); }

// The pairs of one block of an old GNU map, up to the first that is empty; the byte after them says whether a block
// follows.
absl::StatusOr<bool> AddPairs(absl::string_view field, SparseMap& map) {
  const size_t pairs = field.size() / kPairBytes;
  for (size_t i = 0; i < pairs && field[i * kPairBytes] != '\0'; ++i) {
    if (map.size() == kMaxFragments) return TooLong();
    Fragment fragment;
    ABSL_ASSIGN_OR_RETURN(fragment.offset, ParseNumber(field.substr(i * kPairBytes, kNumberBytes), "an offset"));
    ABSL_ASSIGN_OR_RETURN(fragment.size,
                          ParseNumber(field.substr(i * kPairBytes + kNumberBytes, kNumberBytes), "a length"));
    map.push_back(fragment);
  }
  return field[pairs * kPairBytes] != '\0';
}

absl::string_view ValueOf(const PaxRecords& records, absl::string_view key) {
  const auto found = records.find(std::string(key));
  return found == records.end() ? absl::string_view() : found->second;
}

absl::Status AddFragment(absl::string_view offset, absl::string_view size, SparseMap& map) {
  const std::optional<int64_t> first = ParseDecimal(offset);
  const std::optional<int64_t> length = ParseDecimal(size);
  if (!first.has_value() || !length.has_value()) return Malformed();
  if (map.size() == kMaxFragments) return TooLong();
  map.push_back({*first, *length});
  return absl::OkStatus();
}

// Lines of the text of a 1.0 map; it ends in the middle of a block.
class Lines {
 public:
  explicit Lines(ReadBlockFn read_block) : read_block_(read_block) {}

  absl::StatusOr<std::string> Next() {
    size_t end = 0;
    while ((end = text_.find('\n', start_)) == text_.npos) {
      if (static_cast<int64_t>(text_.size()) + kBlockBytes > kMaxExtensionBytes) return TooLong();
      std::string block;
      ABSL_RETURN_IF_ERROR(read_block_(block));
      text_ += block;
    }
    std::string line = text_.substr(start_, end - start_);
    start_ = end + 1;
    return line;
  }

 private:
  ReadBlockFn read_block_;
  std::string text_;
  size_t start_ = 0;
};

}  // namespace

absl::StatusOr<SparseMap> ReadGnuSparseMap(const std::string& header, ReadBlockFn read_block) {
  SparseMap map;
  ABSL_ASSIGN_OR_RETURN(bool more, AddPairs(BytesOf(header, kGnuSparseField), map));
  int64_t bytes = static_cast<int64_t>(kGnuSparseField.length);
  std::string block;
  while (more) {
    ABSL_RETURN_IF_ERROR(read_block(block));
    bytes += kBlockBytes;
    if (bytes >= kMaxExtensionBytes) return TooLong();
    const size_t used = block.size() / kPairBytes * kPairBytes + 1;
    ABSL_ASSIGN_OR_RETURN(more, AddPairs(absl::string_view(block).substr(0, used), map));
  }
  return map;
}

PaxSparse PaxSparseOf(const PaxRecords& records) {
  const absl::string_view major = ValueOf(records, "GNU.sparse.major");
  const absl::string_view minor = ValueOf(records, "GNU.sparse.minor");
  if (major == "0" && (minor == "0" || minor == "1")) return PaxSparse::kInRecords;
  if (major == "1" && minor == "0") return PaxSparse::kInData;
  if (!major.empty() || !minor.empty()) return PaxSparse::kNone;
  return ValueOf(records, kPaxSparseMap).empty() ? PaxSparse::kNone : PaxSparse::kInRecords;
}

absl::Status ApplySparseRecords(Entry& entry) {
  const absl::string_view name = ValueOf(entry.records, "GNU.sparse.name");
  if (!name.empty()) entry.name = std::string(name);
  absl::string_view size = ValueOf(entry.records, "GNU.sparse.size");
  if (size.empty()) size = ValueOf(entry.records, "GNU.sparse.realsize");
  if (size.empty()) return absl::OkStatus();
  const std::optional<int64_t> number = ParseDecimal(size);
  if (!number.has_value()) return MalformedHeader("the size of a sparse file is not a number");
  entry.size = *number;
  return absl::OkStatus();
}

absl::StatusOr<SparseMap> ParseSparseRecords(const PaxRecords& records) {
  const std::optional<int64_t> count = ParseDecimal(ValueOf(records, "GNU.sparse.numblocks"));
  const absl::string_view text = ValueOf(records, kPaxSparseMap);
  const std::vector<absl::string_view> numbers =
      text.empty() ? std::vector<absl::string_view>() : absl::StrSplit(text, ',');
  if (!count.has_value() || *count < 0 || numbers.size() % 2 != 0 ||
      static_cast<int64_t>(numbers.size() / 2) != *count) {
    return Malformed();
  }
  SparseMap map;
  for (size_t i = 0; i < numbers.size(); i += 2) ABSL_RETURN_IF_ERROR(AddFragment(numbers[i], numbers[i + 1], map));
  return map;
}

absl::StatusOr<SparseMap> ReadSparseText(ReadBlockFn read_block) {
  Lines lines(read_block);
  ABSL_ASSIGN_OR_RETURN(const std::string first, lines.Next());
  const std::optional<int64_t> count = ParseDecimal(first);
  if (!count.has_value() || *count < 0 || *count > std::numeric_limits<int64_t>::max() / 2) return Malformed();
  SparseMap map;
  for (int64_t i = 0; i < *count; ++i) {
    ABSL_ASSIGN_OR_RETURN(const std::string offset, lines.Next());
    ABSL_ASSIGN_OR_RETURN(const std::string size, lines.Next());
    ABSL_RETURN_IF_ERROR(AddFragment(offset, size, map));
  }
  return map;
}

absl::StatusOr<SparseMap> CheckSparseMap(SparseMap map, int64_t size) {
  if (size < 0) return Malformed();
  int64_t end = 0;
  for (const Fragment& fragment : map) {
    if (fragment.offset < 0 || fragment.size < 0 ||
        fragment.offset > std::numeric_limits<int64_t>::max() - fragment.size ||
        fragment.offset + fragment.size > size || fragment.offset < end) {
      return Malformed();
    }
    end = fragment.offset + fragment.size;
  }
  map.erase(std::remove_if(map.begin(), map.end(), [](const Fragment& f) { return f.size == 0; }), map.end());
  return map;
}

}  // namespace waybill::oci::tar
