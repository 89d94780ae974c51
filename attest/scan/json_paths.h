// SPDX-License-Identifier: Apache-2.0
// The strings of a JSON document that comes in pieces, with the place of each. Nothing of the document is kept.
#ifndef WAYBILL_ATTEST_SCAN_JSON_PATHS_H_
#define WAYBILL_ATTEST_SCAN_JSON_PATHS_H_

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "oci/json/scanner.h"

namespace waybill::attest::scan {

// Containers that are open around a value, outermost first: only so many are told unless a visitor needs more, which is
// enough for envelopes.
inline constexpr size_t kMaxPathDepth = 6;
// Texts of paths are no longer than about this.
inline constexpr size_t kMaxPathBytes = 1024;
// Longer keys are told cut off.
inline constexpr size_t kMaxKeyBytes = 512;
// Stands for any element of an array in a list of keys.
inline constexpr absl::string_view kElement = "[]";

// The place of a value.
class JsonPath {
 public:
  // Whether the value is reached by these keys.
  bool Is(std::initializer_list<absl::string_view> keys) const;
  // Whether the value lies anywhere in that one.
  bool IsIn(std::initializer_list<absl::string_view> keys) const;
  // Of the innermost object.
  absl::string_view key() const { return frames_.empty() ? absl::string_view() : frames_.back().key; }
  size_t depth() const { return depth_; }
  // Whether all keys are told; the next three need that.
  bool is_whole() const { return frames_.size() == depth_; }
  // Whether the innermost keys are these.
  bool EndsWith(std::initializer_list<absl::string_view> keys) const;
  // The key of the object or array that the value lies in; "" for the document's own members.
  absl::string_view container_key() const;
  // `a.b[0]["c:d"]`: keys that are no identifiers are quoted as JSON. Keys that are not told, and the rest of a long
  // path, are "...".
  std::string ToText() const;

 private:
  friend class JsonPaths;
  struct Frame {
    bool is_object = false;
    std::string key;      // decoded
    int64_t element = 0;  // of an array
  };
  bool Matches(const Frame& frame, absl::string_view key) const;

  std::vector<Frame> frames_;  // the outermost ones
  size_t depth_ = 0;           // open containers
};

// What a document has, in its order. Not called for keys.
class JsonVisitor {
 public:
  virtual ~JsonVisitor() = default;
  // A value begins with that byte, one of {["-0123456789tfn, at `offset` of the document.
  virtual void OnValue(const JsonPath& path, char first, int64_t offset) = 0;
  // A piece of the string value at `path`, as it stands between its quotes: escapes are not decoded. `last` comes once
  // for each string, with the last piece, which may be empty. An error ends the document.
  virtual absl::Status OnString(const JsonPath& path, absl::string_view piece, bool last) = 0;
  // The value ended before `offset`; white space may lie between. Not called for the document itself.
  virtual void OnEnd(const JsonPath& path, int64_t offset) = 0;
};

// Memory: one byte for each open container, and the path. Not thread-safe.
class JsonPaths {
 public:
  // The visitor must outlive this. Paths tell the keys of the first `depth` containers.
  explicit JsonPaths(JsonVisitor& visitor, size_t depth = kMaxPathDepth) : visitor_(visitor), kept_depth_(depth) {}
  // Errors: INVALID_ARGUMENT with Go's wording of the syntax error; the visitor's. Either stays.
  absl::Status Feed(absl::string_view bytes);
  // OK when exactly one JSON value was complete.
  absl::Status Finish();

 private:
  void Token(char byte, int64_t offset);
  void Close(int64_t offset);
  void Open(bool is_object);
  absl::Status FlushString(absl::string_view bytes, bool last);
  // The length of the part of `bytes` that lies inside the current string and ends nothing.
  static size_t PlainPrefix(absl::string_view bytes);
  void EndKey();

  JsonVisitor& visitor_;
  const size_t kept_depth_;
  oci::json::Scanner scanner_;
  JsonPath path_;
  absl::Status status_;
  std::string kinds_;  // of each open container: '{' or '['
  std::string key_;    // raw, of the member that is being read
  bool wants_key_ = false;
  bool in_string_ = false;
  bool is_key_ = false;     // the current string
  bool escaped_ = false;    // the last byte was a backslash that began an escape
  bool in_scalar_ = false;  // inside a number or a literal
  bool has_value_ = false;  // the innermost container has one that OnEnd was not called for
  int64_t offset_ = 0;      // of what Feed takes next
};

}  // namespace waybill::attest::scan

#endif  // WAYBILL_ATTEST_SCAN_JSON_PATHS_H_
