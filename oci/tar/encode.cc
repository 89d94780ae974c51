// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "oci/path.h"
#include "oci/status_macros.h"
#include "oci/tar/header.h"
#include "oci/tar/pax.h"

namespace waybill::oci::tar {
namespace {

constexpr absl::string_view kGnuSpecialName = "././@LongLink";
constexpr absl::string_view kGlobalName = "GlobalHead.0.0";
constexpr absl::string_view kExtensionFolder = "PaxHeaders.0";
// 1 January of the year 1, which Go takes for "no time".
constexpr Time kNoTime{-62135596800, 0};

absl::Status CannotEncode(absl::string_view why) {
  return MalformedHeader(absl::StrCat("the entry cannot be written, because ", why));
}

struct SplitName {
  absl::string_view prefix;
  absl::string_view name;
};

// How USTAR holds a name that is too long for its field; nothing when it cannot.
std::optional<SplitName> SplitForUstar(absl::string_view name) {
  if (name.size() <= kNameField.length || !IsAscii(name)) return std::nullopt;
  size_t length = std::min(name.size(), kPrefixField.length + 1);
  if (length == name.size() && name.back() == '/') --length;
  const size_t slash = name.substr(0, length).rfind('/');
  if (slash == name.npos || slash == 0) return std::nullopt;
  const SplitName split{name.substr(0, slash), name.substr(slash + 1)};
  if (split.name.empty() || split.name.size() > kNameField.length) return std::nullopt;
  return split;
}

// The forms that can hold an entry, and the records that it needs in PAX.
class FormatChoice {
 public:
  explicit FormatChoice(const Entry& entry) : entry_(entry) {
    Text(entry.name, kNameField, kPaxPath);
    Text(entry.link, kLinkField, kPaxLinkPath);
    Text(entry.user, kUserField, kPaxUser);
    Text(entry.group, kGroupField, kPaxGroup);
    Number(entry.mode, kModeField, "");
    Number(entry.uid, kUidField, kPaxUid);
    Number(entry.gid, kGidField, kPaxGid);
    Number(entry.size, kSizeField, kPaxSize);
    Number(entry.device_major, kDeviceMajorField, "");
    Number(entry.device_minor, kDeviceMinorField, "");
    Moment(entry.mtime, kPaxMtime);
    if (entry.atime.has_value()) Moment(*entry.atime, kPaxAtime);
    if (entry.ctime.has_value()) Moment(*entry.ctime, kPaxCtime);
    AddOtherRecords();
  }

  // USTAR before PAX before GNU.
  absl::StatusOr<Format> Choose() {
    for (const auto& [key, value] : records_) {
      if (!IsValidPaxRecord(key, value)) return CannotEncode("a PAX record is malformed");
    }
    if (entry_.format != Format::kUnknown) {
      Formats wanted{entry_.format};
      if (entry_.format == Format::kPax && !prefers_pax_) wanted.Add(Format::kUstar);
      formats_.Keep(wanted);
    }
    for (const Format format : {Format::kUstar, Format::kPax, Format::kGnu}) {
      if (formats_.Has(format)) return format;
    }
    return CannotEncode("its values do not fit its format");
  }

  const PaxRecords& records() const { return records_; }

 private:
  // The record is needed, or without a record the form is out.
  void Need(absl::string_view key, const std::string& value) {
    formats_.Drop(Format::kUstar);
    if (key.empty()) {
      formats_.Drop(Format::kPax);
    } else {
      records_.insert_or_assign(std::string(key), value);
    }
  }
  // A record that was read stays when it still says what the field says.
  void KeepRecord(absl::string_view key, const std::string& value) {
    const auto found = entry_.records.find(std::string(key));
    if (!key.empty() && found != entry_.records.end() && found->second == value) records_.insert(*found);
  }

