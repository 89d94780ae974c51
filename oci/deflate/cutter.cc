// SPDX-License-Identifier: Apache-2.0
#include "oci/deflate/cutter.h"

#include <algorithm>
#include <utility>

#include "oci/deflate/match/window.h"

namespace waybill::oci::deflate {
namespace {

constexpr size_t kBlockTokens = 16384;

int64_t CoveredBytes(absl::Span<const tokens::Token> tokens) {
  int64_t bytes = 0;
  for (const tokens::Token token : tokens) bytes += tokens::BytesOf(token);
  return bytes;
}

}  // namespace

Cutter::Cutter(Engine& engine, bool lazy, BlockSink sink) : engine_(engine), lazy_(lazy), sink_(std::move(sink)) {}

void Cutter::Add(absl::Span<const tokens::Token> tokens, const match::Segment& segment) {
  while (!tokens.empty()) {
    if (block_ == nullptr) {
      block_ = engine_.blocks.Take();
      block_->input.tokens.clear();
    }
    std::vector<tokens::Token>& block_tokens = block_->input.tokens;
    const absl::Span<const tokens::Token> taken =
        tokens.first(std::min(tokens.size(), kBlockTokens - block_tokens.size()));
    tokens.remove_prefix(taken.size());
    block_tokens.insert(block_tokens.end(), taken.begin(), taken.end());
    end_ += CoveredBytes(taken);
    if (block_tokens.size() < kBlockTokens) return;
    const tokens::Token token = taken.back();
    // Where the encoder looked when it wrote the token: a match at its first byte, or at the one behind where matches
    // are deferred; a deferred literal at the byte behind it.
    const int64_t first = end_ - static_cast<int64_t>(tokens::BytesOf(token));
    Close(segment, lazy_ ? first + 1 : first);
  }
}

void Cutter::Finish(const match::Segment& segment) {
  if (block_ != nullptr) Close(segment, end_);
}

void Cutter::Close(const match::Segment& segment, int64_t decided_at) {
  const int64_t offset = segment.position - static_cast<int64_t>(match::kHistoryBytes);
  const match::Window window(segment.last ? offset + static_cast<int64_t>(segment.size) : match::Window::kUnknown);
  entropy::BlockInput& input = block_->input;
  input.choice = entropy::Choice::kSmallest;
  input.storable =
      begin_ >= window.BufferStart(decided_at) && end_ - begin_ <= static_cast<int64_t>(tokens::kMostStoredBytes);
  input.raw.clear();
  if (input.storable) {
    const uint8_t* const bytes = segment.bytes.data();
    input.raw.assign(bytes + (begin_ - offset), bytes + (end_ - offset));
  }
  begin_ = end_;
  sink_(std::move(block_));
}

}  // namespace waybill::oci::deflate
