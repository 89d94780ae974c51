// SPDX-License-Identifier: Apache-2.0
#include "attest/reader/part_writer.h"

#include <algorithm>

#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::attest::reader {

absl::Status PayloadWriter::OnString(const scan::JsonPath& path, absl::string_view piece, bool last) {
  if (!path.Is({"payload"}) && !path.Is({"dsseEnvelope", "payload"})) return absl::OkStatus();
  if (ended_) return oci::InvalidInputError("the envelope has two payloads");
  std::string decoded;
  ABSL_RETURN_IF_ERROR(base64_.Feed(piece, decoded));
  if (last) ABSL_RETURN_IF_ERROR(base64_.Finish(decoded));
  ended_ = last;
  return out_.Write(decoded);
}

absl::Status PayloadWriter::Close() {
  ABSL_RETURN_IF_ERROR(paths_.Finish());
  return ended_ ? absl::OkStatus() : oci::InvalidInputError("the envelope has no payload");
}

void PredicateWriter::OnValue(const scan::JsonPath& path, char /*first*/, int64_t offset) {
  if (!path.Is({"predicate"})) return;
  twice_ = twice_ || begin_ >= 0;
  if (begin_ < 0) begin_ = offset;
}

void PredicateWriter::OnEnd(const scan::JsonPath& path, int64_t offset) {
  if (path.Is({"predicate"}) && end_ < 0) end_ = offset;
}

absl::Status PredicateWriter::Write(absl::string_view bytes) {
  ABSL_RETURN_IF_ERROR(paths_.Feed(bytes));
  if (twice_) return oci::InvalidInputError("the statement has two predicates");
  const int64_t from = offset_;
  offset_ += static_cast<int64_t>(bytes.size());
  if (begin_ < 0) return absl::OkStatus();
  const int64_t first = std::max(begin_, from);
  const int64_t last = end_ < 0 ? offset_ : std::min(end_, offset_);
  if (first >= last) return absl::OkStatus();
  return out_.Write(bytes.substr(first - from, last - first));
}

absl::Status PredicateWriter::Close() {
  ABSL_RETURN_IF_ERROR(paths_.Finish());
  return begin_ >= 0 ? absl::OkStatus() : oci::InvalidInputError("the statement has no predicate");
}

}  // namespace waybill::attest::reader
