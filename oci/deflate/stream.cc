// SPDX-License-Identifier: Apache-2.0
#include "oci/deflate/stream.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "oci/deflate/crc32.h"

namespace waybill::oci::deflate {
namespace {

using match::kBodyBytes;
using match::kBodyEnd;
using match::kHistoryBytes;
using match::kSegmentBytes;
using match::Segment;

// An empty segment at `position`.
void Reset(int64_t position, Segment& segment) {
  segment.size = kHistoryBytes;
  segment.position = position;
  segment.last = false;
  segment.token_count = 0;
}

// What the segment behind `before` has in common with it.
void Continue(const Segment& before, Segment& segment) {
  Reset(before.position + static_cast<int64_t>(kBodyBytes), segment);
  std::memcpy(segment.bytes.data(), before.bytes.data() + kBodyBytes, kSegmentBytes - kBodyBytes);
  segment.size = kSegmentBytes - kBodyBytes;
}

}  // namespace

Stream::Stream(Engine& engine, int level)
    : engine_(engine),
      stage_(NewStage(engine, level, [this](std::unique_ptr<BlockJob> block) { Encode(std::move(block)); })) {}

Stream::~Stream() {
  for (const auto& job : parsing_) engine_.workers.Finish(job->parse);
  for (const auto& job : encoding_) engine_.workers.Finish(job->encode);
}

void Stream::Append(absl::string_view bytes) {
  input_size_ += static_cast<int64_t>(bytes.size());
  while (!bytes.empty()) {
    if (filling_ == nullptr) {
      filling_ = engine_.segments.Take();
      Reset(0, filling_->segment);
    }
    Segment& segment = filling_->segment;
    const size_t count = std::min(bytes.size(), kSegmentBytes - segment.size);
    std::memcpy(segment.bytes.data() + segment.size, bytes.data(), count);
    segment.size += count;
    bytes.remove_prefix(count);
    if (segment.size == kSegmentBytes) BeginSegment(/*last=*/false);
  }
}

void Stream::BeginSegment(bool last) {
  SegmentJob& job = *filling_;
  job.segment.last = last;
  parsing_.push_back(std::move(filling_));
  if (!last) {
    filling_ = engine_.segments.Take();
    Continue(job.segment, filling_->segment);
  }
  stage_->Begin(job);
  // One segment for each thread, one to cut, and one that it is joined to.
  const size_t most = static_cast<size_t>(engine_.workers.threads()) + 2;
  while (parsing_.size() > most) CutFront();
}

void Stream::CutFront() {
  SegmentJob& front = *parsing_.front();
  stage_->Cut(front, parsing_.size() > 1 ? parsing_[1].get() : nullptr);
  const int64_t bytes = static_cast<int64_t>(front.segment.body_end() - kHistoryBytes);
  crc32_ = JoinCrc32(crc32_, front.segment.crc32, bytes);
  engine_.segments.Give(std::move(parsing_.front()));
  parsing_.pop_front();
}

void Stream::Encode(std::unique_ptr<BlockJob> block) {
  BlockJob& job = *block;
  encoding_.push_back(std::move(block));
  engine_.workers.Start(job.encode, [&job] { entropy::EncodeBlock(job.input, job.output); });
  // As many blocks as a segment has or more, so that the workers have them between two segments.
  const size_t most = 8 * (static_cast<size_t>(engine_.workers.threads()) + 1);
  while (encoding_.size() > most) JoinFront();
}

void Stream::JoinFront() {
  BlockJob& job = *encoding_.front();
  engine_.workers.Finish(job.encode);
  if (job.output.stored) {
    joiner_.AppendStored(job.input.raw, /*last=*/false);
  } else {
    joiner_.Append(job.output.bits);
  }
  engine_.blocks.Give(std::move(encoding_.front()));
  encoding_.pop_front();
}

void Stream::Finish(bool flush) {
  if (filling_ != nullptr) BeginSegment(/*last=*/true);
  while (!parsing_.empty()) CutFront();
  while (!encoding_.empty()) JoinFront();
  if (flush) joiner_.AppendStored({}, /*last=*/false);
  joiner_.AppendStored({}, /*last=*/true);
}

}  // namespace waybill::oci::deflate
