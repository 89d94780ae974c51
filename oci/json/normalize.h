// SPDX-License-Identifier: Apache-2.0
// The normalised form (json.h, Normalize) of a document of any size, in pieces that the caller asks for.
#ifndef WAYBILL_OCI_JSON_NORMALIZE_H_
#define WAYBILL_OCI_JSON_NORMALIZE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace waybill::oci::json {

// Walks the text in the order in which Go would write it. Objects are sorted when the walk comes to them, so that only
// the members of open objects are in memory (16 bytes each, and their keys while they are sorted); besides, 16 bytes
// for each container of 256 bytes and more, so that it is passed over without reading it. Views the text, which must
// outlive it. Not thread-safe.
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
  struct Span {
    size_t begin;
    size_t end;
  };
  struct Frame {
    bool is_object;
    std::vector<Entry> entries;  // of an object: sorted by decoded key, of duplicates only the last
    size_t end;                  // of an object
    size_t next;                 // members or elements written
  };

  Normalizer() = default;
  absl::Status IndexText();
  size_t Skip(size_t position) const;
  void OpenObject();
  void WriteValue(std::string& out);
  bool Advance(std::string& out);
  bool NextMember(Frame& frame, std::string& out);
  bool NextElement(Frame& frame, std::string& out);
  void WriteScalar(absl::string_view token, std::string& out) const;

  absl::string_view text_;
  std::vector<Span> large_;  // containers, in order of `begin`
  size_t position_ = 0;
  std::vector<Frame> open_;
  bool done_ = false;
};

}  // namespace waybill::oci::json

#endif  // WAYBILL_OCI_JSON_NORMALIZE_H_
