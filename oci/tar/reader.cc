// SPDX-License-Identifier: Apache-2.0
#include "oci/tar/reader.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/status_macros.h"
#include "oci/tar/pax.h"

namespace waybill::oci::tar {
namespace {

// Opening anew costs more than reading this much.
constexpr int64_t kJumpFrom = 64 << 10;
// No archive is so large; sums of sizes below it do not overflow.
constexpr int64_t kMaxArchiveBytes = std::numeric_limits<int64_t>::max() / 4;

absl::Status CutShort() { return InvalidInputError("the tar archive is cut short"); }

std::string UpToNul(const std::string& text) { return text.substr(0, text.find('\0')); }

}  // namespace

absl::StatusOr<size_t> Reader::Read(absl::Span<char> buffer) {
  return sparse_.has_value() ? ReadSparse(buffer) : ReadStored(buffer);
}

absl::StatusOr<size_t> Reader::ReadStored(absl::Span<char> buffer) {
  const size_t want = static_cast<size_t>(std::min<int64_t>(rest_, static_cast<int64_t>(buffer.size())));
  if (want == 0) return 0;
  ABSL_ASSIGN_OR_RETURN(const size_t count, ReadFully(Context(), buffer.first(want)));
  if (count == 0) return CutShort();
  rest_ -= static_cast<int64_t>(count);
  return count;
}

absl::StatusOr<size_t> Reader::ReadSparse(absl::Span<char> buffer) {
  Sparse& file = *sparse_;
  if (file.position == file.size) {
    if (rest_ > 0) return MalformedHeader("a sparse file has more data than its map says");
    return 0;
  }
  const bool mapped = file.fragment < file.map.size();
  const Fragment next = mapped ? file.map[file.fragment] : Fragment{file.size, 0};
  const bool hole = file.position < next.offset;
  const int64_t end = hole ? next.offset : next.offset + next.size;
  const size_t want = static_cast<size_t>(std::min<int64_t>(end - file.position, static_cast<int64_t>(buffer.size())));
  size_t count = want;
  if (hole) {
    std::fill_n(buffer.begin(), want, '\0');
  } else {
    ABSL_ASSIGN_OR_RETURN(count, ReadStored(buffer.first(want)));
    if (count == 0) return MalformedHeader("a sparse file has less data than its map says");
  }
  file.position += static_cast<int64_t>(count);
  if (!hole && file.position == end) ++file.fragment;
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

absl::StatusOr<bool> Reader::LeaveEntry(const Context& context) {
  const int64_t rest = std::exchange(rest_, 0);
  const int64_t padding = std::exchange(padding_, 0);
  sparse_.reset();
  ABSL_RETURN_IF_ERROR(Skip(context, rest));
  if (from_ == nullptr && source_ != nullptr && source_->size() - position_ >= padding) {
    position_ += padding;  // where the next header is opened
    return true;
  }
  char dropped[kBlockBytes];
  ABSL_ASSIGN_OR_RETURN(const size_t count, ReadFully(context, absl::MakeSpan(dropped, static_cast<size_t>(padding))));
  return static_cast<int64_t>(count) == padding;
}

absl::StatusOr<bool> Reader::ReadBlock(const Context& context, std::string& block) {
  block.resize(kBlockBytes);
  ABSL_ASSIGN_OR_RETURN(const size_t count, ReadFully(context, absl::MakeSpan(block.data(), block.size())));
  if (count == 0) return false;
  if (count < block.size()) return CutShort();
  return true;
}

absl::StatusOr<bool> Reader::ReadHeaderBlock(const Context& context, std::string& block) {
  ABSL_ASSIGN_OR_RETURN(const bool inside, LeaveEntry(context));
  if (!inside) return false;
  ABSL_ASSIGN_OR_RETURN(const bool first, ReadBlock(context, block));
  if (!first) return false;  // some writers leave the end marker out
  if (!IsZeroBlock(block)) return true;
  ABSL_ASSIGN_OR_RETURN(const bool second, ReadBlock(context, block));
  if (second && !IsZeroBlock(block)) return MalformedHeader("a zero block stands alone");
  return false;
}

absl::Status Reader::BeginData(const Entry& header) {
  const int64_t size = HasData(header.type) ? header.size : 0;
  if (size < 0) return MalformedHeader("the size is negative");
  if (size > kMaxArchiveBytes) return MalformedHeader("the size is out of range");
  rest_ = size;
  padding_ = PaddingOf(size);
  data_offset_ = position_;
  return absl::OkStatus();
}

absl::StatusOr<std::string> Reader::ReadExtension(const Context& context) {
  if (rest_ > kMaxExtensionBytes) return InvalidInputError("a tar extension header is too large");
  std::string bytes(static_cast<size_t>(std::exchange(rest_, 0)), '\0');
  ABSL_ASSIGN_OR_RETURN(const size_t count, ReadFully(context, absl::MakeSpan(bytes.data(), bytes.size())));
  if (count < bytes.size()) return CutShort();
  return bytes;
}

absl::Status Reader::TakeGlobal(const Context& context, Entry& entry) {
  ABSL_ASSIGN_OR_RETURN(const std::string bytes, ReadExtension(context));
  ABSL_ASSIGN_OR_RETURN(PaxRecords records, ParsePaxRecords(bytes));
  Entry global{.name = entry.name, .type = entry.type};
  // Records that a file's fields cannot take leave the header without any, as in Go. A path becomes the header's own
  // name.
  if (ApplyPaxRecords(std::move(records), entry).ok()) {
    global.name = std::move(entry.name);
    global.records = std::move(entry.records);
  }
  entry = std::move(global);
  return absl::OkStatus();
}

absl::StatusOr<bool> Reader::TakeHeader(const Context& context, Decoded& header, Extensions& extensions) {
  ABSL_RETURN_IF_ERROR(BeginData(header.entry));
  extensions.formats.Keep(header.formats);
  switch (header.entry.type) {
    case kPaxGlobal:
      extensions.formats.Keep({Format::kPax});
      ABSL_RETURN_IF_ERROR(TakeGlobal(context, header.entry));
      return true;
    case kPax: {
      extensions.formats.Keep({Format::kPax});
      ABSL_ASSIGN_OR_RETURN(const std::string bytes, ReadExtension(context));
      ABSL_ASSIGN_OR_RETURN(extensions.records, ParsePaxRecords(bytes));
      return false;
    }
    case kGnuLongName:
    case kGnuLongLink: {
      extensions.formats.Keep({Format::kGnu});
      std::string& text = header.entry.type == kGnuLongName ? extensions.long_name : extensions.long_link;
      ABSL_ASSIGN_OR_RETURN(text, ReadExtension(context));
      text = UpToNul(text);
      return false;
    }
    default:
      return true;
  }
}

absl::StatusOr<SparseMap> Reader::ReadSparseMap(const Context& context, const std::string& block, Magic magic,
                                                Entry& entry) {
  if (entry.type == kSparse) {
    if (magic != Magic::kGnu) return MalformedHeader("only GNU archives have sparse files of GNU's type");
    ABSL_ASSIGN_OR_RETURN(entry.size, ParseNumber(BytesOf(block, kGnuRealSizeField), "the real size"));
    return ReadGnuSparseMap(block, [&](std::string& next) -> absl::Status {
      ABSL_ASSIGN_OR_RETURN(const bool more, ReadBlock(context, next));
      return more ? absl::OkStatus() : CutShort();
    });
  }
  ABSL_RETURN_IF_ERROR(ApplySparseRecords(entry));
  if (PaxSparseOf(entry.records) == PaxSparse::kInRecords) return ParseSparseRecords(entry.records);
  return ReadSparseText([&](std::string& next) -> absl::Status {
    if (rest_ < kBlockBytes) return CutShort();
    ABSL_ASSIGN_OR_RETURN(const bool more, ReadBlock(context, next));
    rest_ -= kBlockBytes;
    return more ? absl::OkStatus() : CutShort();
  });
}

absl::Status Reader::FinishEntry(const Context& context, const std::string& block, Magic magic, Extensions& extensions,
                                 Entry& entry) {
  if (extensions.records.has_value()) {
    ABSL_RETURN_IF_ERROR(ApplyPaxRecords(*std::move(extensions.records), entry));
  }
  if (!extensions.long_name.empty()) entry.name = std::move(extensions.long_name);
  if (!extensions.long_link.empty()) entry.link = std::move(extensions.long_link);
  if (entry.type == '\0') entry.type = absl::EndsWith(entry.name, "/") ? kDirectory : kFile;
  ABSL_RETURN_IF_ERROR(BeginData(entry));
  if (entry.type != kSparse && PaxSparseOf(entry.records) == PaxSparse::kNone) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(SparseMap map, ReadSparseMap(context, block, magic, entry));
  if (!HasData(entry.type)) return MalformedHeader("only files are sparse");
  ABSL_ASSIGN_OR_RETURN(map, CheckSparseMap(std::move(map), entry.size));
  data_offset_ = position_;
  sparse_.emplace(Sparse{.map = std::move(map), .size = entry.size});
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Entry>> Reader::Next(const Context& context) {
  Extensions extensions;
  std::string block;
  for (bool first = true;; first = false) {
    ABSL_ASSIGN_OR_RETURN(const bool more, ReadHeaderBlock(context, block));
    if (!more) return std::nullopt;
    if (first) entry_offset_ = position_ - kBlockBytes;
    ABSL_ASSIGN_OR_RETURN(Decoded header, DecodeHeader(block));
    ABSL_ASSIGN_OR_RETURN(const bool complete, TakeHeader(context, header, extensions));
    if (!complete) continue;
    if (header.entry.type != kPaxGlobal) {
      ABSL_RETURN_IF_ERROR(FinishEntry(context, block, header.magic, extensions, header.entry));
      // Both are left when no extension came before.
      if (extensions.formats.Has(Format::kUstar)) extensions.formats.Keep({Format::kUstar});
    }
    header.entry.format = extensions.formats.Only();
    return std::move(header.entry);
  }
}

}  // namespace waybill::oci::tar
