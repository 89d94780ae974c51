// SPDX-License-Identifier: Apache-2.0
// The normalised form (json.h, Normalize) of a document of any size, in pieces that the caller asks for. Besides the
// text, memory is 32 bytes per object, 16 per member and 24 per open container.
#ifndef WAYBILL_OCI_JSON_NORMALIZE_H_
#define WAYBILL_OCI_JSON_NORMALIZE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace waybill::oci::json {

// One pass finds where the members of each object are; a second one walks the text in the order in which Go would
// write it. Views the text, which must outlive it. Not thread-safe.
class Normalizer {
 public:
  // Errors as Normalize: everything that can be wrong with the text is found here.
  static absl::StatusOr<Normalizer> Make(absl::string_view raw);
  // Appends the next piece to `out`, 64 KiB or one string more; false when there is nothing left.
  bool Next(std::string& out);

 private:
  struct Entry {
    size_t key;
    size_t value;
  };
  struct Object {
    size_t begin;
    size_t end;          // after the closing brace
    size_t first_entry;  // of entries_: sorted by decoded key, of duplicates only the last
    size_t entry_count;
  };
  struct Frame {
    const Object* object;  // null for an array
    size_t next;           // members or elements written
  };
  class Indexer;

  Normalizer() = default;
  const Object& ObjectAt(size_t begin) const;
  void WriteValue(std::string& out);
  bool Advance(std::string& out);
  bool NextMember(Frame& frame, std::string& out);
  bool NextElement(Frame& frame, std::string& out);
  void WriteScalar(absl::string_view token, std::string& out) const;

  absl::string_view text_;
  std::vector<Object> objects_;  // in order of `begin`
  std::vector<Entry> entries_;
  size_t position_ = 0;
  std::vector<Frame> open_;
  bool done_ = false;
};

}  // namespace waybill::oci::json

#endif  // WAYBILL_OCI_JSON_NORMALIZE_H_
