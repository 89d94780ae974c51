// SPDX-License-Identifier: Apache-2.0
// Where blocks begin and end is told by zlib's inflate, which can stop behind each block.
#include "oci/deflate/pieces/last_block.h"

#include <zlib.h>

#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace waybill::oci::deflate::pieces {
namespace {

using Bytes = std::vector<uint8_t>;
using Random = std::mt19937_64;

// What zlib says; null when it does not read the stream to its end.
std::optional<LastBlock> ByZlib(const Bytes& stream) {
  constexpr int kBlockEnded = 128;
  constexpr int kInLastBlock = 64;
  z_stream z = {};
  EXPECT_EQ(inflateInit2(&z, -15), Z_OK);
  Bytes input = stream;
  z.next_in = input.data();
  z.avail_in = static_cast<uInt>(input.size());
  Bytes out(1 << 16);
  LastBlock found;
  int result = Z_OK;
  while (result == Z_OK) {
    z.next_out = out.data();
    z.avail_out = static_cast<uInt>(out.size());
    const uInt before = z.avail_in;
    result = inflate(&z, Z_BLOCK);
    const size_t at = (stream.size() - z.avail_in) * 8 - static_cast<size_t>(z.data_type & 7);
    if ((z.data_type & kBlockEnded) != 0) {
      if ((z.data_type & kInLastBlock) == 0) found.begin = at;
      found.end = at;
    }
    if (result == Z_OK && before == z.avail_in && z.avail_out > 0 && (z.data_type & kBlockEnded) == 0) break;
  }
  const bool whole = result == Z_STREAM_END && z.avail_in == 0;
  inflateEnd(&z);
  if (!whole) return std::nullopt;
  return found;
}

Bytes Deflated(const Bytes& input, int level, int strategy, int flush, Random& random) {
  z_stream z = {};
  EXPECT_EQ(deflateInit2(&z, level, Z_DEFLATED, -15, 1 + static_cast<int>(random() % 9), strategy), Z_OK);
  Bytes stream(deflateBound(&z, static_cast<uLong>(input.size())) + 10'000);
  Bytes copy = input;
  z.next_out = stream.data();
  z.avail_out = static_cast<uInt>(stream.size());
  z.next_in = copy.data();
  z.avail_in = static_cast<uInt>(copy.size() / 2);
  ::deflate(&z, flush);
  z.avail_in += static_cast<uInt>(copy.size() - copy.size() / 2);
  EXPECT_EQ(::deflate(&z, Z_FINISH), Z_STREAM_END);
  stream.resize(z.total_out);
  deflateEnd(&z);
  return stream;
}

Bytes Padded(Bytes stream) {
  stream.insert(stream.end(), kStreamPadding, uint8_t{0});
  return stream;
}

// Noise of few or many symbols, with copies from before, so that code words of all lengths come about.
Bytes RandomInput(Random& random) {
  Bytes input;
  const size_t size = random() % 200'000 >> random() % 18;
  const unsigned symbols = 1 + static_cast<unsigned>(random() % 256);
  while (input.size() < size) {
    if (random() % 3 == 0 && !input.empty()) {
      const size_t distance = 1 + random() % std::min<size_t>(input.size(), 33'000);
      for (size_t i = random() % 400; i > 0; --i) input.push_back(input[input.size() - distance]);
    } else {
      // Of very different frequencies.
      for (size_t i = random() % 300; i > 0; --i) {
        input.push_back(static_cast<uint8_t>((random() % symbols) >> (random() % 8)));
      }
    }
  }
  return input;
}

Bytes RandomStream(Random& random) {
  constexpr int kStrategies[] = {Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED};
  constexpr int kFlushes[] = {Z_NO_FLUSH, Z_PARTIAL_FLUSH, Z_SYNC_FLUSH, Z_FULL_FLUSH, Z_BLOCK};
  const Bytes input = RandomInput(random);
  return Deflated(input, static_cast<int>(random() % 10), kStrategies[random() % 5], kFlushes[random() % 5], random);
}

TEST(LastBlockTest, IsWhereZlibFindsIt) {
  Random random(1);
  LastBlockFinder finder;
  for (int round = 0; round < 200; ++round) {
    const Bytes first = RandomStream(random);
    const Bytes second = RandomStream(random);
    const std::optional<LastBlock> expected = ByZlib(first);
    ASSERT_TRUE(expected.has_value());
    ASSERT_EQ(finder.Find(Padded(first)), expected) << "round " << round;
    const auto both = finder.FindBoth(Padded(first), Padded(second));
    ASSERT_EQ(both[0], expected) << "round " << round;
    ASSERT_EQ(both[1], ByZlib(second)) << "round " << round;
  }
}

TEST(LastBlockTest, AStreamThatIsCutHasNone) {
  Random random(2);
  LastBlockFinder finder;
  const Bytes whole = RandomStream(random);
  for (int round = 0; round < 100; ++round) {
    const Bytes stream = RandomStream(random);
    if (stream.size() < 2) continue;
    const Bytes cut(stream.begin(), stream.begin() + static_cast<ptrdiff_t>(random() % (stream.size() - 1)));
    ASSERT_EQ(finder.Find(Padded(cut)), std::nullopt) << "round " << round;
    const auto both = finder.FindBoth(Padded(cut), Padded(whole));
    ASSERT_EQ(both[0], std::nullopt) << "round " << round;
    ASSERT_EQ(both[1], ByZlib(whole)) << "round " << round;
  }
}

TEST(LastBlockTest, ABrokenStreamIsReadLikeZlibOrToNoHarm) {
  Random random(3);
  LastBlockFinder finder;
  int read_by_zlib = 0;
  for (int round = 0; round < 1000; ++round) {
    Bytes stream = RandomStream(random);
    for (int i = 0; i < 2; ++i) stream[random() % stream.size()] ^= static_cast<uint8_t>(1U << random() % 8);
    const std::optional<LastBlock> found = finder.Find(Padded(stream));
    if (found.has_value()) {
      EXPECT_LE(found->end, stream.size() * 8);
    }
    const std::optional<LastBlock> expected = ByZlib(stream);
    if (!expected.has_value()) continue;
    ++read_by_zlib;
    ASSERT_EQ(found, expected) << "round " << round;
  }
  EXPECT_GT(read_by_zlib, 30);
}

TEST(LastBlockTest, TooShortStreamsHaveNone) {
  LastBlockFinder finder;
  EXPECT_EQ(finder.Find({}), std::nullopt);
  EXPECT_EQ(finder.Find(Bytes(kStreamPadding)), std::nullopt);
  EXPECT_EQ(finder.Find(Padded({0x03})), std::nullopt) << "a block of fixed codes takes ten bits";
  EXPECT_EQ(finder.Find(Padded({0x03, 0x00})), (LastBlock{0, 10}));
  EXPECT_EQ(finder.Find(Padded({0x07, 0x00})), std::nullopt) << "there is no block of type 3";
}

}  // namespace
}  // namespace waybill::oci::deflate::pieces
