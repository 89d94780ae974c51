// SPDX-License-Identifier: Apache-2.0
// Whether BuildKit reads a document, and whether it can write it again.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "attest/spdx/spdx.h"
#include "attest/spdx/spdx_model.h"
#include "oci/error.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"

namespace waybill::attest::spdx {
namespace {

namespace json = oci::json;
using Fields = absl::Span<const SpdxField>;

constexpr absl::string_view kElementPrefix = "SPDXRef-";
constexpr absl::string_view kDocumentPrefix = "DocumentRef-";
constexpr absl::string_view kNoAssertion = "NOASSERTION";
constexpr absl::string_view kNone = "NONE";

// Special strings are read from the raw token: quotes at its ends cut, escapes left alone.
absl::string_view TokenText(absl::string_view raw) {
  const size_t first = raw.find_first_not_of('"');
  if (first == raw.npos) return "";
  return raw.substr(first, raw.find_last_not_of('"') - first + 1);
}

bool HasPrefixAndMore(absl::string_view text, absl::string_view prefix) {
  return text.size() > prefix.size() && absl::StartsWith(text, prefix);
}

// "Type: value" cut at the first colon, nothing trimmed.
struct TypedValue {
  bool found = false;
  absl::string_view type;
  absl::string_view value;
};

TypedValue CutTyped(absl::string_view text) {
  const size_t colon = text.find(':');
  if (colon == text.npos) return {};
  return {true, text.substr(0, colon), text.substr(colon + 1)};
}

// Walks a document along the model. `decodes()` is what BuildKit's decoder would say; of what its encoder would say
// only the first problem is kept.
class Checker {
 public:
  explicit Checker(int version) : version_(version) {}

  // `counts`: no later duplicate replaces this value, so that what it cannot encode matters.
  void CheckObject(absl::string_view raw, Fields fields, bool counts);

  bool decodes() const { return decodes_; }
  const absl::Status& problem() const { return problem_; }

 private:
  // What an object as a whole is judged by.
  struct ObjectFacts {
    bool has_id = false;
    bool has_members = false;
  };
  void CheckField(absl::string_view raw, const SpdxField& field, bool counts, ObjectFacts& facts);
  // Returns the number of elements.
  int64_t CheckList(absl::string_view raw, const SpdxField& field, bool counts);
  void CheckElement(absl::string_view raw, const SpdxField& field, bool counts);
  void CheckDocElementId(absl::string_view text, bool counts);
  void CheckTyped(absl::string_view text, const SpdxField& field, bool counts);
  void CheckParty(absl::string_view text, bool supplier, bool counts);
  void CheckAbsent(const SpdxField& field, bool counts);

  void Require(bool condition) { decodes_ = decodes_ && condition; }
  void CannotEncode(absl::string_view type, absl::string_view problem) {
    if (!problem_.ok()) return;
    problem_ = oci::InvalidInputError(
        absl::StrCat("unable to encode spdx: json: error calling MarshalJSON for type ", type, ": ", problem));
  }
  void CannotEncodeId() { CannotEncode("common.DocElementID", "failed to marshal empty DocElementID"); }

