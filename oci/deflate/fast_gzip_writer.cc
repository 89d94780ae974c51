// SPDX-License-Identifier: Apache-2.0
#include "oci/deflate/fast_gzip_writer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "absl/memory/memory.h"
#include "oci/deflate/crc32.h"
#include "oci/deflate/gzip_frame.h"
#include "oci/deflate/stage.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::oci::deflate {
namespace {

struct Levels {
  int usual;
  int small;  // for short streams, whose time does not count and for which libdeflate's own levels are less even
};

// Levels of libdeflate for each level from 0 on: up to 5 the fastest that makes no more bytes than Go does at the
// level, of 400 MB of programs (tools/bench/deflate_bench.cc) and of recorded layers (tools/deflate/golden_test.cc); 6,
// the default, also of all kinds of files (tools/bench/layers.sh). Those from 7 to 9 each make fewer bytes than the one
// before, which Go's hardly do.
constexpr std::array<Levels, kMostLevel + 1> kLibdeflateLevels = {
    {{0, 0}, {1, 5}, {1, 6}, {2, 6}, {2, 7}, {3, 8}, {5, 8}, {6, 9}, {7, 9}, {9, 9}}};
constexpr size_t kSmallBytes = 256 << 10;

// Those for literals alone are as for the fastest level.
const Levels& LibdeflateLevels(int level) { return kLibdeflateLevels[static_cast<size_t>(level < 0 ? 1 : level)]; }

// A bound for machines with many processors.
constexpr size_t kMostPairs = 16;

absl::Span<const uint8_t> InputOf(const PairJob& job) { return {job.input.get(), job.size}; }

}  // namespace

absl::StatusOr<std::unique_ptr<FastGzipWriter>> FastGzipWriter::New(Engine& engine, io::Writer& to, int level) {
  ABSL_ASSIGN_OR_RETURN(level, GzipLevel(level));
  return absl::WrapUnique(new FastGzipWriter(engine, to, level));
}

FastGzipWriter::FastGzipWriter(Engine& engine, io::Writer& to, int level)
    : engine_(engine), to_(to), level_(level), header_(GzipHeader(level)) {}

FastGzipWriter::~FastGzipWriter() {
  for (const auto& job : compressing_) engine_.workers.Finish(job->compress);
}

absl::Status FastGzipWriter::Write(absl::string_view bytes) {
  ABSL_RETURN_IF_ERROR(status_);
  while (!bytes.empty()) {
    // Only now: whether the pair before is the last is known when there is more.
    if (filling_ != nullptr && filling_->size == pieces::kPairBytes) ABSL_RETURN_IF_ERROR(Begin(/*last=*/false));
    if (filling_ == nullptr) filling_ = TakePair();
    const size_t count = std::min(bytes.size(), pieces::kPairBytes - filling_->size);
    std::memcpy(filling_->input.get() + filling_->size, bytes.data(), count);
    filling_->size += count;
    bytes.remove_prefix(count);
  }
  return absl::OkStatus();
}

absl::Status FastGzipWriter::Close() {
  ABSL_RETURN_IF_ERROR(status_);
  if (filling_ == nullptr) filling_ = TakePair();
  ABSL_RETURN_IF_ERROR(Begin(/*last=*/true));
  while (!compressing_.empty()) ABSL_RETURN_IF_ERROR(PassFront());
  status_ = to_.Write(GzipTrailer(crc32_, input_size_));
  return status_;
}

std::unique_ptr<PairJob> FastGzipWriter::TakePair() {
  std::unique_ptr<PairJob> pair = engine_.pairs.Take();
  pair->size = 0;
  return pair;
}

absl::Status FastGzipWriter::Begin(bool last) {
  PairJob& job = *filling_;
  const bool small = last && compressing_.empty() && input_size_ == 0 && job.size <= kSmallBytes;
  const int level = small ? LibdeflateLevels(level_).small : LibdeflateLevels(level_).usual;
  compressing_.push_back(std::move(filling_));
  engine_.workers.Start(job.compress, [&job, level, last] {
    job.crc32 = Crc32(InputOf(job));
    job.good = job.compressor.Compress(level, InputOf(job), last);
  });
  // One pair for each thread, and one that the caller compresses while it waits.
  const size_t most = std::min(static_cast<size_t>(engine_.workers.threads()) + 1, kMostPairs);
  while (compressing_.size() > most) ABSL_RETURN_IF_ERROR(PassFront());
  return absl::OkStatus();
}

absl::Status FastGzipWriter::PassFront() {
  PairJob& job = *compressing_.front();
  engine_.workers.Finish(job.compress);
  status_ = PassPair(job);
  engine_.pairs.Give(std::move(compressing_.front()));
  compressing_.pop_front();
  return status_;
}

absl::Status FastGzipWriter::PassPair(const PairJob& job) {
  if (!job.good) return MakeError(Reason::kInternal, "libdeflate cannot compress");
  if (!header_.empty()) ABSL_RETURN_IF_ERROR(to_.Write(std::exchange(header_, "")));
  for (size_t i = 0; i < 2; ++i) {
    const absl::Span<const uint8_t> piece = job.compressor.piece(i);
    if (piece.empty()) continue;
    ABSL_RETURN_IF_ERROR(to_.Write({reinterpret_cast<const char*>(piece.data()), piece.size()}));
  }
  const auto size = static_cast<int64_t>(job.size);
  crc32_ = JoinCrc32(crc32_, job.crc32, size);
  input_size_ += size;
  return absl::OkStatus();
}

}  // namespace waybill::oci::deflate
