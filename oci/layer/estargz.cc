// SPDX-License-Identifier: Apache-2.0
#include "oci/layer/estargz.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "oci/error.h"
#include "oci/layer/toc.h"
#include "oci/path.h"
#include "oci/status_macros.h"
#include "oci/tar/reader.h"
#include "oci/tar/writer.h"

namespace waybill::oci::layer {
namespace {

constexpr int64_t kChunkBytes = 4 << 20;

// Counts what goes to the layer, so that offsets are known.
class CountingWriter : public io::Writer {
 public:
  explicit CountingWriter(io::Writer& to) : to_(to) {}
  absl::Status Write(absl::string_view bytes) override {
    count_ += static_cast<int64_t>(bytes.size());
    return to_.Write(bytes);
  }
  absl::Status Close() override { return absl::OkStatus(); }
  int64_t count() const { return count_; }

 private:
  io::Writer& to_;
  int64_t count_ = 0;
};

// The layer as a row of members; takes uncompressed bytes and begins a member when there is none.
class MemberRow : public io::Writer {
 public:
  MemberRow(GzipMembers& members, io::Writer& to) : members_(members), to_(to) {}

  absl::Status Write(absl::string_view bytes) override {
    if (member_ == nullptr) {
      ABSL_ASSIGN_OR_RETURN(member_, members_.Begin(to_));
    }
    hasher_.Update(bytes);
    size_ += static_cast<int64_t>(bytes.size());
    return member_->Write(bytes);
  }
  absl::Status Close() override { return absl::OkStatus(); }
  // Ends the current member, when there is one.
  absl::Status Cut(bool flushed) {
    if (member_ == nullptr) return absl::OkStatus();
    return std::exchange(member_, nullptr)->End(flushed);
  }
  // Where the next member begins in the layer, after Cut.
  int64_t offset() const { return to_.count(); }
  absl::Status WriteRaw(absl::string_view bytes) { return to_.Write(bytes); }

  Digest digest() const { return hasher_.Current(); }
  int64_t size() const { return size_; }

 private:
  GzipMembers& members_;
  CountingWriter to_;
  std::unique_ptr<GzipMember> member_;
  Hasher hasher_;
  int64_t size_ = 0;
};

// Passes what is read on to a writer, while it is told one.
class Tap : public io::Reader {
 public:
  explicit Tap(io::Reader& from) : from_(from) {}
  void To(io::Writer* to) { to_ = to; }
  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    ABSL_ASSIGN_OR_RETURN(const size_t count, from_.Read(buffer));
    if (to_ != nullptr && count > 0) ABSL_RETURN_IF_ERROR(to_->Write(absl::string_view(buffer.data(), count)));
    return count;
  }

 private:
  io::Reader& from_;
  io::Writer* to_ = nullptr;
};

class Converter {
 public:
  Converter(io::Reader& tar, GzipMembers& members, io::Writer& to)
      : tap_(tar),
        reader_(tap_),
        row_(members, to),
        buffer_(std::make_unique_for_overwrite<char[]>(io::kCopyBufferBytes)) {}

  absl::StatusOr<EStargz> Run(const Context& context) {
    while (true) {
      // Headers, and the padding before them, go into the layer as they are read.
      tap_.To(&row_);
      ABSL_ASSIGN_OR_RETURN(const std::optional<tar::Entry> entry, reader_.Next(context));
      if (!entry.has_value()) break;
      tap_.To(nullptr);
      ABSL_RETURN_IF_ERROR(AddEntry(context, *entry));
    }
    ABSL_RETURN_IF_ERROR(PassRest(context));
    ABSL_RETURN_IF_ERROR(row_.Cut(false));
    return Finish();
  }