  const int version_;
  bool decodes_ = true;
  absl::Status problem_;
};

void Checker::CheckObject(absl::string_view raw, Fields fields, bool counts) {
  if (json::KindOf(raw) != json::Kind::kObject && json::KindOf(raw) != json::Kind::kNull) return Require(false);
  struct Value {
    const SpdxField* field;
    absl::string_view raw;
  };
  std::vector<Value> values;
  std::vector<size_t> last(fields.size(), std::string::npos);  // by field, index in values
  const absl::Status walked = json::VisitMembers(raw, [&](const json::Member& member) {
    for (size_t i = 0; i < fields.size(); ++i) {
      if (version_ < fields[i].since || !json::IsField(member.key, fields[i].name)) continue;
      last[i] = values.size();
      values.push_back({&fields[i], member.value});
      break;
    }
    return absl::OkStatus();
  });
  Require(walked.ok());
  ObjectFacts facts;
  for (size_t i = 0; i < values.size(); ++i) {
    const SpdxField& field = *values[i].field;
    CheckField(values[i].raw, field, counts && last[&field - fields.data()] == i, facts);
  }
  for (size_t i = 0; i < fields.size(); ++i) {
    if (last[i] == std::string::npos) CheckAbsent(fields[i], counts);
  }
  if (counts && facts.has_members && !facts.has_id) CannotEncodeId();
}

void Checker::CheckAbsent(const SpdxField& field, bool counts) {
  if (!counts) return;
  if (field.type == SpdxType::kDocElementId) CannotEncodeId();
  if (field.type == SpdxType::kAnnotator) CannotEncode("common.Annotator", "unexpected end of JSON input");
}

void Checker::CheckField(absl::string_view raw, const SpdxField& field, bool counts, ObjectFacts& facts) {
  const json::Kind kind = json::KindOf(raw);
  const bool null = kind == json::Kind::kNull;
  const absl::string_view token = TokenText(raw);
  switch (field.type) {
    case SpdxType::kString:
      return Require(null || kind == json::Kind::kString);
    case SpdxType::kBool:
      return Require(null || kind == json::Kind::kTrue || kind == json::Kind::kFalse);
    case SpdxType::kInt: {
      int64_t number = 0;
      return Require(null || (kind == json::Kind::kNumber && absl::SimpleAtoi(raw, &number)));
    }
    case SpdxType::kObject:
      return null ? void() : CheckObject(raw, field.object, counts);
    case SpdxType::kElementId:
      facts.has_id = true;
      return Require(HasPrefixAndMore(token, kElementPrefix));
    case SpdxType::kDocumentId:
      return Require(HasPrefixAndMore(token, kDocumentPrefix));
    case SpdxType::kDocElementId:
      return CheckDocElementId(token, counts);
    case SpdxType::kAnnotator:
      return CheckTyped(token, field, counts);
    case SpdxType::kSupplier:
    case SpdxType::kOriginator:
      return null ? void() : CheckParty(token, field.type == SpdxType::kSupplier, counts);
    case SpdxType::kMembers:
      facts.has_members = CheckList(raw, field, counts) > 0;
      return;
    case SpdxType::kStrings:
    case SpdxType::kObjects:
    case SpdxType::kNullableObjects:
    case SpdxType::kCreators:
      CheckList(raw, field, counts);
  }
}

int64_t Checker::CheckList(absl::string_view raw, const SpdxField& field, bool counts) {
  int64_t elements = 0;
  const absl::Status walked = json::VisitElements(raw, [&](absl::string_view element) {
    CheckElement(element, field, counts);
    ++elements;
    return absl::OkStatus();
  });
  Require(walked.ok());
  return elements;
}

void Checker::CheckElement(absl::string_view raw, const SpdxField& field, bool counts) {
  const json::Kind kind = json::KindOf(raw);
  switch (field.type) {
    case SpdxType::kStrings:
      return Require(kind == json::Kind::kString || kind == json::Kind::kNull);
    case SpdxType::kObjects:
      return CheckObject(raw, field.object, counts);
    case SpdxType::kNullableObjects:
      return kind == json::Kind::kNull ? void() : CheckObject(raw, field.object, counts);
    case SpdxType::kMembers:
      return CheckDocElementId(TokenText(raw), counts);
    default:
      return CheckTyped(TokenText(raw), field, counts);
  }
}

void Checker::CheckDocElementId(absl::string_view text, bool counts) {
  if (text == kNone || text == kNoAssertion) return;
  if (absl::StartsWith(text, kDocumentPrefix)) {
    const TypedValue parts = CutTyped(text);
    Require(HasPrefixAndMore(parts.found ? parts.type : text, kDocumentPrefix));
    if (!parts.found) return counts ? CannotEncodeId() : void();
    text = parts.value;
  }
  Require(HasPrefixAndMore(text, kElementPrefix));
}

// A creator or annotator.
void Checker::CheckTyped(absl::string_view text, const SpdxField& field, bool counts) {
  const TypedValue parts = CutTyped(text);
  Require(parts.found);
  if (!counts || !absl::StripAsciiWhitespace(parts.value).empty()) return;
  CannotEncode(field.type == SpdxType::kAnnotator ? "common.Annotator" : "common.Creator",
               "unexpected end of JSON input");
}

void Checker::CheckParty(absl::string_view text, bool supplier, bool counts) {
  if (text == kNoAssertion) return;
  TypedValue parts = CutTyped(text);
  Require(parts.found);
  if (supplier) {
    parts.type = absl::StripAsciiWhitespace(parts.type);
    parts.value = absl::StripAsciiWhitespace(parts.value);
  } else {
    parts.value.remove_prefix(std::min(parts.value.find_first_not_of(" \t"), parts.value.size()));
  }
  if (!counts || parts.value == kNoAssertion || (!parts.type.empty() && !parts.value.empty())) return;
  const absl::string_view name = supplier ? "Supplier" : "Originator";
  CannotEncode(absl::StrCat("*common.", name), absl::StrCat("failed to marshal invalid ", name, ": {", name, ":",
                                                            parts.value, " ", name, "Type:", parts.type, "}"));
}

// The minor version that the document says it has, 0 when BuildKit knows none such.
int VersionOf(absl::string_view document) {
  std::string version;
  const absl::Status walked = json::VisitMembers(document, [&version](const json::Member& member) {
    if (member.key == "spdxVersion") version = json::DecodeString(member.value).value_or("");
    return absl::OkStatus();
  });
  if (!walked.ok()) return 0;
  return version == "SPDX-2.1" ? 1 : version == "SPDX-2.2" ? 2 : version == "SPDX-2.3" ? 3 : 0;
}

}  // namespace

absl::StatusOr<bool> CanSupplementSpdx(absl::string_view document) {
  if (!json::Validate(document).ok()) return false;
  const int version = VersionOf(document);
  if (version == 0) return false;
  Checker checker(version);
  checker.CheckObject(document, SpdxDocumentFields(), /*counts=*/true);
  if (!checker.decodes()) return false;
  ABSL_RETURN_IF_ERROR(checker.problem());
  return true;
}

}  // namespace waybill::attest::spdx
