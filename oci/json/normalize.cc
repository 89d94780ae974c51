// SPDX-License-Identifier: Apache-2.0
#include "oci/json/normalize.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/json/json.h"
#include "oci/json/text.h"
#include "oci/status_macros.h"

namespace waybill::oci::json {
namespace {

constexpr size_t kPieceBytes = 64 << 10;
// Smaller containers are not indexed: their bytes are read once more for each small container around them, which this
// bounds.
constexpr size_t kIndexedBytes = 256;

double ParseNumber(absl::string_view token) {
  double value = 0;
  return absl::SimpleAtod(token, &value) ? value : 0;  // infinite when it is too large
}

// Whether a number can be too large for float64, which most are plainly not.
bool MayOverflow(absl::string_view token) {
  return token.size() > 300 || token.find_first_of("eE") != absl::string_view::npos;
}

std::string DecodeKey(absl::string_view text, size_t position) {
  return Unquote(text.substr(position, SkipString(text, position) - position));
}

}  // namespace

// One pass over a valid text: finds the large containers, and numbers that float64 cannot hold.
absl::Status Normalizer::IndexText() {
  std::vector<size_t> begins;
  for (size_t position = SkipSpace(text_, 0); position < text_.size();) {
    const char c = text_[position];
    size_t end = position + 1;
    if (c == '{' || c == '[') {
      begins.push_back(position);
    } else if (c == '}' || c == ']') {
      if (end - begins.back() >= kIndexedBytes) large_.push_back({begins.back(), end});
      begins.pop_back();
    } else if (c == '"') {
      end = SkipString(text_, position);
    } else if (c == '-' || absl::ascii_isdigit(c)) {
      end = SkipValue(text_, position);
      const absl::string_view token = text_.substr(position, end - position);
      if (MayOverflow(token) && !std::isfinite(ParseNumber(token))) {
        return InvalidInputError(
            absl::StrCat("json: cannot unmarshal number ", token, " into Go value of type float64"));
      }
    }
    position = SkipSpace(text_, end);
  }
  std::sort(large_.begin(), large_.end(), [](const Span& a, const Span& b) { return a.begin < b.begin; });
  return absl::OkStatus();
}

// The position after the value at `position`.
size_t Normalizer::Skip(size_t position) const {
  if (text_[position] == '{' || text_[position] == '[') {
    const auto found = std::lower_bound(large_.begin(), large_.end(), position,
                                        [](const Span& span, size_t begin) { return span.begin < begin; });
    if (found != large_.end() && found->begin == position) return found->end;
  }
  return SkipValue(text_, position);
}

// Finds and sorts the members of the object at position_.
void Normalizer::OpenObject() {
  Frame frame{.is_object = true};
  std::vector<std::pair<std::string, Entry>> members;
  size_t position = SkipSpace(text_, position_ + 1);
  while (text_[position] != '}') {
    const size_t value = SkipSpace(text_, SkipSpace(text_, SkipString(text_, position)) + 1);
    members.emplace_back(DecodeKey(text_, position), Entry{position, value});
    position = SkipSpace(text_, Skip(value));
    if (text_[position] == ',') position = SkipSpace(text_, position + 1);
  }
  frame.end = position + 1;
  std::stable_sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  for (size_t i = 0; i < members.size(); ++i) {
    if (i + 1 < members.size() && members[i].first == members[i + 1].first) continue;
    frame.entries.push_back(members[i].second);
  }
  open_.push_back(std::move(frame));
}

absl::StatusOr<Normalizer> Normalizer::Make(absl::string_view raw) {
  ABSL_RETURN_IF_ERROR(Validate(raw));
  Normalizer normalizer;
  normalizer.text_ = raw;
  ABSL_RETURN_IF_ERROR(normalizer.IndexText());
  normalizer.position_ = SkipSpace(raw, 0);
  return normalizer;
}

bool Normalizer::Next(std::string& out) {
  if (done_) return false;
  const size_t enough = out.size() + kPieceBytes;
  do {
    WriteValue(out);
    done_ = !Advance(out);
  } while (!done_ && out.size() < enough);
  return true;
}

// Writes the scalar, or the beginning of the container, at position_.
void Normalizer::WriteValue(std::string& out) {
  const char c = text_[position_];
  if (c == '{') {
    OpenObject();
    out.push_back(c);
  } else if (c == '[') {
    open_.push_back({.is_object = false});
    out.push_back(c);
    ++position_;
  } else {
    const size_t end = SkipValue(text_, position_);
    WriteScalar(text_.substr(position_, end - position_), out);
    position_ = end;
  }
}

// Goes on after a value: to the next one, or to the end of the text (false).
bool Normalizer::Advance(std::string& out) {
  while (!open_.empty()) {
    Frame& frame = open_.back();
    if (frame.is_object ? NextMember(frame, out) : NextElement(frame, out)) return true;
    open_.pop_back();
  }
  return false;
}

bool Normalizer::NextMember(Frame& frame, std::string& out) {
  if (frame.next == frame.entries.size()) {
    out.push_back('}');
    position_ = frame.end;
    return false;
  }
  if (frame.next > 0) out.push_back(',');
  const Entry& entry = frame.entries[frame.next++];
  AppendQuoted(out, DecodeKey(text_, entry.key));
  out.push_back(':');
  position_ = entry.value;
  return true;
}

bool Normalizer::NextElement(Frame& frame, std::string& out) {
  position_ = SkipSpace(text_, position_);
  if (text_[position_] == ']') {
    out.push_back(']');
    ++position_;
    return false;
  }
  if (frame.next++ > 0) {  // on the comma
    position_ = SkipSpace(text_, position_ + 1);
    out.push_back(',');
  }
  return true;
}

void Normalizer::WriteScalar(absl::string_view token, std::string& out) const {
  if (token.front() == '"') {
    AppendQuoted(out, Unquote(token));
  } else if (token.front() == '-' || absl::ascii_isdigit(token.front())) {
    out += FormatNumber(ParseNumber(token));
  } else {
    out.append(token.data(), token.size());
  }
}

absl::StatusOr<std::string> Normalize(absl::string_view raw) {
  ABSL_ASSIGN_OR_RETURN(Normalizer normalizer, Normalizer::Make(raw));
  std::string out;
  while (normalizer.Next(out)) {
  }
  return out;
}

}  // namespace waybill::oci::json
