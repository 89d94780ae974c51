// SPDX-License-Identifier: Apache-2.0
#include "oci/tar/block.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::oci::tar {
namespace {

constexpr absl::string_view kUstarMagic("ustar\0", 6);
constexpr absl::string_view kUstarVersion = "00";
constexpr absl::string_view kGnuMagicAndVersion("ustar  \0", 8);
constexpr absl::string_view kStarTrailer("tar\0", 4);

bool IsPlain(unsigned char c) { return c != 0 && c < 0x80; }

// The top bit of the first byte is set; the next one is the sign.
absl::StatusOr<int64_t> ParseBinary(absl::string_view bytes, absl::string_view what) {
  const unsigned char invert = (bytes[0] & 0x40) != 0 ? 0xff : 0;
  uint64_t value = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    unsigned char byte = static_cast<unsigned char>(bytes[i]) ^ invert;
    if (i == 0) byte &= 0x7f;
    if (value >> 56 != 0) return MalformedHeader(absl::StrCat(what, " is out of range"));
    value = value << 8 | byte;
  }
  if (value >> 63 != 0) return MalformedHeader(absl::StrCat(what, " is out of range"));
  return static_cast<int64_t>(invert != 0 ? ~value : value);
}

struct Sums {
  int64_t of_unsigned = 0;
  int64_t of_signed = 0;
};
// The checksum's own field counts as spaces.
Sums SumsOf(absl::string_view block) {
  Sums sums;
  for (size_t i = 0; i < block.size(); ++i) {
    const bool own = i >= kChecksumField.offset && i < kChecksumField.offset + kChecksumField.length;
    sums.of_unsigned += own ? ' ' : static_cast<unsigned char>(block[i]);
    sums.of_signed += own ? ' ' : static_cast<signed char>(block[i]);
  }
  return sums;
}

}  // namespace

absl::string_view BytesOf(absl::string_view block, Field field) { return block.substr(field.offset, field.length); }

std::string TextOf(absl::string_view block, Field field) {
  const absl::string_view bytes = BytesOf(block, field);
  return std::string(bytes.substr(0, bytes.find('\0')));
}

bool IsAscii(absl::string_view text) { return std::all_of(text.begin(), text.end(), IsPlain); }

std::string OnlyAscii(absl::string_view text) {
  std::string ascii;
  std::copy_if(text.begin(), text.end(), std::back_inserter(ascii), IsPlain);
  return ascii;
}

bool IsZeroBlock(absl::string_view block) { return block.find_first_not_of('\0') == block.npos; }

absl::Status MalformedHeader(absl::string_view what) {
  return InvalidInputError(absl::StrCat("invalid tar header: ", what));
}

absl::StatusOr<int64_t> ParseNumber(absl::string_view bytes, absl::string_view what) {
  if ((bytes[0] & 0x80) != 0) return ParseBinary(bytes, what);
  const auto is_filler = [](char c) { return c == ' ' || c == '\0'; };
  while (!bytes.empty() && is_filler(bytes.front())) bytes.remove_prefix(1);
  while (!bytes.empty() && is_filler(bytes.back())) bytes.remove_suffix(1);
  bytes = bytes.substr(0, bytes.find('\0'));
  int64_t value = 0;  // at most twelve digits
  for (const char c : bytes) {
    if (c < '0' || c > '7') return MalformedHeader(absl::StrCat(what, " is not a number"));
    value = value << 3 | (c - '0');
  }
  return value;
}

bool FitsOctal(Field field, int64_t value) {
  return value >= 0 && value < int64_t{1} << (3 * (field.length - 1));  // fields of numbers have 8 or 12 bytes
}

bool FitsBinary(Field field, int64_t value) {
  if (field.length >= 9) return true;
  const int64_t limit = int64_t{1} << (8 * (field.length - 1));
  return value >= -limit && value < limit;
}

absl::StatusOr<Magic> IdentifyBlock(absl::string_view block) {
  if (block.size() != static_cast<size_t>(kBlockBytes)) return MalformedHeader("it is cut short");
  const absl::string_view field = BytesOf(block, kChecksumField);
  // Octal only: a first byte with the top bit is no digit.
  if ((field[0] & 0x80) != 0) return MalformedHeader("the checksum is not a number");
  ABSL_ASSIGN_OR_RETURN(const int64_t given, ParseNumber(field, "the checksum"));
  const Sums sums = SumsOf(block);
  if (given != sums.of_unsigned && given != sums.of_signed) return MalformedHeader("the checksum is wrong");
  const absl::string_view magic = BytesOf(block, kMagicField);
  if (magic == kGnuMagicAndVersion) return Magic::kGnu;
  if (magic.substr(0, kUstarMagic.size()) != kUstarMagic) return Magic::kV7;
  return BytesOf(block, kStarTrailerField) == kStarTrailer ? Magic::kStar : Magic::kUstar;
}

void BlockBuilder::PutText(Field field, absl::string_view text) {
  const absl::string_view kept = text.substr(0, field.length);
  block_.replace(field.offset, kept.size(), kept.data(), kept.size());
  if (text.size() <= field.length || kept.back() != '/') return;
  // One NUL, as in Go; slashes behind it stay.
  const size_t last = kept.find_last_not_of('/');
  block_[field.offset + (last == kept.npos ? 0 : last + 1)] = '\0';
}

void BlockBuilder::PutAscii(Field field, absl::string_view text) {
  if (IsAscii(text)) {
    PutText(field, text);
  } else {
    PutText(field, OnlyAscii(text));
  }
}

void BlockBuilder::PutOctal(Field field, int64_t value) {
  if (!FitsOctal(field, value)) value = 0;
  const std::string digits = absl::StrFormat("%0*o", static_cast<int>(field.length - 1), value);
  block_.replace(field.offset, digits.size(), digits);
}

void BlockBuilder::PutNumber(Field field, int64_t value) {
  if (FitsOctal(field, value) || !FitsBinary(field, value)) return PutOctal(field, value);
  for (size_t i = field.length; i-- > 0;) {
    block_[field.offset + i] = static_cast<char>(value & 0xff);
    value >>= 8;  // the sign fills up
  }
  block_[field.offset] = static_cast<char>(block_[field.offset] | 0x80);
}

std::string BlockBuilder::Take(Magic magic) {
  const std::string text =
      magic == Magic::kGnu ? std::string(kGnuMagicAndVersion) : absl::StrCat(kUstarMagic, kUstarVersion);
  block_.replace(kMagicField.offset, kMagicField.length, text);
  PutOctal({kChecksumField.offset, kChecksumField.length - 1}, SumsOf(block_).of_unsigned);
  block_[kChecksumField.offset + kChecksumField.length - 1] = ' ';
  return std::move(block_);
}

}  // namespace waybill::oci::tar
