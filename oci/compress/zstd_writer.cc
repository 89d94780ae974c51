// SPDX-License-Identifier: Apache-2.0
#include "oci/compress/zstd_writer.h"

#include <zstd.h>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::oci::compress {
namespace {

constexpr size_t kBlockBytes = 128 << 10;
// Workers are a constant, because the bytes of a parallel frame differ from those of a serial one. The size of a job
// bounds the memory.
constexpr int kWorkers = 2;
constexpr int kJobBytes = 4 << 20;

absl::Status ZstdError(size_t code) {
  return MakeError(Reason::kInternal, absl::StrCat("libzstd: ", ZSTD_getErrorName(code)));
}

}  // namespace

int ZstdLevelFor(std::optional<int64_t> compression_level) {
  constexpr int kFastest = 1, kDefault = 3, kBetter = 7, kBest = 12;
  const int64_t level = compression_level.value_or(kDefault);
  if (level < 3) return kFastest;
  if (level < 6) return kDefault;
  return level < 10 ? kBetter : kBest;
}

struct ZstdWriter::State {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ~State() { ZSTD_freeCCtx(context); }
};

ZstdWriter::ZstdWriter(io::Writer& to, int level)
    : to_(to), level_(level), state_(std::make_unique<State>()), output_(ZSTD_CStreamOutSize(), '\0') {}

ZstdWriter::~ZstdWriter() = default;

absl::Status ZstdWriter::Begin(std::optional<uint64_t> content_size) {
  begun_ = true;
  ZSTD_CCtx* const context = state_->context;
  if (context == nullptr) return MakeError(Reason::kInternal, "libzstd: out of memory");
  const auto set = [context](ZSTD_cParameter parameter, int value) {
    const size_t code = ZSTD_CCtx_setParameter(context, parameter, value);
    return ZSTD_isError(code) ? ZstdError(code) : absl::OkStatus();
  };
  ABSL_RETURN_IF_ERROR(set(ZSTD_c_compressionLevel, level_));
  ABSL_RETURN_IF_ERROR(set(ZSTD_c_checksumFlag, 1));
  if (content_size.has_value()) {
    const size_t code = ZSTD_CCtx_setPledgedSrcSize(context, *content_size);
    return ZSTD_isError(code) ? ZstdError(code) : absl::OkStatus();
  }
  ABSL_RETURN_IF_ERROR(set(ZSTD_c_nbWorkers, kWorkers));
  return set(ZSTD_c_jobSize, kJobBytes);
}

absl::Status ZstdWriter::Compress(absl::string_view bytes, bool end) {
  ZSTD_inBuffer in = {bytes.data(), bytes.size(), 0};
  bool done = false;
  while (!done) {
    ZSTD_outBuffer out = {output_.data(), output_.size(), 0};
    const size_t left = ZSTD_compressStream2(state_->context, &out, &in, end ? ZSTD_e_end : ZSTD_e_continue);
    if (ZSTD_isError(left)) return ZstdError(left);
    if (out.pos > 0) ABSL_RETURN_IF_ERROR(to_.Write(absl::string_view(output_.data(), out.pos)));
    done = end ? left == 0 : in.pos == in.size;
  }
  return absl::OkStatus();
}

absl::Status ZstdWriter::Write(absl::string_view bytes) {
  if (!begun_) {
    const absl::string_view part = bytes.substr(0, kBlockBytes - start_.size());
    start_.append(part.data(), part.size());
    bytes.remove_prefix(part.size());
    if (start_.size() < kBlockBytes) return absl::OkStatus();
    ABSL_RETURN_IF_ERROR(Begin(std::nullopt));
    ABSL_RETURN_IF_ERROR(Compress(start_, /*end=*/false));
    start_.clear();
  }
  return bytes.empty() ? absl::OkStatus() : Compress(bytes, /*end=*/false);
}

absl::Status ZstdWriter::Close() {
  if (!begun_) ABSL_RETURN_IF_ERROR(Begin(start_.size()));
  return Compress(start_, /*end=*/true);
}

}  // namespace waybill::oci::compress
