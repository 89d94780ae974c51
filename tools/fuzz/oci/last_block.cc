// SPDX-License-Identifier: Apache-2.0
// oci/deflate/pieces: any bytes are followed to an end or to nothing, and where zlib reads a stream to its end, both
// end at the same byte.
#include <zlib.h>

#include <algorithm>
#include <string>
#include <vector>

#include "oci/deflate/pieces/last_block.h"
#include "tools/fuzz/require.h"

using waybill::fuzz::Require;
using waybill::oci::deflate::pieces::kStreamPadding;
using waybill::oci::deflate::pieces::LastBlock;
using waybill::oci::deflate::pieces::LastBlockFinder;

namespace {

// How many bytes of the input zlib's stream has; 0 when there is none.
size_t BytesByZlib(const uint8_t* data, size_t size) {
  constexpr int kRaw = -15;
  constexpr size_t kMostBytes = 64 << 20;
  std::vector<uint8_t> out(1 << 16);
  z_stream stream = {};
  Require(inflateInit2(&stream, kRaw) == Z_OK, "zlib starts");
  stream.next_in = const_cast<Bytef*>(data);
  stream.avail_in = static_cast<uInt>(size);
  int result = Z_OK;
  while (result == Z_OK && stream.total_out < kMostBytes) {
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    result = inflate(&stream, Z_NO_FLUSH);
  }
  inflateEnd(&stream);
  return result == Z_STREAM_END ? stream.total_in : 0;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static auto* const finder = new LastBlockFinder;
  std::vector<uint8_t> padded(data, data + size);
  padded.insert(padded.end(), kStreamPadding, uint8_t{0xff});
  const std::optional<LastBlock> alone = finder->Find(padded);
  // Another stream beside it: the same bytes from the middle on.
  const absl::Span<const uint8_t> half = absl::MakeConstSpan(padded).subspan(size / 2);
  const auto both = finder->FindBoth(padded, half);
  Require(both[0] == alone, "a second stream changes nothing");
  Require(both[1] == finder->Find(half), "nor does a first one");
  if (alone.has_value()) Require(alone->begin < alone->end && alone->end <= size * 8, "it lies within the stream");
  const size_t bytes = BytesByZlib(data, size);
  if (bytes > 0) Require(alone.has_value() && (alone->end + 7) / 8 == bytes, "zlib ends at the same byte");
  return 0;
}
