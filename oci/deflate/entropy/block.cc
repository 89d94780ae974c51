// SPDX-License-Identifier: Apache-2.0
#include "oci/deflate/entropy/block.h"

#include <algorithm>
#include <array>

#include "oci/deflate/entropy/prefix_code.h"
#include "oci/deflate/entropy/run_lengths.h"
#include "oci/deflate/entropy/symbols.h"

namespace waybill::oci::deflate::entropy {
namespace {

using Literals = std::array<uint32_t, kLiteralSymbols>;
using Distances = std::array<uint32_t, kDistanceSymbols>;

struct Codes {
  PrefixCode<kLiteralSymbols> literal;
  PrefixCode<kDistanceSymbols> distance;
};

Codes MakeFixedCodes() {
  Codes codes;
  // Two symbols more take part in the fixed code and never occur, so it is not quite canonical over kLiteralSymbols.
  std::array<uint8_t, 288> lengths;
  std::array<uint16_t, 288> bits;
  for (size_t i = 0; i < lengths.size(); ++i) lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
  AssignBits(lengths, absl::MakeSpan(bits));
  std::copy_n(lengths.begin(), kLiteralSymbols, codes.literal.lengths.begin());
  std::copy_n(bits.begin(), kLiteralSymbols, codes.literal.bits.begin());
  codes.distance.lengths.fill(5);
  AssignBits(codes.distance.lengths, absl::MakeSpan(codes.distance.bits));
  return codes;
}

const Codes& FixedCodes() {
  static const Codes codes = MakeFixedCodes();
  return codes;
}

// What occurs in a block, and how often.
struct Statistics {
  Literals literals{};
  Distances distances{};
  // Highest symbols that occur, and one.
  size_t literals_used = kEndOfBlock + 1;
  size_t distances_used = 1;
  uint64_t extra_bits = 0;

