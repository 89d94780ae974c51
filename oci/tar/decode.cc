// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "absl/strings/str_cat.h"
#include "oci/status_macros.h"
#include "oci/tar/header.h"

namespace waybill::oci::tar {
namespace {

absl::Status ReadNumber(absl::string_view block, Field field, absl::string_view what, int64_t& value) {
  ABSL_ASSIGN_OR_RETURN(value, ParseNumber(BytesOf(block, field), what));
  return absl::OkStatus();
}

// The fields that every form has.
absl::Status DecodeV7(absl::string_view block, Entry& entry) {
  entry.type = block[kTypeField.offset];
  entry.name = TextOf(block, kNameField);
  entry.link = TextOf(block, kLinkField);
  ABSL_RETURN_IF_ERROR(ReadNumber(block, kSizeField, "the size", entry.size));
  ABSL_RETURN_IF_ERROR(ReadNumber(block, kModeField, "the mode", entry.mode));
  ABSL_RETURN_IF_ERROR(ReadNumber(block, kUidField, "the owner", entry.uid));
  ABSL_RETURN_IF_ERROR(ReadNumber(block, kGidField, "the group", entry.gid));
  return ReadNumber(block, kMtimeField, "the time", entry.mtime.seconds);
}

// Whether it was written by the book; others write GNU's numbers and names into it.
bool IsStrictUstar(absl::string_view block) {
  for (const unsigned char c : block) {
    if (c >= 0x80) return false;
  }
  constexpr std::array kNumbers = {kSizeField,  kModeField,        kUidField,        kGidField,
                                   kMtimeField, kDeviceMajorField, kDeviceMinorField};
  for (const Field field : kNumbers) {
    if (BytesOf(block, field).back() != '\0') return false;
  }
  return true;
}

// A time that is there when its first byte is.
absl::Status ReadGnuTime(absl::string_view block, Field field, std::optional<Time>& time) {
  if (block[field.offset] == '\0') return absl::OkStatus();
  Time read;
  ABSL_RETURN_IF_ERROR(ReadNumber(block, field, "the time", read.seconds));
  time = read;
  return absl::OkStatus();
}

// Returns the prefix of the name: old writers under GNU's magic put one where the times are.
std::string DecodeGnu(absl::string_view block, Decoded& decoded) {
  Entry& entry = decoded.entry;
  if (ReadGnuTime(block, kGnuAtimeField, entry.atime).ok() && ReadGnuTime(block, kGnuCtimeField, entry.ctime).ok()) {
    decoded.formats = {Format::kGnu};
    return "";
  }
  entry.atime.reset();
  entry.ctime.reset();
  const std::string prefix = TextOf(block, kPrefixField);
  return IsAscii(prefix) ? prefix : "";
}

}  // namespace

absl::StatusOr<Decoded> DecodeHeader(absl::string_view block) {
  Decoded decoded;
  ABSL_ASSIGN_OR_RETURN(decoded.magic, IdentifyBlock(block));
  Entry& entry = decoded.entry;
  ABSL_RETURN_IF_ERROR(DecodeV7(block, entry));
  if (decoded.magic == Magic::kV7) return decoded;
  entry.user = TextOf(block, kUserField);
  entry.group = TextOf(block, kGroupField);
  ABSL_RETURN_IF_ERROR(ReadNumber(block, kDeviceMajorField, "the device", entry.device_major));
  ABSL_RETURN_IF_ERROR(ReadNumber(block, kDeviceMinorField, "the device", entry.device_minor));
  std::string prefix;
  if (decoded.magic == Magic::kUstar) {
    prefix = TextOf(block, kPrefixField);
    if (IsStrictUstar(block)) decoded.formats = {Format::kUstar, Format::kPax};
  } else if (decoded.magic == Magic::kStar) {
    prefix = TextOf(block, kStarPrefixField);
    entry.atime.emplace();
    entry.ctime.emplace();
    ABSL_RETURN_IF_ERROR(ReadNumber(block, kStarAtimeField, "the time", entry.atime->seconds));
    ABSL_RETURN_IF_ERROR(ReadNumber(block, kStarCtimeField, "the time", entry.ctime->seconds));
  } else {
    prefix = DecodeGnu(block, decoded);
  }
  if (!prefix.empty()) entry.name = absl::StrCat(prefix, "/", entry.name);
  return decoded;
}

}  // namespace waybill::oci::tar