 private:
  absl::Status AddEntry(const Context& context, const tar::Entry& entry) {
    if (path::Clean(absl::StrCat("/", entry.name)) == absl::StrCat("/", kTocName)) {
      return InvalidInputError("existing TOC JSON is not allowed; decompress layer before append");
    }
    ABSL_RETURN_IF_ERROR(Toc::CheckType(entry));
    if (reader_.sparse()) return InvalidInputError("unsupported input tar entry: a sparse file");
    if (entry.type != tar::kFile) {
      toc_.Add(entry, nullptr, {});
      return absl::OkStatus();
    }
    Hasher hasher;
    std::vector<Chunk> chunks;
    for (int64_t done = 0; done < entry.size; done += kChunkBytes) {
      const int64_t size = std::min(entry.size - done, kChunkBytes);
      ABSL_RETURN_IF_ERROR(row_.Cut(true));
      const int64_t offset = row_.offset();
      ABSL_ASSIGN_OR_RETURN(Digest digest, CopyChunk(context, size, hasher));
      chunks.push_back({offset, done, size == kChunkBytes ? size : 0, std::move(digest)});
    }
    const Digest digest = hasher.Current();
    toc_.Add(entry, &digest, chunks);
    return absl::OkStatus();
  }

  absl::StatusOr<Digest> CopyChunk(const Context& context, int64_t size, Hasher& file) {
    Hasher chunk;
    while (size > 0) {
      ABSL_RETURN_IF_ERROR(context.Check());
      const size_t want = static_cast<size_t>(std::min<int64_t>(size, static_cast<int64_t>(io::kCopyBufferBytes)));
      ABSL_ASSIGN_OR_RETURN(const size_t count, reader_.Read(absl::MakeSpan(buffer_.get(), want)));
      if (count == 0) return InvalidInputError("the tar archive is cut short");
      const absl::string_view bytes(buffer_.get(), count);
      file.Update(bytes);
      chunk.Update(bytes);
      ABSL_RETURN_IF_ERROR(row_.Write(bytes));
      size -= static_cast<int64_t>(count);
    }
    return chunk.Current();
  }

  // What follows the end of the archive.
  absl::Status PassRest(const Context& context) {
    while (true) {
      ABSL_RETURN_IF_ERROR(context.Check());
      ABSL_ASSIGN_OR_RETURN(const size_t count, tap_.Read(absl::MakeSpan(buffer_.get(), io::kCopyBufferBytes)));
      if (count == 0) return absl::OkStatus();
    }
  }

  // The table in a member of its own, and the footer that says where it begins.
  absl::StatusOr<EStargz> Finish() {
    const int64_t offset = row_.offset();
    const std::string table = toc_.Take();
    tar::Writer writer(row_);
    ABSL_RETURN_IF_ERROR(writer.Begin({.name = std::string(kTocName), .size = static_cast<int64_t>(table.size())}));
    ABSL_RETURN_IF_ERROR(writer.Write(table));
    ABSL_RETURN_IF_ERROR(writer.Close());
    ABSL_RETURN_IF_ERROR(row_.Cut(false));
    ABSL_RETURN_IF_ERROR(row_.WriteRaw(Footer(offset)));
    return EStargz{Digest::Of(table), row_.digest(), row_.size()};
  }

  // An empty gzip member with an extra field (RFC 1952, 2.3.1.1) "SG": 51 bytes.
  static std::string Footer(int64_t toc_offset) {
    const std::string field = absl::StrFormat("%016xSTARGZ", toc_offset);
    const char size = static_cast<char>(field.size());
    const absl::string_view header("\x1f\x8b\x08\x04\0\0\0\0\0\xff", 10);
    const absl::string_view empty_block("\x01\0\0\xff\xff", 5);
    const absl::string_view checksum_and_size("\0\0\0\0\0\0\0\0", 8);
    std::string footer(header);
    footer.append({static_cast<char>(size + 4), '\0', 'S', 'G', size, '\0'});
    return absl::StrCat(footer, field, empty_block, checksum_and_size);
  }

  Tap tap_;
  tar::Reader reader_;
  MemberRow row_;
  Toc toc_;
  const std::unique_ptr<char[]> buffer_;
};

}  // namespace

absl::StatusOr<EStargz> WriteEStargz(const Context& context, io::Reader& tar, GzipMembers& members, io::Writer& to) {
  return Converter(tar, members, to).Run(context);
}

}  // namespace waybill::oci::layer