  void Text(const std::string& text, Field field, absl::string_view key) {
    const bool too_long = text.size() > field.length;
    const bool may_be_long = key == kPaxPath || key == kPaxLinkPath;
    if (absl::StrContains(text, '\0') || (too_long && !may_be_long)) formats_.Drop(Format::kGnu);
    if (too_long || !IsAscii(text)) {
      if (key != kPaxPath || !SplitForUstar(text).has_value()) formats_.Drop(Format::kUstar);
      records_.insert_or_assign(std::string(key), text);
    }
    KeepRecord(key, text);
  }

  void Number(int64_t number, Field field, absl::string_view key) {
    if (!FitsBinary(field, number)) formats_.Drop(Format::kGnu);
    const std::string text = absl::StrCat(number);
    if (!FitsOctal(field, number)) Need(key, text);
    KeepRecord(key, text);
  }

  void Moment(const Time& time, absl::string_view key) {
    if (time == kNoTime) return;
    const std::string text = FormatPaxTime(time);
    if (key != kPaxMtime || !FitsOctal(kMtimeField, time.seconds)) {
      prefers_pax_ = true;
      Need(key, text);
    } else if (time.nanoseconds != 0) {
      prefers_pax_ = true;  // USTAR would do without the fraction
      records_.insert_or_assign(std::string(key), text);
    }
    KeepRecord(key, text);
  }

  void AddOtherRecords() {
    const bool global = entry_.type == kPaxGlobal;
    for (const auto& [key, value] : entry_.records) {
      const bool own = IsBasicPaxKey(key) || absl::StartsWith(key, kPaxSparsePrefix);
      if (global || !own) records_.emplace(key, value);
    }
    if (global || !entry_.records.empty()) formats_.Keep({Format::kPax});
  }

