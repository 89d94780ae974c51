// SPDX-License-Identifier: Apache-2.0
#include "oci/deflate/gzip_frame.h"

#include "absl/strings/str_cat.h"
#include "oci/deflate/stage.h"
#include "oci/error.h"

namespace waybill::oci::deflate {
namespace {

void AppendWord(uint32_t word, std::string& to) {
  for (int shift = 0; shift < 32; shift += 8) to.push_back(static_cast<char>(word >> shift & 0xff));
}

}  // namespace

absl::StatusOr<int> GzipLevel(int level) {
  if (level < kLeastLevel || level > kMostLevel) {
    return InvalidInputError(absl::StrCat("gzip: invalid compression level: ", level));
  }
  return level == -1 ? kDefaultLevel : level;
}

std::string GzipHeader(int level) {
  const char effort = level == 9 ? 2 : level == 1 ? 4 : 0;
  return {'\x1f', '\x8b', 8, 0, 0, 0, 0, 0, effort, '\xff'};
}

std::string GzipTrailer(uint32_t crc32, int64_t size) {
  std::string trailer;
  AppendWord(crc32, trailer);
  AppendWord(static_cast<uint32_t>(size), trailer);
  return trailer;
}

}  // namespace waybill::oci::deflate
