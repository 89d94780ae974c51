// SPDX-License-Identifier: Apache-2.0
#include "oci/compress/zstd.h"

#include <zstd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::oci::compress {
namespace {

constexpr int kMaxWindowLog = 27;

}  // namespace

struct ZstdReader::State {
  ZSTD_DCtx* context = ZSTD_createDCtx();
  ~State() { ZSTD_freeDCtx(context); }
};

ZstdReader::ZstdReader(std::unique_ptr<io::Reader> from)
    : from_(std::move(from)), state_(std::make_unique<State>()), input_(ZSTD_DStreamInSize(), '\0') {
  if (state_->context != nullptr) ZSTD_DCtx_setParameter(state_->context, ZSTD_d_windowLogMax, kMaxWindowLog);
}

ZstdReader::~ZstdReader() = default;

absl::Status ZstdReader::Corrupt(absl::string_view what) const {
  return InvalidInputError(absl::StrCat("zstd data at uncompressed byte ", position_, ": ", what));
}

absl::StatusOr<size_t> ZstdReader::Read(absl::Span<char> buffer) {
  if (state_->context == nullptr) return MakeError(Reason::kInternal, "libzstd: out of memory");
  while (true) {
    if (input_offset_ == input_size_ && !flushing_) {
      ABSL_ASSIGN_OR_RETURN(input_size_, from_->Read(absl::MakeSpan(input_.data(), input_.size())));
      input_offset_ = 0;
      if (input_size_ == 0) return in_frame_ ? Corrupt("cut short") : absl::StatusOr<size_t>(0);
    }
    ZSTD_inBuffer in = {input_.data(), input_size_, input_offset_};
    ZSTD_outBuffer out = {buffer.data(), buffer.size(), 0};
    const size_t hint = ZSTD_decompressStream(state_->context, &out, &in);
    if (ZSTD_isError(hint)) return Corrupt(ZSTD_getErrorName(hint));
    input_offset_ = in.pos;
    in_frame_ = hint != 0;
    flushing_ = in_frame_ && out.pos == out.size;
    position_ += static_cast<int64_t>(out.pos);
    if (out.pos > 0) return out.pos;
  }
}

}  // namespace waybill::oci::compress