  void Finish() {
    literals[kEndOfBlock] = 1;
    for (size_t i = 0; i < kLiteralSymbols; ++i)
      literals_used = literals[i] > 0 ? std::max(literals_used, i + 1) : literals_used;
    bool any = false;
    for (size_t i = 0; i < kDistanceSymbols; ++i) {
      if (distances[i] == 0) continue;
      distances_used = i + 1;
      any = true;
    }
    // One distance code is written even where no distance occurs.
    if (!any) distances[0] = 1;
  }
};

Statistics CountTokens(absl::Span<const tokens::Token> tokens) {
  Statistics found;
  for (const tokens::Token token : tokens) {
    if (!tokens::IsMatch(token)) {
      ++found.literals[token];
      continue;
    }
    const Symbol& length = kLengthSymbols[tokens::LengthOf(token)];
    const uint32_t distance = DistanceSymbol(tokens::DistanceOf(token));
    ++found.literals[length.symbol];
    ++found.distances[distance];
    found.extra_bits += length.extra + kDistanceSymbolTable[distance].extra;
  }
  found.Finish();
  return found;
}

Statistics CountBytes(absl::Span<const uint8_t> raw) {
  // Four tables, because equal bytes in a row would wait for each other.
  std::array<std::array<uint32_t, 256>, 4> counts{};
  size_t i = 0;
  for (; i + 4 <= raw.size(); i += 4) {
    for (size_t k = 0; k < 4; ++k) ++counts[k][raw[i + k]];
  }
  for (; i < raw.size(); ++i) ++counts[0][raw[i]];
  Statistics found;
  for (size_t byte = 0; byte < 256; ++byte) {
    found.literals[byte] = counts[0][byte] + counts[1][byte] + counts[2][byte] + counts[3][byte];
  }
  found.Finish();
  return found;
}

// Code and extra bits of one length, ready to be written.
struct Piece {
  uint32_t bits;
  uint32_t count;
};

std::array<Piece, tokens::kLongestMatch + 1> LengthPieces(const PrefixCode<kLiteralSymbols>& code) {
  std::array<Piece, tokens::kLongestMatch + 1> pieces;
  for (uint32_t length = 3; length <= tokens::kLongestMatch; ++length) {
    const Symbol& symbol = kLengthSymbols[length];
    const uint32_t count = code.lengths[symbol.symbol];
    pieces[length] = {code.bits[symbol.symbol] | (length - symbol.first) << count, count + symbol.extra};
  }
  return pieces;
}

void WriteItems(absl::Span<const tokens::Token> tokens, const Codes& codes, BitPacker& to) {
  const std::array<Piece, tokens::kLongestMatch + 1> lengths = LengthPieces(codes.literal);
  for (const tokens::Token token : tokens) {
    if (!tokens::IsMatch(token)) {
      to.Put(codes.literal.bits[token], codes.literal.lengths[token]);
      continue;
    }
    const Piece& length = lengths[tokens::LengthOf(token)];
    const uint32_t distance = tokens::DistanceOf(token);
    const uint32_t symbol = DistanceSymbol(distance);
    to.Add(length.bits, length.count);
    to.Add(codes.distance.bits[symbol], codes.distance.lengths[symbol]);
    to.Put(distance - kDistanceSymbolTable[symbol].first, kDistanceSymbolTable[symbol].extra);
  }
}

void WriteItems(absl::Span<const uint8_t> bytes, const Codes& codes, BitPacker& to) {
  for (const uint8_t byte : bytes) to.Put(codes.literal.bits[byte], codes.literal.lengths[byte]);
}

// Bits of a block with these codes, without its header and without extra bits. Counts the pretended distance.
uint64_t BodyBits(const Statistics& found, const Codes& codes) {
  return CodedBits(found.literals, codes.literal.lengths) + CodedBits(found.distances, codes.distance.lengths);
}

Codes DynamicCodes(const Statistics& found) {
  return {MakeCode<kLiteralSymbols>(found.literals, kLongestCode),
          MakeCode<kDistanceSymbols>(found.distances, kLongestCode)};
}

RunLengths HeaderOf(const Statistics& found, const Codes& codes) {
  return RunLengths(absl::MakeConstSpan(codes.literal.lengths).first(found.literals_used),
                    absl::MakeConstSpan(codes.distance.lengths).first(found.distances_used));
}

// Whether the bytes as they are take fewer bits than that.
bool StoredIsSmaller(const BlockInput& input, uint64_t bits) {
  return input.storable && (uint64_t{input.raw.size()} + 5) * 8 < bits;
}

// The block whose codes take `most` bits or fewer. `header` is null for the fixed codes.
template <typename Item>
void Write(absl::Span<const Item> items, const Codes& codes, const RunLengths* header, uint64_t most, BitString& to) {
  constexpr uint64_t kFixedBlock = 1;
  to.Resize(most);
  BitPacker packer(to.bytes.data());
  if (header != nullptr) {
    header->Write(packer);
  } else {
    packer.Put(kFixedBlock << 1, 3);
  }
  WriteItems(items, codes, packer);
  packer.Put(codes.literal.bits[kEndOfBlock], codes.literal.lengths[kEndOfBlock]);
  to.Resize(packer.count());
}

void EncodeSmallest(const BlockInput& input, BlockOutput& output) {
  const Statistics found = CountTokens(input.tokens);
  const Codes codes = DynamicCodes(found);
  const RunLengths header = HeaderOf(found, codes);
  const uint64_t fixed = 3 + BodyBits(found, FixedCodes());
  const uint64_t dynamic = header.bits() + BodyBits(found, codes);
  const uint64_t bits = std::min(fixed, dynamic) + found.extra_bits;
  output.stored = StoredIsSmaller(input, bits);
  if (output.stored) return;
  const bool is_dynamic = dynamic < fixed;
  Write(absl::MakeConstSpan(input.tokens), is_dynamic ? codes : FixedCodes(), is_dynamic ? &header : nullptr, bits,
        output.bits);
}

template <typename Item>
void EncodeQuick(absl::Span<const Item> items, const Statistics& found, const BlockInput& input, BlockOutput& output) {
  const Codes codes = DynamicCodes(found);
  const RunLengths header = HeaderOf(found, codes);
  // Extra bits are left out of this comparison.
  const uint64_t bits = header.bits() + BodyBits(found, codes);
  output.stored = StoredIsSmaller(input, bits + bits / 16);
  if (!output.stored) Write(items, codes, &header, bits + found.extra_bits, output.bits);
}

}  // namespace

void EncodeBlock(const BlockInput& input, BlockOutput& output) {
  switch (input.choice) {
    case Choice::kSmallest:
      return EncodeSmallest(input, output);
    case Choice::kQuick:
      return EncodeQuick(absl::MakeConstSpan(input.tokens), CountTokens(input.tokens), input, output);
    case Choice::kLiterals:
      return EncodeQuick(absl::MakeConstSpan(input.raw), CountBytes(input.raw), input, output);
    case Choice::kStored:
      output.stored = true;
      return;
  }
}

}  // namespace waybill::oci::deflate::entropy
