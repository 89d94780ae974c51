// SPDX-License-Identifier: Apache-2.0
#include "oci/json_normalize.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/json.h"
#include "oci/json_text.h"
#include "oci/status_macros.h"

namespace waybill::oci::json {
namespace {

constexpr size_t kPieceBytes = 64 << 10;

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

// The first pass, over a valid text.
class Normalizer::Indexer {
 public:
  explicit Indexer(Normalizer& to) : to_(to) {}
  // INVALID_ARGUMENT for a number that float64 cannot hold.
  absl::Status Run();

 private:
  struct Open {
    size_t object;       // index in objects_
    size_t first_entry;  // of pending_
  };
  void BeginObject(size_t begin);
  void EndObject(size_t end);

  Normalizer& to_;
  std::vector<Entry> pending_;  // members of the open objects, innermost last
  std::vector<Open> open_;
};

absl::Status Normalizer::Indexer::Run() {
  const absl::string_view text = to_.text_;
  size_t last_string = 0;
  for (size_t position = SkipSpace(text, 0); position < text.size();) {
    const char c = text[position];
    size_t end = position + 1;
    if (c == '{') {
      BeginObject(position);
    } else if (c == '}') {
      EndObject(end);
    } else if (c == '"') {
      last_string = position;
      end = SkipString(text, position);
    } else if (c == ':') {
      pending_.push_back({last_string, SkipSpace(text, end)});
    } else if (c == '-' || absl::ascii_isdigit(c)) {
      end = SkipValue(text, position);
      const absl::string_view token = text.substr(position, end - position);
      if (MayOverflow(token) && !std::isfinite(ParseNumber(token))) {
        return InvalidInputError(
            absl::StrCat("json: cannot unmarshal number ", token, " into Go value of type float64"));
      }
    }
    position = SkipSpace(text, end);
  }
  return absl::OkStatus();
}

void Normalizer::Indexer::BeginObject(size_t begin) {
  open_.push_back({to_.objects_.size(), pending_.size()});
  to_.objects_.push_back({begin, 0, 0, 0});
}

void Normalizer::Indexer::EndObject(size_t end) {
  const Open open = open_.back();
  open_.pop_back();
  std::vector<std::pair<std::string, Entry>> members;
  for (size_t i = open.first_entry; i < pending_.size(); ++i) {
    members.emplace_back(DecodeKey(to_.text_, pending_[i].key), pending_[i]);
  }
  pending_.resize(open.first_entry);
  std::stable_sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  Object& object = to_.objects_[open.object];
  object.end = end;
  object.first_entry = to_.entries_.size();
  for (size_t i = 0; i < members.size(); ++i) {
    if (i + 1 < members.size() && members[i].first == members[i + 1].first) continue;
    to_.entries_.push_back(members[i].second);
  }
  object.entry_count = to_.entries_.size() - object.first_entry;
}

absl::StatusOr<Normalizer> Normalizer::Make(absl::string_view raw) {
  ABSL_RETURN_IF_ERROR(Validate(raw));
  Normalizer normalizer;
  normalizer.text_ = raw;
  ABSL_RETURN_IF_ERROR(Indexer(normalizer).Run());
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

const Normalizer::Object& Normalizer::ObjectAt(size_t begin) const {
  return *std::lower_bound(objects_.begin(), objects_.end(), begin,
                           [](const Object& object, size_t position) { return object.begin < position; });
}

// Writes the scalar, or the beginning of the container, at position_.
void Normalizer::WriteValue(std::string& out) {
  const char c = text_[position_];
  if (c == '{') {
    open_.push_back({&ObjectAt(position_), 0});
    out.push_back(c);
  } else if (c == '[') {
    open_.push_back({nullptr, 0});
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
    if (frame.object != nullptr ? NextMember(frame, out) : NextElement(frame, out)) return true;
    open_.pop_back();
  }
  return false;
}

bool Normalizer::NextMember(Frame& frame, std::string& out) {
  if (frame.next == frame.object->entry_count) {
    out.push_back('}');
    position_ = frame.object->end;
    return false;
  }
  if (frame.next > 0) out.push_back(',');
  const Entry& entry = entries_[frame.object->first_entry + frame.next++];
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
