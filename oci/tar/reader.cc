// SPDX-License-Identifier: Apache-2.0
#include "oci/tar/reader.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::oci::tar {
namespace {

// As much as Go's archive/tar takes for a PAX header or a long name.
constexpr int64_t kMaxSpecialBytes = 1 << 20;
// Where an old GNU sparse file's header, and each block of its map, say whether another block of the map follows.
constexpr size_t kSparseMoreInHeader = 482;
constexpr size_t kSparseMoreInMap = 504;
// Opening anew costs more than reading this much.
constexpr int64_t kJumpFrom = 64 << 10;
// No archive is so large; sums of sizes below it do not overflow.
constexpr int64_t kMaxArchiveBytes = std::numeric_limits<int64_t>::max() / 4;

absl::Status CutShort() { return InvalidInputError("the tar archive is cut short"); }

}  // namespace

// What extension headers say about the entry that follows.
struct Reader::Overrides {
  std::optional<std::string> name;
  std::optional<std::string> sparse_name;  // `name` is a made-up one then
  std::optional<int64_t> size;
  bool sparse = false;
};

absl::StatusOr<size_t> Reader::Read(absl::Span<char> buffer) {
  const size_t want = static_cast<size_t>(std::min<int64_t>(rest_, static_cast<int64_t>(buffer.size())));
  if (want == 0) return 0;
  ABSL_ASSIGN_OR_RETURN(const size_t count, ReadFully(Context(), buffer.first(want)));
  if (count == 0) return CutShort();
  rest_ -= static_cast<int64_t>(count);
  return count;
}

absl::StatusOr<size_t> Reader::ReadFully(const Context& context, absl::Span<char> buffer) {
  if (from_ == nullptr) {
    ABSL_ASSIGN_OR_RETURN(opened_, source_->Open(context, position_));
    from_ = opened_.get();
  }
  size_t total = 0;
  while (total < buffer.size()) {
    ABSL_RETURN_IF_ERROR(context.Check());
    ABSL_ASSIGN_OR_RETURN(const size_t count, from_->Read(buffer.subspan(total)));
    if (count == 0) break;
    total += count;
  }
  position_ += static_cast<int64_t>(total);
  return total;
}

absl::Status Reader::Skip(const Context& context, int64_t bytes) {
  if (source_ != nullptr && bytes >= kJumpFrom) {
    if (source_->size() - position_ < bytes) return CutShort();
    position_ += bytes;
    from_ = nullptr;
    return absl::OkStatus();
  }
  std::string dropped(static_cast<size_t>(std::min(bytes, kJumpFrom)), '\0');
  while (bytes > 0) {
    const size_t want = static_cast<size_t>(std::min<int64_t>(bytes, static_cast<int64_t>(dropped.size())));
    ABSL_ASSIGN_OR_RETURN(const size_t count, ReadFully(context, absl::MakeSpan(dropped.data(), want)));
    if (count < want) return CutShort();
    bytes -= static_cast<int64_t>(count);
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Reader::ReadBlock(const Context& context, std::string& block) {
  block.resize(kBlockBytes);
  ABSL_ASSIGN_OR_RETURN(const size_t count, ReadFully(context, absl::MakeSpan(block.data(), block.size())));
  if (count == 0) return false;  // some writers leave the end marker out
  if (count < block.size()) return CutShort();
  return true;
}

absl::StatusOr<std::string> Reader::ReadSpecial(const Context& context, const Entry& header) {
  if (header.size > kMaxSpecialBytes) return InvalidInputError("a tar extension header is too large");
  std::string bytes(static_cast<size_t>(header.size), '\0');
  ABSL_ASSIGN_OR_RETURN(const size_t count, ReadFully(context, absl::MakeSpan(bytes.data(), bytes.size())));
  if (count < bytes.size()) return CutShort();
  ABSL_RETURN_IF_ERROR(Skip(context, PaddingOf(header.size)));
  return bytes;
}

absl::Status Reader::TakeSpecial(const Context& context, const Entry& header, Overrides& overrides) {
  ABSL_ASSIGN_OR_RETURN(const std::string bytes, ReadSpecial(context, header));
  if (header.type == kGnuLongName) overrides.name = bytes.substr(0, bytes.find('\0'));
  if (header.type != kPax) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const auto records, ParsePaxRecords(bytes));
  for (const auto& [key, value] : records) {
    if (value.empty()) continue;
    if (key == "path") overrides.name = value;
    if (key == "GNU.sparse.name") overrides.sparse_name = value;
    if (absl::StartsWith(key, "GNU.sparse.")) overrides.sparse = true;
    if (key != "size") continue;
    int64_t size = 0;
    if (!absl::SimpleAtoi(value, &size) || size < 0) {
      return InvalidInputError("invalid tar header: the PAX size is not a number");
    }
    overrides.size = size;
  }
  return absl::OkStatus();
}

absl::Status Reader::SkipSparseMap(const Context& context, std::string block) {
  for (size_t more = kSparseMoreInHeader; block[more] != '\0'; more = kSparseMoreInMap) {
    ABSL_ASSIGN_OR_RETURN(const bool read, ReadBlock(context, block));
    if (!read) return CutShort();
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Entry>> Reader::Next(const Context& context) {
  ABSL_RETURN_IF_ERROR(Skip(context, rest_ + padding_));
  rest_ = padding_ = 0;
  Overrides overrides;
  std::string block;
  while (true) {
    ABSL_ASSIGN_OR_RETURN(const bool more, ReadBlock(context, block));
    if (!more || IsZeroBlock(block)) return std::nullopt;
    ABSL_ASSIGN_OR_RETURN(Entry entry, DecodeHeader(block));
    if (absl::string_view("xgLK").find(entry.type) != absl::string_view::npos) {
      ABSL_RETURN_IF_ERROR(TakeSpecial(context, entry, overrides));
      continue;
    }
    if (overrides.name.has_value()) entry.name = *overrides.name;
    if (overrides.size.has_value() && HasData(entry.type)) entry.size = *overrides.size;
    if (overrides.sparse_name.has_value()) entry.name = *overrides.sparse_name;
    if (entry.type == kSparse) ABSL_RETURN_IF_ERROR(SkipSparseMap(context, std::move(block)));
    if (overrides.sparse) entry.type = kSparse;
    if (entry.size > kMaxArchiveBytes) return InvalidInputError("invalid tar header: the size is out of range");
    rest_ = entry.size;
    padding_ = PaddingOf(entry.size);
    data_offset_ = position_;
    return entry;
  }
}

}  // namespace waybill::oci::tar
