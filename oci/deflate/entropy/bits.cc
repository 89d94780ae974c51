// SPDX-License-Identifier: Apache-2.0
#include "oci/deflate/entropy/bits.h"

namespace waybill::oci::deflate::entropy {

void BitJoiner::Append(const BitString& bits) {
  const size_t old = bytes_.size();
  bytes_.resize(old + (count_ + bits.count) / 8 + tokens::kReadAhead);
  auto* to = reinterpret_cast<uint8_t*>(&bytes_[old]);
  const uint8_t* from = bits.bytes.data();
  // Four bytes at a time, which leaves room for the pending bits. Eight bytes are stored; the next step writes over the
  // upper four.
  for (uint64_t left = bits.count / 32; left > 0; --left, from += 4, to += 4) {
    pending_ |= static_cast<uint64_t>(tokens::Load32(from)) << count_;
    tokens::Store64(pending_, to);
    pending_ >>= 32;
  }
  const uint32_t rest = bits.count % 32;
  pending_ |= (tokens::Load64(from) & ((uint64_t{1} << rest) - 1)) << count_;
  tokens::Store64(pending_, to);
  count_ += rest;
  pending_ >>= count_ & ~7U;
  to += count_ / 8;
  count_ &= 7;
  bytes_.resize(static_cast<size_t>(to - reinterpret_cast<uint8_t*>(bytes_.data())));
}

void BitJoiner::AppendStored(absl::Span<const uint8_t> raw, bool last) {
  pending_ |= static_cast<uint64_t>(last) << count_;
  const size_t header = count_ + 3 > 8 ? 2 : 1;
  const auto size = static_cast<uint64_t>(raw.size());
  uint8_t framed[16];
  tokens::Store64(pending_, framed);
  tokens::Store64(size | (~size & 0xffff) << 16, framed + header);
  bytes_.append(reinterpret_cast<const char*>(framed), header + 4);
  bytes_.append(reinterpret_cast<const char*>(raw.data()), raw.size());
  pending_ = 0;
  count_ = 0;
}

}  // namespace waybill::oci::deflate::entropy
