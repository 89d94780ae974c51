// SPDX-License-Identifier: Apache-2.0
#include "oci/io/string.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "oci/error.h"

namespace waybill::oci::io {

absl::StatusOr<size_t> StringReader::Read(absl::Span<char> buffer) {
  const size_t count = std::min(buffer.size(), rest_.size());
  if (count > 0) std::memcpy(buffer.data(), rest_.data(), count);
  rest_.remove_prefix(count);
  return count;
}

absl::Status StringWriter::Write(absl::string_view bytes) {
  out_.append(bytes.data(), bytes.size());
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Reader>> StringSource::Open(const Context&, int64_t offset) const {
  if (offset < 0 || offset > size()) return InvalidInputError(absl::StrCat("offset ", offset, " of ", size()));
  return std::make_unique<StringReader>(absl::string_view(bytes_).substr(static_cast<size_t>(offset)));
}

}  // namespace waybill::oci::io
