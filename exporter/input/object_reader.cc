// SPDX-License-Identifier: Apache-2.0
#include "exporter/input/object_reader.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::input {
namespace {

namespace json = oci::json;

// `a.b`, or `a["b/c"]` where the name is no word.
std::string PathOf(absl::string_view parent, absl::string_view name) {
  bool word = !name.empty();
  for (char c : name) word = word && (absl::ascii_isalnum(c) || c == '_');
  if (!word) return absl::StrCat(parent, "[", json::Quote(name), "]");
  return parent.empty() ? std::string(name) : absl::StrCat(parent, ".", name);
}

absl::Status TooMany(const Value& value) { return ErrorAt(value, absl::StrCat("more than ", kMaxMembers, " members")); }

}  // namespace

absl::Status ErrorAt(const Value& value, absl::string_view message) {
  return oci::InvalidInputError(value.path.empty() ? std::string(message) : absl::StrCat(value.path, ": ", message));
}

absl::Status At(const Value& value, const absl::Status& status) {
  return value.path.empty() ? status : oci::Annotate(status, value.path);
}

absl::StatusOr<ObjectReader> ObjectReader::Parse(const Value& value) {
  if (value.raw.empty() || json::KindOf(value.raw) != json::Kind::kObject) return ErrorAt(value, "not an object");
  ObjectReader reader(value.path);
  ABSL_RETURN_IF_ERROR(json::VisitMembers(value.raw, [&](const json::Member& member) {
    if (reader.members_.size() == kMaxMembers) return TooMany(value);
    Value inner{.raw = member.value, .path = PathOf(value.path, member.key)};
    const auto [found, inserted] = reader.members_.emplace(member.key, Member{inner});
    return inserted ? absl::OkStatus() : ErrorAt(inner, "given twice");
  }));
  return reader;
}

std::vector<std::pair<std::string, Value>> ObjectReader::Entries() const {
  std::vector<std::pair<std::string, Value>> entries;
  for (const auto& [name, member] : members_) entries.emplace_back(name, member.value);
  return entries;
}

bool ObjectReader::Has(absl::string_view name) const {
  const auto found = members_.find(std::string(name));
  return found != members_.end() && json::KindOf(found->second.value.raw) != json::Kind::kNull;
}

Value ObjectReader::Take(absl::string_view name) {
  const auto found = members_.find(std::string(name));
  if (found == members_.end()) return {.raw = "", .path = PathOf(path_, name)};
  found->second.taken = true;
  if (!Has(name)) return {.raw = "", .path = found->second.value.path};
  return found->second.value;
}

absl::StatusOr<std::string> ObjectReader::String(absl::string_view name) {
  const Value value = Take(name);
  if (value.raw.empty()) return std::string();
  if (json::KindOf(value.raw) != json::Kind::kString) return ErrorAt(value, "not a string");
  return json::DecodeString(value.raw);
}

absl::Status ObjectReader::ForEach(absl::string_view name, absl::FunctionRef<absl::Status(const Value&)> visit) {
  const Value value = Take(name);
  if (value.raw.empty()) return absl::OkStatus();
  if (json::KindOf(value.raw) != json::Kind::kArray) return ErrorAt(value, "not an array");
  size_t index = 0;
  return json::VisitElements(value.raw, [&](absl::string_view element) {
    if (index == kMaxMembers) return TooMany(value);
    return visit({.raw = element, .path = absl::StrCat(value.path, "[", index++, "]")});
  });
}

absl::StatusOr<std::map<std::string, std::string>> ObjectReader::StringMap(absl::string_view name) {
  const Value value = Take(name);
  std::map<std::string, std::string> map;
  if (value.raw.empty()) return map;
  ABSL_ASSIGN_OR_RETURN(const ObjectReader object, ObjectReader::Parse(value));
  for (const auto& [key, member] : object.members_) {
    if (json::KindOf(member.value.raw) != json::Kind::kString) return ErrorAt(member.value, "not a string");
    ABSL_ASSIGN_OR_RETURN(map[key], json::DecodeString(member.value.raw));
  }
  return map;
}

absl::Status ObjectReader::Missing(absl::string_view name) const {
  return oci::InvalidInputError(absl::StrCat(PathOf(path_, name), ": missing"));
}

absl::StatusOr<std::string> ObjectReader::RequiredString(absl::string_view name) {
  ABSL_ASSIGN_OR_RETURN(std::string text, String(name));
  if (text.empty()) return Missing(name);
  return text;
}

absl::StatusOr<int64_t> ObjectReader::RequiredSize(absl::string_view name) {
  const Value value = Take(name);
  if (value.raw.empty()) return Missing(name);
  const absl::StatusOr<int64_t> size = json::DecodeInt(value.raw);
  if (!size.ok() || *size < 0) return ErrorAt(value, "not a size in bytes");
  return size;
}

absl::StatusOr<bool> ObjectReader::RequiredBool(absl::string_view name) {
  const Value value = Take(name);
  if (value.raw.empty()) return Missing(name);
  const absl::StatusOr<bool> flag = json::DecodeBool(value.raw);
  if (!flag.ok()) return ErrorAt(value, "not true or false");
  return flag;
}

absl::Status ObjectReader::Finish() const {
  for (const auto& [name, member] : members_) {
    if (!member.taken) return ErrorAt(member.value, "unknown field");
  }
  return absl::OkStatus();
}

}  // namespace waybill::exporter::input
