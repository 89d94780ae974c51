// SPDX-License-Identifier: Apache-2.0
// Strings of bits, packed from the least significant bit of each byte (RFC 1951, section 3.1.1).
#ifndef WAYBILL_OCI_DEFLATE_ENTROPY_BITS_H_
#define WAYBILL_OCI_DEFLATE_ENTROPY_BITS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "oci/deflate/tokens/words.h"

namespace waybill::oci::deflate::entropy {

// Writes bits into memory that has room for them and 8 bytes more.
class BitPacker {
 public:
  explicit BitPacker(uint8_t* to) : begin_(to), to_(to) {}
  // At most 56 bits, and `bits` has no others. Between two calls of Settle at most 56 bits are added.
  void Add(uint64_t bits, uint32_t count) {
    pending_ |= bits << count_;
    count_ += count;
  }
  // Moves whole bytes to memory.
  void Settle() {
    tokens::Store64(pending_, to_);
    to_ += count_ / 8;
    pending_ >>= count_ & ~7U;
    count_ &= 7;
  }
  void Put(uint64_t bits, uint32_t count) {
    Add(bits, count);
    Settle();
  }
  // Bits written.
  uint64_t count() const { return static_cast<uint64_t>(to_ - begin_) * 8 + count_; }

 private:
  uint8_t* const begin_;
  uint8_t* to_;
  uint64_t pending_ = 0;
  uint32_t count_ = 0;  // bits pending; below 8 after Settle
};

// Bits of known number. The last byte is filled with zeros.
struct BitString {
  std::vector<uint8_t> bytes;  // kReadAhead bytes longer than the bits need
  uint64_t count = 0;          // bits

  // Room for `bits` of them; the content is undefined.
  void Resize(uint64_t bits) {
    count = bits;
    bytes.resize((bits + 7) / 8 + tokens::kReadAhead);
  }
};

// Strings of bits and bytes, one after the other, as bytes.
class BitJoiner {
 public:
  void Append(const BitString& bits);
  // A block header of three bits, zeros up to the next byte, and a stored block (RFC 1951, section 3.2.4) of at most
  // kMostStoredBytes.
  void AppendStored(absl::Span<const uint8_t> raw, bool last);
  // The bytes so far. Bits of an unfinished byte stay.
  std::string& bytes() { return bytes_; }

 private:
  std::string bytes_;
  uint64_t pending_ = 0;
  uint32_t count_ = 0;  // bits pending, below 8
};

}  // namespace waybill::oci::deflate::entropy

#endif  // WAYBILL_OCI_DEFLATE_ENTROPY_BITS_H_
