// SPDX-License-Identifier: Apache-2.0
#include "oci/deflate/entropy/prefix_code.h"

#include <algorithm>
#include <cstddef>

namespace waybill::oci::deflate::entropy {
namespace {

constexpr uint32_t kSymbolBits = 9;
constexpr uint32_t kSymbolMask = (1U << kSymbolBits) - 1;
constexpr size_t kMostItems = size_t{2} * kLiteralSymbols;

// One row of package-merge: symbols and packages in the order of their weights.
struct Row {
  std::array<uint32_t, kMostItems> weights;
  // How many of the first i items are symbols.
  std::array<uint16_t, kMostItems + 1> symbols;
  size_t size = 0;
};

// `sorted` has the frequency of each symbol in its upper bits.
void FillFirstRow(absl::Span<const uint32_t> sorted, Row& row) {
  row.size = sorted.size();
  row.symbols[0] = 0;
  for (size_t i = 0; i < sorted.size(); ++i) {
    row.weights[i] = sorted[i] >> kSymbolBits;
    row.symbols[i + 1] = static_cast<uint16_t>(i + 1);
  }
}

// Merges the symbols with the packages, which are pairs of `below`. No row needs more than 2n - 2 items.
void FillRow(absl::Span<const uint32_t> sorted, const Row& below, Row& row) {
  const size_t packages = below.size / 2;
  const size_t size = std::min(sorted.size() + packages, 2 * sorted.size() - 2);
  size_t symbol = 0;
  size_t package = 0;
  row.symbols[0] = 0;
  constexpr uint32_t kNothing = UINT32_MAX;
  const auto symbol_weight = [&] { return symbol < sorted.size() ? sorted[symbol] >> kSymbolBits : kNothing; };
  const auto package_weight = [&] {
    return package < packages ? below.weights[2 * package] + below.weights[2 * package + 1] : kNothing;
  };
  uint32_t next_symbol = symbol_weight();
  uint32_t next_package = package_weight();
  for (size_t i = 0; i < size; ++i) {
    if (next_symbol < next_package) {
      row.weights[i] = next_symbol;
      ++symbol;
      next_symbol = symbol_weight();
    } else {
      row.weights[i] = next_package;
      ++package;
      next_package = package_weight();
    }
    row.symbols[i + 1] = static_cast<uint16_t>(symbol);
  }
  row.size = size;
}

// Adds one to the length of a symbol for each time that it occurs in the first 2n - 2 items of the last row.
void CountOccurrences(absl::Span<const uint32_t> sorted, absl::Span<const Row> rows, absl::Span<uint8_t> lengths) {
  size_t items = 2 * sorted.size() - 2;
  for (size_t i = rows.size(); i-- > 0;) {
    const size_t symbols = rows[i].symbols[items];
    for (size_t symbol = 0; symbol < symbols; ++symbol) ++lengths[sorted[symbol] & kSymbolMask];
    items = 2 * (items - symbols);
  }
}

}  // namespace

void ChooseLengths(absl::Span<const uint32_t> frequencies, int limit, absl::Span<uint8_t> lengths) {
  std::array<uint32_t, kLiteralSymbols> used;
  size_t count = 0;
  for (size_t symbol = 0; symbol < frequencies.size(); ++symbol) {
    lengths[symbol] = 0;
    if (frequencies[symbol] > 0) used[count++] = frequencies[symbol] << kSymbolBits | static_cast<uint32_t>(symbol);
  }
  const absl::Span<uint32_t> sorted(used.data(), count);
  if (count <= 2) {
    for (const uint32_t item : sorted) lengths[item & kSymbolMask] = 1;
    return;
  }
  std::sort(sorted.begin(), sorted.end());
  std::array<Row, kLongestCode> rows;
  const size_t depth = std::min(static_cast<size_t>(limit), count - 1);
  FillFirstRow(sorted, rows[0]);
  for (size_t i = 1; i < depth; ++i) FillRow(sorted, rows[i - 1], rows[i]);
  CountOccurrences(sorted, absl::MakeConstSpan(rows).first(depth), lengths);
}

void AssignBits(absl::Span<const uint8_t> lengths, absl::Span<uint16_t> bits) {
  std::array<uint32_t, kLongestCode + 2> next{};
  for (const uint8_t length : lengths) next[length + 1U] += length > 0 ? 1 : 0;
  // next[n + 1] holds how many codes of n bits there are; the first code of n + 1 bits follows from it.
  next[1] = 0;
  for (size_t length = 2; length < next.size(); ++length) next[length] = (next[length - 1] + next[length]) << 1;
  for (size_t symbol = 0; symbol < lengths.size(); ++symbol) {
    const uint8_t length = lengths[symbol];
    uint32_t reversed = 0;
    if (length > 0) {
      const uint32_t code = next[length]++;
      for (int bit = 0; bit < length; ++bit) reversed |= (code >> bit & 1) << (length - 1 - bit);
    }
    bits[symbol] = static_cast<uint16_t>(reversed);
  }
}

uint64_t CodedBits(absl::Span<const uint32_t> frequencies, absl::Span<const uint8_t> lengths) {
  uint64_t bits = 0;
  for (size_t symbol = 0; symbol < frequencies.size(); ++symbol) {
    bits += uint64_t{frequencies[symbol]} * lengths[symbol];
  }
  return bits;
}

}  // namespace waybill::oci::deflate::entropy
