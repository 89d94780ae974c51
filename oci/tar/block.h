// SPDX-License-Identifier: Apache-2.0
// Header blocks: where the fields are, and numbers and texts in them. Fields are read and written one by one; there is
// no struct laid over bytes.
#ifndef WAYBILL_OCI_TAR_BLOCK_H_
#define WAYBILL_OCI_TAR_BLOCK_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/tar/entry.h"

namespace waybill::oci::tar {

struct Field {
  size_t offset;
  size_t length;
};
// V7 and POSIX.1-1988 ustar.
inline constexpr Field kNameField{0, 100};
inline constexpr Field kModeField{100, 8};
inline constexpr Field kUidField{108, 8};
inline constexpr Field kGidField{116, 8};
inline constexpr Field kSizeField{124, 12};
inline constexpr Field kMtimeField{136, 12};
inline constexpr Field kChecksumField{148, 8};
inline constexpr Field kTypeField{156, 1};
inline constexpr Field kLinkField{157, 100};
inline constexpr Field kMagicField{257, 8};  // with the version
inline constexpr Field kUserField{265, 32};
inline constexpr Field kGroupField{297, 32};
inline constexpr Field kDeviceMajorField{329, 8};
inline constexpr Field kDeviceMinorField{337, 8};
inline constexpr Field kPrefixField{345, 155};
// GNU, where the prefix is otherwise.
inline constexpr Field kGnuAtimeField{345, 12};
inline constexpr Field kGnuCtimeField{357, 12};
inline constexpr Field kGnuSparseField{386, 97};  // four pairs of numbers, and whether more follow
inline constexpr Field kGnuRealSizeField{483, 12};
// STAR.
inline constexpr Field kStarPrefixField{345, 131};
inline constexpr Field kStarAtimeField{476, 12};
inline constexpr Field kStarCtimeField{488, 12};
inline constexpr Field kStarTrailerField{508, 4};

// What a block's magic says it is.
enum class Magic { kV7, kUstar, kGnu, kStar };

absl::string_view BytesOf(absl::string_view block, Field field);
// Up to the first NUL.
std::string TextOf(absl::string_view block, Field field);
// Whether all bytes are ASCII and not NUL: what a field can hold without PAX.
bool IsAscii(absl::string_view text);
// Whether the block is all zeros, as at an archive's end.
bool IsZeroBlock(absl::string_view block);

// INVALID_ARGUMENT "invalid tar header: <what>".
absl::Status MalformedHeader(absl::string_view what);

// Octal with spaces and NULs around it (empty is zero), or base-256 in two's complement. `what` is for the error.
absl::StatusOr<int64_t> ParseNumber(absl::string_view bytes, absl::string_view what);
bool FitsOctal(Field field, int64_t value);
bool FitsBinary(Field field, int64_t value);

// Verifies the checksum; old writers summed signed bytes.
absl::StatusOr<Magic> IdentifyBlock(absl::string_view block);

// Fills one block. What does not fit is cut, or zero: the caller has told it by another block or knows that it fits.
class BlockBuilder {
 public:
  // Cuts text that is too long; a cut does not leave a file looking like a directory.
  void PutText(Field field, absl::string_view text);
  // Without what is not ASCII.
  void PutAscii(Field field, absl::string_view text);
  // Leading zeros and a NUL at the end.
  void PutOctal(Field field, int64_t value);
  // Octal, or base-256 where octal does not do.
  void PutNumber(Field field, int64_t value);
  void PutType(char type) { block_[kTypeField.offset] = type; }
  // With magic (kUstar or kGnu) and checksum.
  std::string Take(Magic magic);

 private:
  std::string block_ = std::string(kBlockBytes, '\0');
};

// The ASCII characters of the text, NULs left out.
std::string OnlyAscii(absl::string_view text);

}  // namespace waybill::oci::tar

#endif  // WAYBILL_OCI_TAR_BLOCK_H_
