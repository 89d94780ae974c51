// SPDX-License-Identifier: Apache-2.0
#include "oci/deflate/stage.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "oci/deflate/crc32.h"
#include "oci/deflate/cutter.h"
#include "oci/deflate/match/greedy.h"
#include "oci/deflate/match/lazy.h"
#include "oci/deflate/match/quick.h"
#include "oci/deflate/match/tuning.h"

namespace waybill::oci::deflate {
namespace {

using match::kBodyEnd;
using match::kHistoryBytes;
using match::Segment;

void Checksum(Segment& segment) {
  segment.crc32 = Crc32(absl::MakeConstSpan(segment.bytes).subspan(kHistoryBytes, segment.body_end() - kHistoryBytes));
}

// The tokens of the parse that stand for bytes [begin, end) of the segment. Both are near an end of the parse.
absl::Span<const tokens::Token> TokensBetween(const Segment& segment, size_t begin, size_t end) {
  absl::Span<const tokens::Token> tokens = segment.parsed();
  for (size_t place = segment.begin; place < begin; tokens.remove_prefix(1)) place += tokens::BytesOf(tokens.front());
  for (size_t place = segment.end; place > end; tokens.remove_suffix(1)) place -= tokens::BytesOf(tokens.back());
  return tokens;
}

// Segments parsed all at once, and joined where two parses meet.
class LazyStage : public Stage {
 public:
  LazyStage(Engine& engine, int level, BlockSink sink)
      : engine_(engine), tuning_(match::TuningOf(level)), cutter_(engine, /*lazy=*/true, std::move(sink)) {}

  void Begin(SegmentJob& job) override {
    engine_.workers.Start(job.parse, [this, &job] {
      Checksum(job.segment);
      Parse(kHistoryBytes, job.segment);
    });
  }

  void Cut(SegmentJob& front, SegmentJob* next) override {
    engine_.workers.Finish(front.parse);
    size_t end = front.segment.end;
    if (next != nullptr) {
      engine_.workers.Finish(next->parse);
      end = Join(front.segment, next->segment);
    }
    cutter_.Add(TokensBetween(front.segment, begin_, end), front.segment);
    if (next == nullptr) cutter_.Finish(front.segment);
    begin_ = kHistoryBytes + (end - kBodyEnd);
  }

 private:
  void Parse(size_t begin, Segment& segment) {
    std::unique_ptr<match::Buckets> buckets = engine_.buckets.Take();
    match::ParseLazily(tuning_, begin, *buckets, segment);
    engine_.buckets.Give(std::move(buckets));
  }

  // The place in `front` from which on the parse of `next` holds. Parses `next` again in the rare case that the two do
  // not meet, as within a long run of one byte.
  size_t Join(const Segment& front, Segment& next) {
    const match::CleanPlaces both = front.clean_at_end & next.clean_at_begin;
    for (size_t i = 0; both.any() && i < both.size(); ++i) {
      if (both.test(i)) return kBodyEnd + i;
    }
    Parse(kHistoryBytes + (front.end - kBodyEnd), next);
    return front.end;
  }

  Engine& engine_;
  const match::Tuning tuning_;
  Cutter cutter_;
  size_t begin_ = kHistoryBytes;  // where the tokens of the next segment to be cut begin to count
};

// Segments parsed one after the other.
class GreedyStage : public Stage {
 public:
  GreedyStage(Engine& engine, int level, BlockSink sink)
      : engine_(engine), parser_(match::TuningOf(level)), cutter_(engine, /*lazy=*/false, std::move(sink)) {}

  void Begin(SegmentJob& job) override {
    if (before_ != nullptr) engine_.workers.Finish(before_->parse);
    before_ = &job;
    engine_.workers.Start(job.parse, [this, &job] {
      Checksum(job.segment);
      parser_.Parse(job.segment);
    });
  }

  void Cut(SegmentJob& front, SegmentJob* next) override {
    engine_.workers.Finish(front.parse);
    if (before_ == &front) before_ = nullptr;
    cutter_.Add(front.segment.parsed(), front.segment);
    if (next == nullptr) cutter_.Finish(front.segment);
  }

