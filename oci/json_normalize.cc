// SPDX-License-Identifier: Apache-2.0
// Decoding into generic values and encoding again, without holding the values: one pass finds where the members of
// each object are, a second one walks the text in the order in which Go would write it.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/json.h"
#include "oci/json_text.h"
#include "oci/status_macros.h"

namespace waybill::oci::json {
namespace {

constexpr size_t kFlushBytes = 64 << 10;

double ParseNumber(absl::string_view token) {
  double value = 0;
  return absl::SimpleAtod(token, &value) ? value : 0;  // infinite when it is too large
}

// Whether a number can be too large for float64, which most are plainly not.
bool MayOverflow(absl::string_view token) {
  return token.size() > 300 || token.find_first_of("eE") != absl::string_view::npos;
}

struct Entry {
  size_t key;
  size_t value;
};

struct Object {
  size_t begin;
  size_t end;          // after the closing brace
  size_t first_entry;  // of ObjectIndex::entries
  size_t entry_count;
};

// Where the members of every object of a valid text are: sorted by decoded key, of duplicates only the last.
class ObjectIndex {
 public:
  explicit ObjectIndex(absl::string_view text) : text_(text) {}
  // INVALID_ARGUMENT for a number that float64 cannot hold.
  absl::Status Build();
  const Object& At(size_t begin) const {
    return *std::lower_bound(objects_.begin(), objects_.end(), begin,
                             [](const Object& object, size_t position) { return object.begin < position; });
  }
  const Entry& entry(size_t index) const { return entries_[index]; }

 private:
  struct Open {
    size_t object;       // index in objects_
    size_t first_entry;  // of pending_
  };
  void BeginObject(size_t begin);
  void EndObject(size_t end);

  const absl::string_view text_;
  std::vector<Object> objects_;  // in order of `begin`
  std::vector<Entry> entries_;
  std::vector<Entry> pending_;  // members of the open objects, innermost last
  std::vector<Open> open_;
};

absl::Status ObjectIndex::Build() {
  size_t last_string = 0;
  for (size_t position = SkipSpace(text_, 0); position < text_.size();) {
    const char c = text_[position];
    size_t end = position + 1;
    if (c == '{') {
      BeginObject(position);
    } else if (c == '}') {
      EndObject(end);
    } else if (c == '"') {
      last_string = position;
      end = SkipString(text_, position);
    } else if (c == ':') {
      pending_.push_back({last_string, SkipSpace(text_, end)});
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
  return absl::OkStatus();
}

void ObjectIndex::BeginObject(size_t begin) {
  open_.push_back({objects_.size(), pending_.size()});
  objects_.push_back({begin, 0, 0, 0});
}

void ObjectIndex::EndObject(size_t end) {
  const Open open = open_.back();
  open_.pop_back();
  std::vector<std::pair<std::string, Entry>> members;
  for (size_t i = open.first_entry; i < pending_.size(); ++i) {
    const Entry& entry = pending_[i];
    members.emplace_back(Unquote(text_.substr(entry.key, SkipString(text_, entry.key) - entry.key)), entry);
  }
  pending_.resize(open.first_entry);
  std::stable_sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  Object& object = objects_[open.object];
  object.end = end;
  object.first_entry = entries_.size();
  for (size_t i = 0; i < members.size(); ++i) {
    if (i + 1 < members.size() && members[i].first == members[i + 1].first) continue;
    entries_.push_back(members[i].second);
  }
  object.entry_count = entries_.size() - object.first_entry;
}

// Walks the text and writes it.
class Normalizer {
 public:
  Normalizer(absl::string_view text, const ObjectIndex& index, Sink sink) : text_(text), index_(index), sink_(sink) {}
  absl::Status Run();

 private:
  struct Frame {
    const Object* object;  // null for an array
    size_t next = 0;       // members or elements written
  };
  // Writes the scalar, or the beginning of the container, at position_.
  void WriteValue();
  // Goes on after a value: to the next one (true), or to the end of the text (false).
  bool Advance();
  bool NextMember(Frame& frame);
  bool NextElement(Frame& frame);
  void WriteScalar(absl::string_view token);

  const absl::string_view text_;
  const ObjectIndex& index_;
  const Sink sink_;
  size_t position_ = 0;
  std::vector<Frame> open_;
  std::string out_;
};

absl::Status Normalizer::Run() {
  position_ = SkipSpace(text_, 0);
  do {
    WriteValue();
    if (out_.size() < kFlushBytes) continue;
    ABSL_RETURN_IF_ERROR(sink_(out_));
    out_.clear();
  } while (Advance());
  return out_.empty() ? absl::OkStatus() : sink_(out_);
}

void Normalizer::WriteValue() {
  const char c = text_[position_];
  if (c == '{') {
    open_.push_back({&index_.At(position_)});
    out_.push_back(c);
  } else if (c == '[') {
    open_.push_back({nullptr});
    out_.push_back(c);
    ++position_;
  } else {
    const size_t end = SkipValue(text_, position_);
    WriteScalar(text_.substr(position_, end - position_));
    position_ = end;
  }
}

bool Normalizer::Advance() {
  while (!open_.empty()) {
    Frame& frame = open_.back();
    if (frame.object != nullptr ? NextMember(frame) : NextElement(frame)) return true;
    open_.pop_back();
  }
  return false;
}

bool Normalizer::NextMember(Frame& frame) {
  if (frame.next == frame.object->entry_count) {
    out_.push_back('}');
    position_ = frame.object->end;
    return false;
  }
  if (frame.next > 0) out_.push_back(',');
  const Entry& entry = index_.entry(frame.object->first_entry + frame.next++);
  AppendQuoted(out_, Unquote(text_.substr(entry.key, SkipString(text_, entry.key) - entry.key)));
  out_.push_back(':');
  position_ = entry.value;
  return true;
}

bool Normalizer::NextElement(Frame& frame) {
  position_ = SkipSpace(text_, position_);
  if (text_[position_] == ']') {
    out_.push_back(']');
    ++position_;
    return false;
  }
  if (frame.next++ > 0) {  // on the comma
    position_ = SkipSpace(text_, position_ + 1);
    out_.push_back(',');
  }
  return true;
}

void Normalizer::WriteScalar(absl::string_view token) {
  const bool number = token.front() == '-' || absl::ascii_isdigit(token.front());
  if (token.front() == '"') {
    AppendQuoted(out_, Unquote(token));
  } else if (number) {
    out_ += FormatNumber(ParseNumber(token));
  } else {
    out_.append(token.data(), token.size());
  }
}

}  // namespace

absl::Status NormalizeTo(absl::string_view raw, Sink sink) {
  ABSL_RETURN_IF_ERROR(Validate(raw));
  ObjectIndex index(raw);
  ABSL_RETURN_IF_ERROR(index.Build());
  return Normalizer(raw, index, sink).Run();
}

absl::StatusOr<std::string> Normalize(absl::string_view raw) {
  std::string out;
  ABSL_RETURN_IF_ERROR(NormalizeTo(raw, [&out](absl::string_view piece) {
    out.append(piece.data(), piece.size());
    return absl::OkStatus();
  }));
  return out;
}

}  // namespace waybill::oci::json
