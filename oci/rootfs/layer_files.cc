// SPDX-License-Identifier: Apache-2.0
#include "oci/rootfs/layer_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>

#include "absl/strings/str_cat.h"
#include "oci/compress/compression.h"
#include "oci/error.h"
#include "oci/file/fd.h"
#include "oci/status_macros.h"
#include "oci/tar/reader.h"

namespace waybill::oci::rootfs {
namespace {

constexpr size_t kMaxOpen = 8;
// In what can be read from anywhere, opening anew costs less than reading this much.
constexpr int64_t kJumpFrom = 64 << 10;
// So many times a compressed layer is read from its start; then it is unpacked.
constexpr int kMaxPasses = 1;

absl::Status Changed() { return InvalidInputError("a layer is not the one that was read before"); }

// Reads a file without moving its offset.
class SpoolReader : public io::Reader {
 public:
  SpoolReader(const file::Fd& file, int64_t offset) : file_(file), offset_(offset) {}
  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    ssize_t count = -1;
    do count = pread(file_.number(), buffer.data(), buffer.size(), offset_);
    while (count < 0 && errno == EINTR);
    if (count < 0) return ErrnoError(errno, "read an unpacked layer");
    offset_ += count;
    return static_cast<size_t>(count);
  }

 private:
  const file::Fd& file_;
  int64_t offset_;
};

absl::StatusOr<bool> IsCompressed(const Context& context, const io::Source& blob) {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<io::Reader> reader, blob.Open(context, 0));
  std::string magic(compress::kMagicBytes, '\0');
  size_t size = 0;
  while (size < magic.size()) {
    ABSL_ASSIGN_OR_RETURN(const size_t count, reader->Read(absl::MakeSpan(magic).subspan(size)));
    if (count == 0) break;
    size += count;
  }
  return compress::DetectFormat(absl::string_view(magic).substr(0, size)) != compress::Format::kNone;
}

}  // namespace

// Counts what is read, and reads small pieces ahead: most files are small, and so are all headers.
class LayerFiles::Forward : public io::Reader {
 public:
  Forward(std::unique_ptr<io::Reader> from, int64_t position)
      : from_(std::move(from)), ahead_(std::make_unique_for_overwrite<char[]>(kAheadBytes)), position_(position) {}
  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    size_t count = 0;
    if (begin_ == end_ && buffer.size() >= kAheadBytes) {
      ABSL_ASSIGN_OR_RETURN(count, from_->Read(buffer));
    } else {
      if (begin_ == end_) {
        begin_ = 0;
        ABSL_ASSIGN_OR_RETURN(end_, from_->Read(absl::MakeSpan(ahead_.get(), kAheadBytes)));
      }
      count = std::min(buffer.size(), end_ - begin_);
      std::copy_n(ahead_.get() + begin_, count, buffer.data());
      begin_ += count;
    }
    position_ += static_cast<int64_t>(count);
    return count;
  }
  int64_t position() const { return position_; }

 private:
  static constexpr size_t kAheadBytes = 64 << 10;

  const std::unique_ptr<io::Reader> from_;
  const std::unique_ptr<char[]> ahead_;
  size_t begin_ = 0;  // of what was read ahead
  size_t end_ = 0;
  int64_t position_;
};

struct LayerFiles::Layer {
  const io::Source* blob = nullptr;
  std::optional<bool> compressed;
  int passes = 0;
  int64_t used = 0;  // when it was last wanted
  file::Fd spooled;
  std::unique_ptr<Forward> reader;
};

LayerFiles::LayerFiles(std::vector<const io::Source*> layers, std::string spool)
    : layers_(layers.size()),
      spool_(std::move(spool)),
      buffer_(std::make_unique_for_overwrite<char[]>(io::kCopyBufferBytes)) {
  for (size_t i = 0; i < layers.size(); ++i) layers_[i].blob = layers[i];
}

LayerFiles::~LayerFiles() = default;

void LayerFiles::CloseOne() {
  Layer* oldest = nullptr;
  size_t open = 0;
  for (Layer& layer : layers_) {
    if (layer.reader == nullptr) continue;
    ++open;
    if (oldest == nullptr || layer.used < oldest->used) oldest = &layer;
  }
  if (open >= kMaxOpen) oldest->reader.reset();
}

