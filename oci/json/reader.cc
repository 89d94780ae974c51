// SPDX-License-Identifier: Apache-2.0
// Reading: values taken apart, scalars decoded.
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/json/json.h"
#include "oci/json/scanner.h"
#include "oci/json/text.h"
#include "oci/status_macros.h"

namespace waybill::oci::json {
namespace {

absl::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kObject:
      return "object";
    case Kind::kArray:
      return "array";
    case Kind::kString:
      return "string";
    case Kind::kNumber:
      return "number";
    case Kind::kNull:
      return "null";
    default:
      return "bool";
  }
}

absl::Status TypeError(absl::string_view got, absl::string_view wanted) {
  return InvalidInputError(absl::StrCat("json: cannot unmarshal ", got, " into Go value of type ", wanted));
}

absl::Status NotValidated() { return MakeError(Reason::kInternal, "JSON that was not validated"); }

// The position of what follows a comma; that of what is there instead of a comma.
size_t AfterComma(absl::string_view text, size_t position) {
  position = SkipSpace(text, position);
  return position < text.size() && text[position] == ',' ? SkipSpace(text, position + 1) : position;
}

// The trimmed value when it is of `kind`, an empty view for null or no value. For valid text.
absl::StatusOr<absl::string_view> ExpectKind(absl::string_view raw, Kind kind, absl::string_view wanted) {
  const Kind actual = KindOf(raw);
  if (actual == Kind::kNull) return absl::string_view();
  if (actual != kind) return TypeError(KindName(actual), wanted);
  return Trim(raw);
}

absl::StatusOr<absl::string_view> Expect(absl::string_view raw, Kind kind, absl::string_view wanted) {
  if (raw.empty()) return raw;
  ABSL_RETURN_IF_ERROR(Validate(raw));
  return ExpectKind(raw, kind, wanted);
}

// A name in the form in which two that differ in case only are the same: as Go folds, U+017F is an s and U+212A a k.
std::string Fold(absl::string_view name) {
  std::string folded;
  for (size_t i = 0; i < name.size(); ++i) {
    if (absl::StartsWith(name.substr(i), "\xc5\xbf")) {
      folded.push_back('s');
      i += 1;
    } else if (absl::StartsWith(name.substr(i), "\xe2\x84\xaa")) {
      folded.push_back('k');
      i += 2;
    } else {
      folded.push_back(absl::ascii_tolower(name[i]));
    }
  }
  return folded;
}

}  // namespace

absl::Status Validate(absl::string_view raw) {
  Scanner scanner;
  for (char c : raw) {
    if (scanner.Feed(c) == Scanner::ByteClass::kError) return scanner.error();
  }
  return scanner.Finish();
}

Kind KindOf(absl::string_view raw) {
  const size_t start = SkipSpace(raw, 0);
  switch (start < raw.size() ? raw[start] : 'n') {
    case '{':
      return Kind::kObject;
    case '[':
      return Kind::kArray;
    case '"':
      return Kind::kString;
    case 't':
      return Kind::kTrue;
    case 'f':
      return Kind::kFalse;
    case 'n':
      return Kind::kNull;
    default:
      return Kind::kNumber;
  }
}

absl::Status VisitMembers(absl::string_view raw, absl::FunctionRef<absl::Status(const Member&)> visit) {
  ABSL_ASSIGN_OR_RETURN(const absl::string_view text, ExpectKind(raw, Kind::kObject, "map[string]json.RawMessage"));
  for (size_t position = SkipSpace(text, 1); position < text.size() && text[position] != '}';) {
    const size_t key_end = SkipString(text, position);
    const size_t value = SkipSpace(text, SkipSpace(text, key_end) + 1);
    const size_t value_end = SkipValue(text, value);
    if (value_end <= value) return NotValidated();
    ABSL_RETURN_IF_ERROR(
        visit({Unquote(text.substr(position, key_end - position)), text.substr(value, value_end - value)}));
    position = AfterComma(text, value_end);
  }
  return absl::OkStatus();
}

absl::Status VisitElements(absl::string_view raw, absl::FunctionRef<absl::Status(absl::string_view)> visit) {
  ABSL_ASSIGN_OR_RETURN(const absl::string_view text, ExpectKind(raw, Kind::kArray, "[]json.RawMessage"));
  for (size_t position = SkipSpace(text, 1); position < text.size() && text[position] != ']';) {
    const size_t end = SkipValue(text, position);
    if (end <= position) return NotValidated();
    ABSL_RETURN_IF_ERROR(visit(text.substr(position, end - position)));
    position = AfterComma(text, end);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Member>> Members(absl::string_view raw) {
  std::vector<Member> members;
  if (raw.empty()) return members;
  ABSL_RETURN_IF_ERROR(Validate(raw));
  ABSL_RETURN_IF_ERROR(VisitMembers(raw, [&members](const Member& member) {
    members.push_back(member);
    return absl::OkStatus();
  }));
  return members;
}

absl::StatusOr<std::vector<absl::string_view>> Elements(absl::string_view raw) {
  std::vector<absl::string_view> elements;
  if (raw.empty()) return elements;
  ABSL_RETURN_IF_ERROR(Validate(raw));
  ABSL_RETURN_IF_ERROR(VisitElements(raw, [&elements](absl::string_view element) {
    elements.push_back(element);
    return absl::OkStatus();
  }));
  return elements;
}

absl::StatusOr<std::string> DecodeString(absl::string_view raw) {
  ABSL_ASSIGN_OR_RETURN(const absl::string_view text, Expect(raw, Kind::kString, "string"));
  return text.empty() ? std::string() : Unquote(text);
}

absl::StatusOr<int64_t> DecodeInt(absl::string_view raw) {
  ABSL_ASSIGN_OR_RETURN(const absl::string_view text, Expect(raw, Kind::kNumber, "int64"));
  int64_t value = 0;
  if (!text.empty() && !absl::SimpleAtoi(text, &value)) return TypeError(absl::StrCat("number ", text), "int64");
  return value;
}

absl::StatusOr<bool> DecodeBool(absl::string_view raw) {
  if (!raw.empty() && KindOf(raw) == Kind::kTrue) {
    ABSL_RETURN_IF_ERROR(Validate(raw));
    return true;
  }
  ABSL_RETURN_IF_ERROR(Expect(raw, Kind::kFalse, "bool").status());
  return false;
}

absl::StatusOr<std::map<std::string, std::string>> DecodeStringMap(absl::string_view raw) {
  std::map<std::string, std::string> map;
  ABSL_ASSIGN_OR_RETURN(std::vector<Member> members, Members(raw));
  for (Member& member : members) {
    ABSL_ASSIGN_OR_RETURN(map[std::move(member.key)], DecodeString(member.value));
  }
  return map;
}

bool IsField(absl::string_view key, absl::string_view name) {
  if (key.size() == name.size() && absl::EqualsIgnoreCase(key, name)) return true;
  // Only what is not ASCII folds to something of another length.
  return key.size() > name.size() && Fold(key) == Fold(name);
}

absl::StatusOr<Fields> Fields::Parse(absl::string_view raw) {
  Fields fields;
  ABSL_ASSIGN_OR_RETURN(fields.members_, Members(raw));
  return fields;
}

absl::string_view Fields::Find(absl::string_view name) const {
  for (auto member = members_.rbegin(); member != members_.rend(); ++member) {
    if (!IsField(member->key, name)) continue;
    return KindOf(member->value) == Kind::kNull ? absl::string_view() : member->value;
  }
  return absl::string_view();
}

}  // namespace waybill::oci::json