 private:
  Engine& engine_;
  match::GreedyParser parser_;
  Cutter cutter_;
  SegmentJob* before_ = nullptr;  // the last one begun, while its parse may be under way
};

// Blocks of the largest size that can be stored, each from bytes of its own: levels 1, 0 and -2.
class PieceStage : public Stage {
 public:
  PieceStage(Engine& engine, int level, BlockSink sink) : engine_(engine), level_(level), sink_(std::move(sink)) {
    if (level == 1) parser_.emplace();
  }

  void Begin(SegmentJob& job) override {
    if (before_ != nullptr) engine_.workers.Finish(before_->parse);
    before_ = &job;
    engine_.workers.Start(job.parse, [this, &job] {
      Checksum(job.segment);
      if (parser_) Parse(job.segment);
    });
  }

  void Cut(SegmentJob& front, SegmentJob* /*next*/) override {
    engine_.workers.Finish(front.parse);
    if (before_ == &front) before_ = nullptr;
    const Segment& segment = front.segment;
    absl::Span<const tokens::Token> tokens = segment.parsed();
    for (size_t begin = kHistoryBytes; begin < segment.body_end();) {
      const size_t end = PieceEnd(segment, begin);
      const size_t count = parser_ ? CountIn(tokens, end - begin) : 0;
      sink_(MakeBlock(segment, begin, end, tokens.first(count)));
      tokens.remove_prefix(count);
      begin = end;
    }
  }

 private:
  static constexpr size_t kMostStoredAtLevel1 = 16;

  static size_t PieceEnd(const Segment& segment, size_t begin) {
    return std::min(segment.body_end(), begin + tokens::kMostStoredBytes);
  }
  // How many tokens stand for the next `bytes` bytes. There are none for a piece that was too short to be parsed.
  static size_t CountIn(absl::Span<const tokens::Token> tokens, size_t bytes) {
    if (bytes < match::QuickParser::kShortestPiece) return 0;
    size_t count = 0;
    for (; bytes > 0; ++count) bytes -= tokens::BytesOf(tokens[count]);
    return count;
  }

  void Parse(Segment& segment) {
    tokens::Token* end_of_tokens = segment.tokens.get();
    for (size_t begin = kHistoryBytes; begin < segment.body_end();) {
      const size_t end = PieceEnd(segment, begin);
      if (end - begin >= match::QuickParser::kShortestPiece) {
        end_of_tokens = parser_->Parse(segment, begin, end, end_of_tokens);
      }
      begin = end;
    }
    segment.token_count = static_cast<size_t>(end_of_tokens - segment.tokens.get());
  }

  entropy::Choice ChoiceFor(size_t bytes, size_t tokens) const {
    if (level_ == 0) return entropy::Choice::kStored;
    if (level_ < 0) return entropy::Choice::kLiterals;
    if (bytes <= kMostStoredAtLevel1) return entropy::Choice::kStored;
    // Too few matches to be worth the distances.
    const bool literals = bytes < match::QuickParser::kShortestPiece || tokens > bytes - bytes / 16;
    return literals ? entropy::Choice::kLiterals : entropy::Choice::kQuick;
  }

  std::unique_ptr<BlockJob> MakeBlock(const Segment& segment, size_t begin, size_t end,
                                      absl::Span<const tokens::Token> tokens) {
    std::unique_ptr<BlockJob> block = engine_.blocks.Take();
    block->input.choice = ChoiceFor(end - begin, tokens.size());
    block->input.tokens.assign(tokens.begin(), tokens.end());
    block->input.raw.assign(segment.bytes.data() + begin, segment.bytes.data() + end);
    block->input.storable = true;
    return block;
  }

  Engine& engine_;
  const int level_;
  const BlockSink sink_;
  std::optional<match::QuickParser> parser_;
  SegmentJob* before_ = nullptr;
};

}  // namespace

std::unique_ptr<Stage> NewStage(Engine& engine, int level, BlockSink sink) {
  if (level <= 1) return std::make_unique<PieceStage>(engine, level, std::move(sink));
  if (level <= 3) return std::make_unique<GreedyStage>(engine, level, std::move(sink));
  return std::make_unique<LazyStage>(engine, level, std::move(sink));
}

}  // namespace waybill::oci::deflate
