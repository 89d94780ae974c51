// SPDX-License-Identifier: Apache-2.0
#include "oci/deflate/gzip_writer.h"

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::oci::deflate {
namespace {

// Output goes on in pieces of at least this size.
constexpr size_t kPassBytes = 64 << 10;

// No name, no time, "unknown" as the operating system. Go marks the fastest and the smallest level.
std::string Header(int level) {
  const char effort = level == 9 ? 2 : level == 1 ? 4 : 0;
  return {'\x1f', '\x8b', 8, 0, 0, 0, 0, 0, effort, '\xff'};
}

void AppendWord(uint32_t word, std::string& to) {
  for (int shift = 0; shift < 32; shift += 8) to.push_back(static_cast<char>(word >> shift & 0xff));
}

}  // namespace

absl::StatusOr<std::unique_ptr<GzipWriter>> GzipWriter::New(Engine& engine, io::Writer& to,
                                                            const GzipOptions& options) {
  if (options.level < kLeastLevel || options.level > kMostLevel) {
    return InvalidInputError(absl::StrCat("gzip: invalid compression level: ", options.level));
  }
  const int level = options.level == -1 ? kDefaultLevel : options.level;
  return absl::WrapUnique(new GzipWriter(engine, to, level, options.flush_at_end));
}

GzipWriter::GzipWriter(Engine& engine, io::Writer& to, int level, bool flush_at_end)
    : to_(to), flush_at_end_(flush_at_end), stream_(engine, level) {
  stream_.output() = Header(level);
}

absl::Status GzipWriter::Write(absl::string_view bytes) {
  ABSL_RETURN_IF_ERROR(status_);
  // In parts, so that a large write does not hold all of its output.
  constexpr size_t kPartBytes = 1 << 20;
  while (!bytes.empty()) {
    const absl::string_view part = bytes.substr(0, kPartBytes);
    stream_.Append(part);
    bytes.remove_prefix(part.size());
    if (stream_.output().size() >= kPassBytes) ABSL_RETURN_IF_ERROR(Pass());
  }
  return absl::OkStatus();
}

absl::Status GzipWriter::Close() {
  ABSL_RETURN_IF_ERROR(status_);
  stream_.Finish(flush_at_end_);
  AppendWord(stream_.crc32(), stream_.output());
  AppendWord(static_cast<uint32_t>(stream_.input_size()), stream_.output());
  return Pass();
}

absl::Status GzipWriter::Pass() {
  status_ = to_.Write(stream_.output());
  stream_.output().clear();
  return status_;
}

}  // namespace waybill::oci::deflate
