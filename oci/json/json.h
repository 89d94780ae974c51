// SPDX-License-Identifier: Apache-2.0
// JSON as Go's encoding/json (v1) writes it, and reading that keeps values verbatim. Nothing here throws.
// "Raw" means the bytes of one JSON value, valid JSON unless said otherwise, with whatever white space it had.
#ifndef WAYBILL_OCI_JSON_JSON_H_
#define WAYBILL_OCI_JSON_JSON_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace waybill::oci::json {

// Nesting beyond this is refused, as Go does ("invalid character '[' exceeded max depth").
inline constexpr int kMaxDepth = 10000;

// ---- Writing -------------------------------------------------------------------------------------------------

// Appends `text` quoted with Go's escapes: <, >, & and U+2028/9 as \u00xx, invalid UTF-8 as \ufffd.
void AppendQuoted(std::string& out, absl::string_view text);
std::string Quote(absl::string_view text);
// A float64 as Go prints it: shortest digits, exponent form below 1e-6 and from 1e21 on; null when it is not finite.
std::string FormatNumber(double value);

// Builds one compact document; fields appear in the order of the calls. Calls that do not fit (a value without a key
// inside an object, ...) are programming errors and abort.
class Writer {
 public:
  Writer& BeginObject();
  Writer& EndObject();
  Writer& BeginArray();
  Writer& EndArray();
  Writer& Key(absl::string_view key);
  Writer& String(absl::string_view value);
  Writer& Int(int64_t value);
  Writer& Bool(bool value);
  Writer& Null();
  // `compact` is already in Go's compact, escaped form.
  Writer& Raw(absl::string_view compact);
  // The finished document; the writer is empty afterwards.
  std::string Take();

 private:
  struct Container {
    char closer;  // '}' or ']'
    bool has_member;
  };
  void BeforeValue();
  Writer& Begin(char opener, char closer);
  Writer& End(char closer);

  std::string out_;
  std::vector<Container> open_;
  bool after_key_ = false;
};

// ---- Transforming raw values ---------------------------------------------------------------------------------

// Go's json.Compact with HTML escaping: white space outside strings removed, <, >, & and U+2028/9 escaped, nothing
// else changed. Errors: INVALID_ARGUMENT with Go's wording of the syntax error.
absl::StatusOr<std::string> Compact(absl::string_view raw);
// Go's MarshalIndent(..., "", "  ") form of a compact document; no trailing newline.
std::string Indent(absl::string_view compact);
// Decodes into generic values and encodes again: keys sorted, last duplicate wins, numbers through float64.
// INVALID_ARGUMENT also for a number beyond float64. json_normalize.h does it in pieces.
absl::StatusOr<std::string> Normalize(absl::string_view raw);

// ---- Reading -------------------------------------------------------------------------------------------------

enum class Kind { kObject, kArray, kString, kNumber, kTrue, kFalse, kNull };

struct Member {
  std::string key;          // decoded
  absl::string_view value;  // raw, inside the text that was read
};

// Checks the whole text: exactly one JSON value. Errors as Compact.
absl::Status Validate(absl::string_view raw);
// The kind of a valid raw value (leading white space skipped).
Kind KindOf(absl::string_view raw);
// From here on the whole of `raw` is checked as Validate does, and as in Go null (also an empty view: no value) gives
// what an untouched variable has: nothing, "", 0, false. INVALID_ARGUMENT for another kind of value, with Go's wording
// ("json: cannot unmarshal number into Go value of type string").

// The members in order of appearance, duplicates included.
absl::StatusOr<std::vector<Member>> Members(absl::string_view raw);
absl::StatusOr<std::vector<absl::string_view>> Elements(absl::string_view raw);
// The same one by one, for documents of any size. `raw` must be valid, which is not checked again: walking down through
// all levels is linear. Ends at the first error of `visit`.
absl::Status VisitMembers(absl::string_view raw, absl::FunctionRef<absl::Status(const Member&)> visit);
absl::Status VisitElements(absl::string_view raw, absl::FunctionRef<absl::Status(absl::string_view)> visit);
// Invalid UTF-8 and lone surrogates become U+FFFD.
absl::StatusOr<std::string> DecodeString(absl::string_view raw);
absl::StatusOr<int64_t> DecodeInt(absl::string_view raw);
absl::StatusOr<bool> DecodeBool(absl::string_view raw);
absl::StatusOr<std::map<std::string, std::string>> DecodeStringMap(absl::string_view raw);

// Whether Go decodes the member `key` into the field `name`: they may differ in case.
bool IsField(absl::string_view key, absl::string_view name);

// The fields of an object by name as Go decodes into a struct: names may differ in case; the last one wins.
// Views into the text that was parsed, which must outlive it.
class Fields {
 public:
  static absl::StatusOr<Fields> Parse(absl::string_view raw);
  // The raw value, or an empty view when it is absent or null.
  absl::string_view Find(absl::string_view name) const;
  const std::vector<Member>& members() const { return members_; }

 private:
  std::vector<Member> members_;
};

}  // namespace waybill::oci::json

#endif  // WAYBILL_OCI_JSON_JSON_H_
