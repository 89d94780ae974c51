// SPDX-License-Identifier: Apache-2.0
#include "oci/tar/writer.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/status_macros.h"
#include "oci/tar/header.h"

namespace waybill::oci::tar {
namespace {

constexpr char kZeros[2 * kBlockBytes] = {};

}  // namespace

absl::Status Writer::Begin(const Entry& entry) {
  ABSL_RETURN_IF_ERROR(EndEntry());
  ABSL_ASSIGN_OR_RETURN(const std::string header, EncodeHeader(entry));
  rest_ = HasData(entry.type) ? entry.size : 0;
  padding_ = PaddingOf(rest_);
  return to_.Write(header);
}

absl::Status Writer::Write(absl::string_view bytes) {
  if (static_cast<int64_t>(bytes.size()) > rest_) return MakeError(Reason::kInternal, "tar entry has too many bytes");
  rest_ -= static_cast<int64_t>(bytes.size());
  return to_.Write(bytes);
}

absl::Status Writer::EndEntry() {
  if (rest_ != 0) return MakeError(Reason::kInternal, absl::StrCat("tar entry lacks ", rest_, " bytes"));
  const absl::string_view padding(kZeros, static_cast<size_t>(padding_));
  padding_ = 0;
  return padding.empty() ? absl::OkStatus() : to_.Write(padding);
}

absl::Status Writer::Close() {
  ABSL_RETURN_IF_ERROR(EndEntry());
  return to_.Write(absl::string_view(kZeros, sizeof(kZeros)));
}

}  // namespace waybill::oci::tar
