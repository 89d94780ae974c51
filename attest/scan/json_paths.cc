// SPDX-License-Identifier: Apache-2.0
#include "attest/scan/json_paths.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "oci/json/json.h"
#include "oci/json/text.h"
#include "oci/status_macros.h"

namespace waybill::attest::scan {

using oci::json::Scanner;

namespace {

// A key that was cut may end inside an escape, which is then no JSON: it stays as it is.
std::string Decoded(const std::string& raw) {
  if (raw.find('\\') == std::string::npos) return raw;
  const std::string quoted = absl::StrCat("\"", raw, "\"");
  return oci::json::Validate(quoted).ok() ? oci::json::Unquote(quoted) : raw;
}

bool IsIdentifier(absl::string_view key) {
  const auto is_word = [](unsigned char byte) { return absl::ascii_isalnum(byte) || byte == '_'; };
  return !key.empty() && !absl::ascii_isdigit(static_cast<unsigned char>(key.front())) &&
         std::all_of(key.begin(), key.end(), is_word);
}

}  // namespace

bool JsonPath::Matches(const Frame& frame, absl::string_view key) const {
  return frame.is_object ? key != kElement && frame.key == key : key == kElement;
}

bool JsonPath::Is(std::initializer_list<absl::string_view> keys) const { return keys.size() == depth_ && IsIn(keys); }

bool JsonPath::IsIn(std::initializer_list<absl::string_view> keys) const {
  if (keys.size() > frames_.size()) return false;
  return std::equal(keys.begin(), keys.end(), frames_.begin(),
                    [this](absl::string_view key, const Frame& frame) { return Matches(frame, key); });
}

bool JsonPath::EndsWith(std::initializer_list<absl::string_view> keys) const {
  if (!is_whole() || keys.size() > frames_.size()) return false;
  return std::equal(keys.begin(), keys.end(), frames_.end() - static_cast<ptrdiff_t>(keys.size()),
                    [this](absl::string_view key, const Frame& frame) { return Matches(frame, key); });
}

absl::string_view JsonPath::container_key() const {
  return is_whole() && frames_.size() > 1 ? absl::string_view(frames_[frames_.size() - 2].key) : absl::string_view();
}

std::string JsonPath::ToText() const {
  std::string text;
  for (const Frame& frame : frames_) {
    if (text.size() > kMaxPathBytes) return absl::StrCat(text, "...");
    if (!frame.is_object) {
      absl::StrAppend(&text, "[", frame.element, "]");
    } else if (IsIdentifier(frame.key)) {
      absl::StrAppend(&text, text.empty() ? "" : ".", frame.key);
    } else {
      absl::StrAppend(&text, "[", oci::json::Quote(frame.key), "]");
    }
  }
  return is_whole() ? text : absl::StrCat(text, "...");
}

size_t JsonPaths::PlainPrefix(absl::string_view bytes) {
  // Nearly all bytes of large documents pass here.
  const char* const begin = bytes.data();
  const char* const end = begin + bytes.size();
  const char* at = begin;
  while (at != end && *at != '"' && *at != '\\' && static_cast<unsigned char>(*at) >= 0x20) ++at;
  return static_cast<size_t>(at - begin);
}

absl::Status JsonPaths::FlushString(absl::string_view bytes, bool last) {
  if (!is_key_) return visitor_.OnString(path_, bytes, last);
  if (key_.size() < kMaxKeyBytes) absl::StrAppend(&key_, bytes.substr(0, kMaxKeyBytes - key_.size()));
  if (last) EndKey();
  return absl::OkStatus();
}

void JsonPaths::EndKey() {
  if (path_.frames_.size() == path_.depth_) {
    path_.frames_.back().key = Decoded(key_);
  }
  key_.clear();
}

void JsonPaths::Open(bool is_object) {
  kinds_.push_back(is_object ? '{' : '[');
  ++path_.depth_;
  if (path_.frames_.size() < kept_depth_) path_.frames_.push_back({.is_object = is_object, .key = ""});
  wants_key_ = is_object;
}

void JsonPaths::Close(int64_t offset) {
  if (has_value_) visitor_.OnEnd(path_, offset);
  if (path_.frames_.size() == path_.depth_) path_.frames_.pop_back();
  --path_.depth_;
  kinds_.pop_back();
  in_scalar_ = false;
  has_value_ = path_.depth_ > 0;  // the container itself
}

// A byte outside of strings.
void JsonPaths::Token(char byte, int64_t offset) {
  switch (byte) {
    case '{':
    case '[':
      visitor_.OnValue(path_, byte, offset);
      has_value_ = false;
      return Open(byte == '{');
    case '}':
    case ']':
      return Close(offset);
    case ',':
      visitor_.OnEnd(path_, offset);
      wants_key_ = kinds_.back() == '{';
      if (path_.is_whole()) ++path_.frames_.back().element;
      in_scalar_ = false;
      has_value_ = false;
      return;
    case ':':
      wants_key_ = false;
      return;
    case '"':
      in_string_ = true;
      is_key_ = wants_key_;
      if (is_key_) return;
      break;
    default:
      if (in_scalar_) return;
      in_scalar_ = true;
      break;
  }
  has_value_ = path_.depth_ > 0;
  visitor_.OnValue(path_, byte, offset);
}

absl::Status JsonPaths::Feed(absl::string_view bytes) {
  ABSL_RETURN_IF_ERROR(status_);
  size_t from = 0;  // of the piece of the current string
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (in_string_ && scanner_.in_string()) {
      i += PlainPrefix(bytes.substr(i));
      if (i == bytes.size()) break;
    }
    const Scanner::ByteClass verdict = scanner_.Feed(bytes[i]);
    if (verdict == Scanner::ByteClass::kError) {
      // The string up to here is told, as it would be if the piece had ended here.
      if (in_string_ && from < i) status_ = FlushString(bytes.substr(from, i - from), /*last=*/false);
      if (status_.ok()) status_ = scanner_.error();
      return status_;
    }
    if (!in_string_) {
      if (verdict == Scanner::ByteClass::kToken) Token(bytes[i], offset_ + static_cast<int64_t>(i));
      from = i + 1;
      continue;
    }
    const bool ends = bytes[i] == '"' && !escaped_;
    escaped_ = bytes[i] == '\\' && !escaped_;
    if (!ends) continue;
    in_string_ = false;
    status_ = FlushString(bytes.substr(from, i - from), /*last=*/true);
    ABSL_RETURN_IF_ERROR(status_);
    from = i + 1;
  }
  offset_ += static_cast<int64_t>(bytes.size());
  if (in_string_ && from < bytes.size()) status_ = FlushString(bytes.substr(from), /*last=*/false);
  return status_;
}

absl::Status JsonPaths::Finish() {
  ABSL_RETURN_IF_ERROR(status_);
  return status_ = scanner_.Finish();
}

}  // namespace waybill::attest::scan
