// SPDX-License-Identifier: Apache-2.0
// Tar headers: written as Go's archive/tar writes them (USTAR, PAX where USTAR does not do, GNU where an entry came
// so), read in every form that it reads.
#ifndef WAYBILL_OCI_TAR_HEADER_H_
#define WAYBILL_OCI_TAR_HEADER_H_

#include <initializer_list>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/tar/block.h"
#include "oci/tar/entry.h"

namespace waybill::oci::tar {

// What stands before the entry's data: one block, or three and more when it needs PAX records or long GNU names.
// INVALID_ARGUMENT when no form can hold the entry, or not the form that it names.
absl::StatusOr<std::string> EncodeHeader(const Entry& entry);

// The forms that a header may have; several as long as the headers before it have not decided. None is kUnknown.
class Formats {
 public:
  constexpr Formats() = default;
  constexpr Formats(std::initializer_list<Format> formats) {
    for (const Format format : formats) Add(format);
  }
  static constexpr Formats Any() { return {Format::kUstar, Format::kPax, Format::kGnu}; }
  constexpr bool Has(Format format) const { return (bits_ & static_cast<unsigned>(format)) != 0; }
  // The one that is left; kUnknown when none is.
  constexpr Format Only() const { return static_cast<Format>(bits_); }
  constexpr void Keep(Formats others) { bits_ &= others.bits_; }
  constexpr void Add(Format format) { bits_ |= static_cast<unsigned>(format); }
  constexpr void Drop(Format format) { bits_ &= ~static_cast<unsigned>(format); }

 private:
  unsigned bits_ = 0;
};

struct Decoded {
  Entry entry;  // its format is not set
  Magic magic = Magic::kV7;
  Formats formats;
};

// Reads one block, its checksum included. True sizes and names that other blocks give, and whether the size is
// possible, are the caller's business. The type may be NUL. INVALID_ARGUMENT says which field is wrong.
absl::StatusOr<Decoded> DecodeHeader(absl::string_view block);

}  // namespace waybill::oci::tar

#endif  // WAYBILL_OCI_TAR_HEADER_H_
