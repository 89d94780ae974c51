// SPDX-License-Identifier: Apache-2.0
#include "oci/deflate/pieces/pair_compressor.h"

#include <libdeflate.h>

#include <algorithm>

namespace waybill::oci::deflate::pieces {
namespace {

// An empty stored block without its header: a length of zero and its complement (RFC 1951, section 3.2.4).
constexpr std::array<uint8_t, 4> kEmptyStored = {0, 0, 0xff, 0xff};
constexpr size_t kHeaderBits = 3;
constexpr size_t kMarkerBytes = 1 + kEmptyStored.size();

}  // namespace

void PairCompressor::Free::operator()(libdeflate_compressor* compressor) const {
  libdeflate_free_compressor(compressor);
}

PairCompressor::PairCompressor() = default;
PairCompressor::~PairCompressor() = default;

bool PairCompressor::Select(int level) {
  if (compressor_ == nullptr || level_ != level) {
    compressor_.reset(libdeflate_alloc_compressor(level));
    level_ = level;
  }
  return compressor_ != nullptr;
}

bool PairCompressor::Deflate(absl::Span<const uint8_t> input, Piece& piece) {
  const size_t most = libdeflate_deflate_compress_bound(compressor_.get(), input.size());
  static_assert(kMarkerBytes <= kStreamPadding);
  const size_t wanted = most + kStreamPadding;
  if (piece.bytes.size() < wanted) piece.bytes.resize(wanted);
  piece.size = libdeflate_deflate_compress(compressor_.get(), input.data(), input.size(), piece.bytes.data(), most);
  return piece.size > 0;
}

// Makes the last block one that others follow, and goes on to the end of its byte by an empty stored block.
bool PairCompressor::Open(const std::optional<LastBlock>& last_block, Piece& piece) {
  if (!last_block.has_value() || (last_block->end + 7) / 8 != piece.size) return false;
  piece.bytes[last_block->begin / 8] &= static_cast<uint8_t>(~(1U << last_block->begin % 8));
  if (last_block->end % 8 == 0) return true;
  // The bits that libdeflate left zero are the header, when there are enough of them.
  if (piece.size * 8 - last_block->end < kHeaderBits) piece.bytes[piece.size++] = 0;
  std::copy(kEmptyStored.begin(), kEmptyStored.end(), piece.bytes.begin() + static_cast<ptrdiff_t>(piece.size));
  piece.size += kEmptyStored.size();
  return true;
}

bool PairCompressor::Compress(int level, absl::Span<const uint8_t> input, bool last) {
  if (!Select(level)) return false;
  auto& [first, second] = pieces_;
  const absl::Span<const uint8_t> rest = input.subspan(std::min(input.size(), kPieceBytes));
  second.size = 0;
  if (!Deflate(input.first(input.size() - rest.size()), first)) return false;
  if (rest.empty()) return last || Open(finder_.Find(Padded(first)), first);
  if (!Deflate(rest, second)) return false;
  if (last) return Open(finder_.Find(Padded(first)), first);
  const auto [end_of_first, end_of_second] = finder_.FindBoth(Padded(first), Padded(second));
  return Open(end_of_first, first) && Open(end_of_second, second);
}

}  // namespace waybill::oci::deflate::pieces