  const Entry& entry_;
  Formats formats_ = Formats::Any();
  bool prefers_pax_ = false;
  PaxRecords records_;
};

using PutText = void (BlockBuilder::*)(Field, absl::string_view);
using PutNumber = void (BlockBuilder::*)(Field, int64_t);

BlockBuilder MainBlock(const Entry& entry, absl::string_view name, PutText text, PutNumber number) {
  BlockBuilder block;
  block.PutType(entry.type);
  (block.*text)(kNameField, name);
  (block.*text)(kLinkField, entry.link);
  (block.*text)(kUserField, entry.user);
  (block.*text)(kGroupField, entry.group);
  (block.*number)(kModeField, entry.mode);
  (block.*number)(kUidField, entry.uid);
  (block.*number)(kGidField, entry.gid);
  (block.*number)(kSizeField, entry.size);
  (block.*number)(kMtimeField, entry.mtime == kNoTime ? 0 : entry.mtime.seconds);
  (block.*number)(kDeviceMajorField, entry.device_major);
  (block.*number)(kDeviceMinorField, entry.device_minor);
  return block;
}

// A block that announces `data`, and the data, padded.
std::string Extension(absl::string_view name, char type, absl::string_view data, Magic magic) {
  std::string short_name = OnlyAscii(name);
  short_name.resize(std::min(short_name.size(), kNameField.length));
  while (!short_name.empty() && short_name.back() == '/') short_name.pop_back();
  BlockBuilder block;
  block.PutType(type);
  block.PutText(kNameField, short_name);
  for (const Field field : {kModeField, kUidField, kGidField, kMtimeField}) block.PutOctal(field, 0);
  block.PutOctal(kSizeField, static_cast<int64_t>(data.size()));
  std::string bytes = absl::StrCat(block.Take(magic), data);
  bytes.append(static_cast<size_t>(PaddingOf(static_cast<int64_t>(data.size()))), '\0');
  return bytes;
}

std::string EncodeUstar(const Entry& entry) {
  const std::optional<SplitName> split = SplitForUstar(entry.name);
  BlockBuilder block = MainBlock(entry, split.has_value() ? split->name : absl::string_view(entry.name),
                                 &BlockBuilder::PutText, &BlockBuilder::PutOctal);
  if (split.has_value()) block.PutText(kPrefixField, split->prefix);
  return block.Take(Magic::kUstar);
}

absl::StatusOr<std::string> EncodePax(const Entry& entry, const PaxRecords& records) {
  std::string data;
  for (const auto& [key, value] : records) data += FormatPaxRecord(key, value);
  if (static_cast<int64_t>(data.size()) > kMaxExtensionBytes) return CannotEncode("its PAX records are too large");
  if (entry.type == kPaxGlobal) {
    return Extension(entry.name.empty() ? kGlobalName : entry.name, kPaxGlobal, data, Magic::kUstar);
  }
  std::string bytes;
  if (!records.empty()) {
    const size_t file = entry.name.rfind('/') + 1;  // npos + 1 is 0
    const std::string name =
        path::Join({absl::string_view(entry.name).substr(0, file), kExtensionFolder, entry.name.substr(file)});
    bytes = Extension(name, kPax, data, Magic::kUstar);
  }
  bytes += MainBlock(entry, entry.name, &BlockBuilder::PutAscii, &BlockBuilder::PutOctal).Take(Magic::kUstar);
  return bytes;
}

std::string EncodeGnu(const Entry& entry) {
  std::string bytes;
  const auto add_long = [&](char type, const std::string& text, Field field) {
    if (text.size() <= field.length) return;
    bytes += Extension(kGnuSpecialName, type, absl::string_view(text.c_str(), text.size() + 1), Magic::kGnu);
  };
  add_long(kGnuLongName, entry.name, kNameField);
  add_long(kGnuLongLink, entry.link, kLinkField);
  BlockBuilder block = MainBlock(entry, entry.name, &BlockBuilder::PutText, &BlockBuilder::PutNumber);
  if (entry.atime.has_value() && *entry.atime != kNoTime) block.PutNumber(kGnuAtimeField, entry.atime->seconds);
  if (entry.ctime.has_value() && *entry.ctime != kNoTime) block.PutNumber(kGnuCtimeField, entry.ctime->seconds);
  return bytes + block.Take(Magic::kGnu);
}

absl::Status CheckType(const Entry& entry) {
  const absl::string_view no_slash("0346S");
  if (absl::StrContains(no_slash, entry.type) && absl::EndsWith(entry.name, "/")) {
    return CannotEncode("only the names of directories and links end in a slash");
  }
  if (entry.type == kPax || entry.type == kGnuLongName || entry.type == kGnuLongLink) {
    return CannotEncode("its type belongs to the format");
  }
  if (HasData(entry.type) && entry.size < 0) return CannotEncode("its size is negative");
  if (entry.type != kPaxGlobal) return absl::OkStatus();
  const bool bare = entry.mode == 0 && entry.size == 0 && entry.uid == 0 && entry.gid == 0 && entry.user.empty() &&
                    entry.group.empty() && entry.link.empty() && entry.device_major == 0 && entry.device_minor == 0 &&
                    entry.mtime == Time{} && !entry.atime.has_value() && !entry.ctime.has_value();
  return bare ? absl::OkStatus() : CannotEncode("a global header has records and nothing else");
}

Time Rounded(const Time& time) {
  if (time.nanoseconds < 500'000'000) return {time.seconds, 0};
  return {static_cast<int64_t>(static_cast<uint64_t>(time.seconds) + 1), 0};
}

}  // namespace

absl::StatusOr<std::string> EncodeHeader(const Entry& given) {
  Entry entry = given;
  if (entry.type == '\0') entry.type = absl::EndsWith(entry.name, "/") ? kDirectory : kFile;
  if (entry.format == Format::kUnknown) {
    entry.mtime = Rounded(entry.mtime);
    entry.atime.reset();
    entry.ctime.reset();
  }
  ABSL_RETURN_IF_ERROR(CheckType(entry));
  FormatChoice choice(entry);
  ABSL_ASSIGN_OR_RETURN(const Format format, choice.Choose());
  if (format == Format::kUstar) return EncodeUstar(entry);
  if (format == Format::kPax) return EncodePax(entry, choice.records());
  return EncodeGnu(entry);
}

}  // namespace waybill::oci::tar
