// SPDX-License-Identifier: Apache-2.0
#include "oci/compress/compression.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "oci/compress/gzip.h"
#include "oci/compress/zstd.h"
#include "oci/status_macros.h"

namespace waybill::oci::compress {
namespace {

constexpr absl::string_view kGzipMagic = "\x1f\x8b\x08";           // RFC 1952, deflate
constexpr absl::string_view kZstdMagic = "\x28\xb5\x2f\xfd";       // RFC 8878
constexpr absl::string_view kZstdSkippableMagic = "\x2a\x4d\x18";  // after a byte 0x50 to 0x5f

// Bytes that were read ahead, then the rest.
class PeekedReader : public io::Reader {
 public:
  PeekedReader(std::string peeked, std::unique_ptr<io::Reader> rest)
      : peeked_(std::move(peeked)), rest_(std::move(rest)) {}
  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    if (offset_ == peeked_.size()) return rest_->Read(buffer);
    const absl::string_view part = absl::string_view(peeked_).substr(offset_, buffer.size());
    std::copy(part.begin(), part.end(), buffer.begin());
    offset_ += part.size();
    return part.size();
  }

 private:
  const std::string peeked_;
  size_t offset_ = 0;
  const std::unique_ptr<io::Reader> rest_;
};

absl::StatusOr<std::string> ReadMagic(io::Reader& from) {
  std::string magic(kMagicBytes, '\0');
  size_t size = 0;
  while (size < magic.size()) {
    ABSL_ASSIGN_OR_RETURN(const size_t count, from.Read(absl::MakeSpan(magic.data() + size, magic.size() - size)));
    if (count == 0) break;
    size += count;
  }
  magic.resize(size);
  return magic;
}

}  // namespace

Format DetectFormat(absl::string_view bytes) {
  if (absl::StartsWith(bytes, kGzipMagic)) return Format::kGzip;
  if (absl::StartsWith(bytes, kZstdMagic)) return Format::kZstd;
  const bool skippable = bytes.size() >= kMagicBytes && (bytes[0] & 0xf0) == 0x50 &&
                         absl::StartsWith(bytes.substr(1), kZstdSkippableMagic);
  return skippable ? Format::kZstd : Format::kNone;
}

absl::StatusOr<std::unique_ptr<io::Reader>> NewDecompressor(std::unique_ptr<io::Reader> from, Format* format) {
  ABSL_ASSIGN_OR_RETURN(std::string magic, ReadMagic(*from));
  const Format found = DetectFormat(magic);
  if (format != nullptr) *format = found;
  auto whole = std::make_unique<PeekedReader>(std::move(magic), std::move(from));
  switch (found) {
    case Format::kGzip:
      return std::make_unique<GzipReader>(std::move(whole));
    case Format::kZstd:
      return std::make_unique<ZstdReader>(std::move(whole));
    case Format::kNone:
      break;
  }
  return whole;
}

}  // namespace waybill::oci::compress
