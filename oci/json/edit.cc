// SPDX-License-Identifier: Apache-2.0
#include "oci/json/edit.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "oci/error.h"
#include "oci/json/json.h"
#include "oci/json/text.h"
#include "oci/status_macros.h"

namespace waybill::oci::json {
namespace {

// Where a member or an element is, as positions in the text.
struct Place {
  size_t space = 0;    // after the opening bracket or the comma
  size_t begin = 0;    // of the key; of an element
  size_t key_end = 0;  // of a member
  size_t value = 0;
  size_t end = 0;
};

// The members or elements of a container, in order.
std::vector<Place> PlacesIn(absl::string_view text, char closer) {
  std::vector<Place> places;
  size_t space = SkipSpace(text, 0) + 1;
  size_t begin = SkipSpace(text, space);
  while (begin < text.size() && text[begin] != closer) {
    Place place{.space = space, .begin = begin, .key_end = begin, .value = begin};
    if (closer == '}') {
      place.key_end = SkipString(text, begin);
      place.value = SkipSpace(text, SkipSpace(text, place.key_end) + 1);
    }
    place.end = SkipValue(text, place.value);
    places.push_back(place);
    const size_t next = SkipSpace(text, place.end);
    if (next >= text.size() || text[next] != ',') break;
    space = next + 1;
    begin = SkipSpace(text, space);
  }
  return places;
}

absl::StatusOr<std::vector<Place>> PlacesOf(absl::string_view text, Kind kind) {
  if (KindOf(text) != kind) {
    return InvalidInputError(absl::StrCat("JSON that is no ", kind == Kind::kObject ? "object" : "array"));
  }
  return PlacesIn(text, kind == Kind::kObject ? '}' : ']');
}

absl::string_view Cut(absl::string_view text, size_t begin, size_t end) { return text.substr(begin, end - begin); }

bool IsNamed(absl::string_view text, const Place& place, absl::string_view name) {
  return IsField(Unquote(Cut(text, place.begin, place.key_end)), name);
}

// The number of the only member of that name.
absl::StatusOr<std::optional<size_t>> FindOnly(absl::string_view text, const std::vector<Place>& places,
                                               absl::string_view name) {
  std::optional<size_t> found;
  for (size_t i = 0; i < places.size(); ++i) {
    if (!IsNamed(text, places[i], name)) continue;
    if (found.has_value()) return InvalidInputError(absl::StrCat("the field ", name, " is there twice"));
    found = i;
  }
  return found;
}

// The compact value over lines that begin with `space`, what stands before a value at that depth; as it is where that
// has no line.
std::string LaidOut(absl::string_view value, absl::string_view space, size_t depth) {
  const size_t line = space.rfind('\n');
  if (line == absl::string_view::npos) return std::string(value);
  const absl::string_view unit = space.substr(line + 1, (space.size() - line - 1) / depth);
  std::string out;
  for (absl::string_view one : absl::StrSplit(Indent(value), '\n')) {
    if (!out.empty()) absl::StrAppend(&out, space);
    for (; absl::ConsumePrefix(&one, "  ");) absl::StrAppend(&out, unit);
    absl::StrAppend(&out, one);
  }
  return out;
}

// The place after which the new member comes.
const Place& Anchor(absl::string_view text, const std::vector<Place>& places,
                    const std::vector<absl::string_view>& after) {
  for (const absl::string_view name : after) {
    for (const Place& place : places) {
      if (IsNamed(text, place, name)) return place;
    }
  }
  return places.back();
}

}  // namespace

absl::StatusOr<std::string> WithMember(absl::string_view object, absl::string_view name, absl::string_view value,
                                       const std::vector<absl::string_view>& after, size_t depth) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<Place> places, PlacesOf(object, Kind::kObject));
  ABSL_ASSIGN_OR_RETURN(const std::optional<size_t> found, FindOnly(object, places, name));
  if (found.has_value()) {
    const Place& place = places[*found];
    return absl::StrCat(object.substr(0, place.value), value, object.substr(place.end));
  }
  if (places.empty()) {
    const size_t inside = SkipSpace(object, 0) + 1;
    return absl::StrCat(object.substr(0, inside), Quote(name), ":", value, object.substr(inside));
  }
  const Place& anchor = Anchor(object, places, after);
  const absl::string_view space = Cut(object, anchor.space, anchor.begin);
  return absl::StrCat(object.substr(0, anchor.end), ",", space, Quote(name), Cut(object, anchor.key_end, anchor.value),
                      LaidOut(value, space, depth), object.substr(anchor.end));
}

absl::StatusOr<std::string> WithoutMember(absl::string_view object, absl::string_view name) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<Place> places, PlacesOf(object, Kind::kObject));
  ABSL_ASSIGN_OR_RETURN(const std::optional<size_t> found, FindOnly(object, places, name));
  if (!found.has_value()) return std::string(object);
  size_t begin = places[*found].begin;
  size_t end = places[*found].end;
  if (*found > 0) {
    begin = places[*found - 1].end;
  } else if (places.size() > 1) {
    end = places[1].begin;
  }
  return absl::StrCat(object.substr(0, begin), object.substr(end));
}

absl::StatusOr<std::string> WithElement(absl::string_view array, absl::string_view value, size_t depth) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<Place> places, PlacesOf(array, Kind::kArray));
  if (places.empty()) {
    const size_t inside = SkipSpace(array, 0) + 1;
    return absl::StrCat(array.substr(0, inside), value, array.substr(inside));
  }
  const Place& last = places.back();
  const absl::string_view space = Cut(array, last.space, last.begin);
  return absl::StrCat(array.substr(0, last.end), ",", space, LaidOut(value, space, depth), array.substr(last.end));
}

std::string Spliced(absl::string_view text, const std::vector<Splice>& splices) {
  std::string out;
  size_t at = 0;
  for (const Splice& splice : splices) {
    const size_t begin = splice.part.data() - text.data();
    absl::StrAppend(&out, text.substr(at, begin - at), splice.text);
    at = begin + splice.part.size();
  }
  absl::StrAppend(&out, text.substr(at));
  return out;
}

}  // namespace waybill::oci::json
