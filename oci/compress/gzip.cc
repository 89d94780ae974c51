// SPDX-License-Identifier: Apache-2.0
#include "oci/compress/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::oci::compress {
namespace {

constexpr size_t kInputBytes = 64 << 10;
constexpr int kGzipOnly = 15 + 16;  // the largest window; no zlib header

}  // namespace

struct GzipReader::State {
  z_stream stream = {};
  // Fails only for want of memory; Read tells.
  int ready = inflateInit2(&stream, kGzipOnly);
  ~State() { inflateEnd(&stream); }
};

GzipReader::GzipReader(std::unique_ptr<io::Reader> from)
    : from_(std::move(from)), state_(std::make_unique<State>()), input_(kInputBytes, '\0') {}

GzipReader::~GzipReader() = default;

absl::Status GzipReader::Corrupt(absl::string_view what) const {
  return InvalidInputError(absl::StrCat("gzip data is ", what, " at uncompressed byte ", position_));
}

absl::Status GzipReader::Refill() {
  z_stream& stream = state_->stream;
  if (stream.avail_in > 0) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const size_t count, from_->Read(absl::MakeSpan(input_.data(), input_.size())));
  stream.next_in = reinterpret_cast<Bytef*>(input_.data());
  stream.avail_in = static_cast<uInt>(count);
  return absl::OkStatus();
}

absl::Status GzipReader::BeginNextMember() {
  ABSL_RETURN_IF_ERROR(Refill());
  z_stream& stream = state_->stream;
  phase_ = stream.avail_in == 0 ? Phase::kEnd : Phase::kMember;
  if (phase_ == Phase::kMember) inflateReset(&stream);
  return absl::OkStatus();
}

absl::StatusOr<size_t> GzipReader::Read(absl::Span<char> buffer) {
  if (state_->ready != Z_OK) return MakeError(Reason::kInternal, "zlib: out of memory");
  z_stream& stream = state_->stream;
  const uInt space = static_cast<uInt>(std::min<size_t>(buffer.size(), std::numeric_limits<uInt>::max()));
  while (phase_ != Phase::kEnd) {
    if (phase_ == Phase::kBetween) {
      ABSL_RETURN_IF_ERROR(BeginNextMember());
      continue;
    }
    ABSL_RETURN_IF_ERROR(Refill());
    if (stream.avail_in == 0) return Corrupt("cut short");
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = space;
    const int result = inflate(&stream, Z_NO_FLUSH);
    const size_t count = space - stream.avail_out;
    position_ += static_cast<int64_t>(count);
    if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) return Corrupt("corrupt");
    if (result == Z_STREAM_END) phase_ = Phase::kBetween;
    if (count > 0) return count;
  }
  return 0;
}

}  // namespace waybill::oci::compress
