// SPDX-License-Identifier: Apache-2.0
// The header of a dynamic block (RFC 1951, section 3.2.7): the code lengths of both codes, run-length coded.
#ifndef WAYBILL_OCI_DEFLATE_ENTROPY_RUN_LENGTHS_H_
#define WAYBILL_OCI_DEFLATE_ENTROPY_RUN_LENGTHS_H_

#include <array>
#include <cstdint>

#include "absl/types/span.h"
#include "oci/deflate/entropy/bits.h"
#include "oci/deflate/entropy/prefix_code.h"
#include "oci/deflate/entropy/symbols.h"

namespace waybill::oci::deflate::entropy {

// How the code lengths of one block are written.
class RunLengths {
 public:
  // Codes the lengths greedily, as one sequence.
  RunLengths(absl::Span<const uint8_t> literal_lengths, absl::Span<const uint8_t> distance_lengths);

  // Bits of the header, with the three that begin the block.
  uint64_t bits() const;
  // Writes that many.
  void Write(BitPacker& to) const;

 private:
  struct Item {
    uint8_t symbol;
    uint8_t extra;  // value of the extra bits
  };
  void Add(uint8_t symbol, int extra);
  void AddRun(uint8_t length, int count);

  const size_t literals_;
  const size_t distances_;
  std::array<Item, kLiteralSymbols + kDistanceSymbols> items_;
  size_t size_ = 0;
  std::array<uint32_t, kRunSymbols> frequencies_{};
  PrefixCode<kRunSymbols> code_;
  int written_ = 0;  // lengths of the code of code lengths that are written
};

}  // namespace waybill::oci::deflate::entropy

#endif  // WAYBILL_OCI_DEFLATE_ENTROPY_RUN_LENGTHS_H_
