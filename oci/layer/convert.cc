// SPDX-License-Identifier: Apache-2.0
#include "oci/layer/convert.h"

#include <algorithm>
#include <limits>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/compress/bounded.h"
#include "oci/compress/compression.h"
#include "oci/compress/zstd_writer.h"
#include "oci/deflate/fast_gzip_writer.h"
#include "oci/deflate/gzip_writer.h"
#include "oci/error.h"
#include "oci/io/adapters.h"
#include "oci/io/hashing.h"
#include "oci/io/pipe.h"
#include "oci/layer/estargz.h"
#include "oci/layer/members.h"
#include "oci/layer/rewrite.h"
#include "oci/status_macros.h"

namespace waybill::oci::layer {
namespace {

constexpr size_t kPipeBytes = 2 << 20;

// Go's level; -1 is its default.
int GzipLevel(const Conversion& conversion) {
  return static_cast<int>(std::clamp<int64_t>(conversion.level.value_or(-1), std::numeric_limits<int>::min(),
                                              std::numeric_limits<int>::max()));
}

// The first bytes of another reader, which it does not own.
class FirstBytes : public io::Reader {
 public:
  FirstBytes(io::Reader& from, std::optional<int64_t> size) : from_(from), left_(size) {}
  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    if (!left_.has_value()) return from_.Read(buffer);
    if (*left_ == 0) return 0;
    const size_t most = std::min(buffer.size(), static_cast<size_t>(*left_));
    ABSL_ASSIGN_OR_RETURN(const size_t count, from_.Read(buffer.subspan(0, most)));
    *left_ -= static_cast<int64_t>(count);
    return count;
  }

 private:
  io::Reader& from_;
  std::optional<int64_t> left_;
};

// Writes the layer's archive, with its times lowered if that is asked for, and reads the blob to its end.
absl::Status Unpack(const Context& context, io::Reader& tar, const Conversion& conversion, io::Reader& blob,
                    io::Writer& to) {
  if (conversion.epoch.has_value()) {
    ABSL_RETURN_IF_ERROR(RewriteTimestamps(context, tar, *conversion.epoch, to));
  } else {
    ABSL_RETURN_IF_ERROR(io::Copy(context, tar, to).status());
  }
  io::NullWriter discard;
  return io::Copy(context, blob, discard).status();
}

// Whether the archive that is packed is the blob, byte for byte, and its diff id the blob's digest.
bool Stays(const Conversion& conversion, compress::Format format, absl::string_view algorithm) {
  return format == compress::Format::kNone && !conversion.epoch.has_value() && !conversion.layer_bytes.has_value() &&
         algorithm == "sha256";
}

absl::StatusOr<std::unique_ptr<io::Writer>> NewCompressor(const Conversion& conversion, deflate::Engine& engine,
                                                          io::Writer& to) {
  if (conversion.form == Form::kZstd) {
    return std::make_unique<compress::ZstdWriter>(to, compress::ZstdLevelFor(conversion.level));
  }
  if (conversion.gzip_engine == GzipEngine::kFast) {
    return deflate::FastGzipWriter::New(engine, to, GzipLevel(conversion));
  }
  return deflate::GzipWriter::New(engine, to, {.level = GzipLevel(conversion)});
}

absl::StatusOr<Converted> PackEstargz(const Context& context, io::Reader& tar, const Conversion& conversion,
                                      deflate::Engine& engine, io::Writer& to) {
  DeflateMembers members(engine, GzipLevel(conversion));
  ABSL_ASSIGN_OR_RETURN(const EStargz made, WriteEStargz(context, tar, members, to));
  return Converted{.diff_id = made.diff_id,
                   .annotations = {{std::string(kTocDigestAnnotation), made.toc_digest.ToString()},
                                   {std::string(kUncompressedSizeAnnotation), absl::StrCat(made.uncompressed_size)}}};
}

absl::Status Pack(const Context& context, io::Reader& tar, const Conversion& conversion, deflate::Engine& engine,
                  io::Writer& to) {
  if (conversion.form == Form::kUncompressed) return io::Copy(context, tar, to).status();
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<io::Writer> compressor, NewCompressor(conversion, engine, to));
  ABSL_RETURN_IF_ERROR(io::Copy(context, tar, *compressor).status());
  return compressor->Close();
}

}  // namespace

absl::StatusOr<Converted> Convert(const Context& context, io::HashingReader& blob, const Conversion& conversion,
                                  deflate::Engine& engine, io::Writer& to) {
  compress::Format format = compress::Format::kNone;
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<io::Reader> unpacked,
                        compress::NewBoundedDecompressor(std::make_unique<FirstBytes>(blob, conversion.layer_bytes),
                                                         context.unpack_limits(), &format));
  const bool stays = Stays(conversion, format, blob.digest().algorithm());
  io::Pipe pipe(kPipeBytes);
  std::jthread unpacker([&] { pipe.Finish(Unpack(context, *unpacked, conversion, blob, pipe.writer())); });
  // At the end of the pipe all of the blob was read.
  const auto pack = [&]() -> absl::StatusOr<Converted> {
    if (conversion.form == Form::kEstargz) return PackEstargz(context, pipe.reader(), conversion, engine, to);
    if (stays) {
      ABSL_RETURN_IF_ERROR(Pack(context, pipe.reader(), conversion, engine, to));
      return Converted{.diff_id = blob.digest(), .annotations = {}};
    }
    io::HashingReader tar(std::make_unique<io::BorrowedReader>(pipe.reader()), Hasher());
    ABSL_RETURN_IF_ERROR(Pack(context, tar, conversion, engine, to));
    return Converted{.diff_id = tar.digest(), .annotations = {}};
  };
  absl::StatusOr<Converted> converted = pack();
  pipe.Abandon();
  unpacker.join();
  return converted;
}

}  // namespace waybill::oci::layer
