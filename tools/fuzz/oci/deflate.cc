// SPDX-License-Identifier: Apache-2.0
// oci/deflate: zlib gives back what was compressed, at any level and in any pieces.
#include <zlib.h>

#include <string>

#include "oci/deflate/engine.h"
#include "oci/deflate/gzip_writer.h"
#include "oci/io/stream.h"
#include "tools/fuzz/require.h"

using waybill::oci::deflate::Engine;
using waybill::oci::deflate::GzipOptions;
using waybill::oci::deflate::GzipWriter;

namespace {

class StringWriter : public waybill::oci::io::Writer {
 public:
  absl::Status Write(absl::string_view bytes) override {
    text.append(bytes.data(), bytes.size());
    return absl::OkStatus();
  }
  absl::Status Close() override { return absl::OkStatus(); }
  std::string text;
};

std::string Inflate(std::string& member, size_t size) {
  constexpr int kGzipOnly = 15 + 16;
  std::string out(size + 1, '\0');
  z_stream stream = {};
  waybill::fuzz::Require(inflateInit2(&stream, kGzipOnly) == Z_OK, "zlib starts");
  stream.next_in = reinterpret_cast<Bytef*>(member.data());
  stream.avail_in = static_cast<uInt>(member.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  waybill::fuzz::Require(inflate(&stream, Z_FINISH) == Z_STREAM_END, "zlib reads it to the end");
  waybill::fuzz::Require(stream.avail_in == 0, "nothing follows");
  out.resize(out.size() - stream.avail_out);
  inflateEnd(&stream);
  return out;
}

}  // namespace

// The first three bytes are the level, how often the rest is doubled (so that inputs have several segments), and the
// pieces in which it is written.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 3) return 0;
  static auto* const engine = new Engine(0);
  constexpr size_t kMostBytes = 700'000;
  const GzipOptions options = {.level = data[0] % 12 - 2, .flush_at_end = data[0] >= 128};
  const absl::string_view rest = waybill::fuzz::View(data + 3, size - 3);
  std::string input(rest);
  for (int i = 0; i < data[1] % 16 && input.size() < kMostBytes / 2; ++i) {
    const std::string half = input;
    input.push_back(static_cast<char>(i));
    input += half;
  }
  StringWriter to;
  const auto writer = GzipWriter::New(*engine, to, options);
  waybill::fuzz::Require(writer.ok(), "the level exists");
  const size_t piece = size_t{1} << (data[2] % 20);
  for (size_t i = 0; i < input.size(); i += piece) {
    waybill::fuzz::Require((*writer)->Write(absl::string_view(input).substr(i, piece)).ok(), "memory takes all");
  }
  waybill::fuzz::Require((*writer)->Close().ok(), "memory takes all");
  waybill::fuzz::Require(Inflate(to.text, input.size()) == input, "zlib gives the input back");
  return 0;
}
