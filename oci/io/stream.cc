// SPDX-License-Identifier: Apache-2.0
#include "oci/io/stream.h"

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::oci::io {

absl::StatusOr<int64_t> Copy(const Context& context, Reader& from, Writer& to) {
  const std::unique_ptr<char[]> buffer = std::make_unique_for_overwrite<char[]>(kCopyBufferBytes);
  int64_t total = 0;
  while (true) {
    ABSL_RETURN_IF_ERROR(context.Check());
    ABSL_ASSIGN_OR_RETURN(const size_t count, from.Read(absl::MakeSpan(buffer.get(), kCopyBufferBytes)));
    if (count == 0) return total;
    ABSL_RETURN_IF_ERROR(to.Write(absl::string_view(buffer.get(), count)));
    total += static_cast<int64_t>(count);
  }
}

absl::StatusOr<std::string> ReadAll(const Context& context, Reader& from, int64_t limit) {
  constexpr size_t kStep = 64 << 10;
  std::string bytes;
  while (true) {
    ABSL_RETURN_IF_ERROR(context.Check());
    const size_t size = bytes.size();
    bytes.resize(size + kStep);
    ABSL_ASSIGN_OR_RETURN(const size_t count, from.Read(absl::MakeSpan(bytes.data() + size, kStep)));
    bytes.resize(size + count);
    if (count == 0) return bytes;
    if (static_cast<int64_t>(bytes.size()) > limit) {
      return InvalidInputError(absl::StrCat("exceeds ", limit, " bytes"));
    }
  }
}

absl::StatusOr<std::string> ReadAll(const Context& context, const Source& from, int64_t limit) {
  if (from.size() > limit) return InvalidInputError(absl::StrCat("exceeds ", limit, " bytes"));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<Reader> reader, from.Open(context, 0));
  return ReadAll(context, *reader, limit);
}

}  // namespace waybill::oci::io