absl::Status LayerFiles::Spool(const Context& context, Layer& layer) {
  file::Fd file(open(spool_.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  if (!file.valid()) return ErrnoError(errno, absl::StrCat("create a temporary file in ", spool_));
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<io::Reader> blob, layer.blob->Open(context, 0));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<io::Reader> bytes, compress::NewDecompressor(std::move(blob)));
  while (true) {
    ABSL_RETURN_IF_ERROR(context.Check());
    ABSL_ASSIGN_OR_RETURN(const size_t count, bytes->Read(absl::MakeSpan(buffer_.get(), io::kCopyBufferBytes)));
    if (count == 0) break;
    ABSL_RETURN_IF_ERROR(file::WriteFully(file, absl::string_view(buffer_.get(), count), spool_));
  }
  layer.spooled = std::move(file);
  return absl::OkStatus();
}

absl::Status LayerFiles::Reopen(const Context& context, Layer& layer, int64_t place) {
  layer.reader.reset();
  CloseOne();
  if (!layer.compressed.has_value()) {
    ABSL_ASSIGN_OR_RETURN(layer.compressed, IsCompressed(context, *layer.blob));
  }
  if (!*layer.compressed) {
    if (place > layer.blob->size()) return Changed();
    ABSL_ASSIGN_OR_RETURN(std::unique_ptr<io::Reader> reader, layer.blob->Open(context, place));
    layer.reader = std::make_unique<Forward>(std::move(reader), place);
    return absl::OkStatus();
  }
  if (layer.passes == kMaxPasses && !layer.spooled.valid()) ABSL_RETURN_IF_ERROR(Spool(context, layer));
  if (layer.spooled.valid()) {
    layer.reader = std::make_unique<Forward>(std::make_unique<SpoolReader>(layer.spooled, place), place);
    return absl::OkStatus();
  }
  ++layer.passes;
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<io::Reader> blob, layer.blob->Open(context, 0));
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<io::Reader> bytes, compress::NewDecompressor(std::move(blob)));
  layer.reader = std::make_unique<Forward>(std::move(bytes), 0);
  return absl::OkStatus();
}

absl::StatusOr<io::Reader*> LayerFiles::ReaderAt(const Context& context, Layer& layer, int64_t place) {
  layer.used = ++clock_;
  const bool in_reach = layer.reader != nullptr && layer.reader->position() <= place;
  const bool jumps = layer.compressed == false || layer.spooled.valid();
  if (!in_reach || (jumps && place - layer.reader->position() >= kJumpFrom)) {
    ABSL_RETURN_IF_ERROR(Reopen(context, layer, place));
  }
  while (layer.reader->position() < place) {
    ABSL_RETURN_IF_ERROR(context.Check());
    const size_t want = static_cast<size_t>(
        std::min<int64_t>(place - layer.reader->position(), static_cast<int64_t>(io::kCopyBufferBytes)));
    ABSL_ASSIGN_OR_RETURN(const size_t count, layer.reader->Read(absl::MakeSpan(buffer_.get(), want)));
    if (count == 0) return Changed();
  }
  return layer.reader.get();
}

absl::Status LayerFiles::Copy(const Context& context, const Tree& tree, const Inode& file, io::Writer& to) {
  if (file.layer == kDocument) {
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<io::Reader> document, tree.DocumentOf(file).Open(context, 0));
    return io::Copy(context, *document, to).status();
  }
  if (file.size == 0) return absl::OkStatus();
  if (file.layer >= layers_.size()) return Changed();
  ABSL_ASSIGN_OR_RETURN(io::Reader* const bytes, ReaderAt(context, layers_[file.layer], file.place));
  tar::Reader reader(*bytes);
  ABSL_ASSIGN_OR_RETURN(const std::optional<tar::Entry> entry, reader.Next(context));
  if (!entry.has_value() || entry->size != file.size) return Changed();
  while (true) {
    ABSL_RETURN_IF_ERROR(context.Check());
    ABSL_ASSIGN_OR_RETURN(const size_t count, reader.Read(absl::MakeSpan(buffer_.get(), io::kCopyBufferBytes)));
    if (count == 0) return absl::OkStatus();
    ABSL_RETURN_IF_ERROR(to.Write(absl::string_view(buffer_.get(), count)));
  }
}

}  // namespace waybill::oci::rootfs
