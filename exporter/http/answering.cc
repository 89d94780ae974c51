// SPDX-License-Identifier: Apache-2.0
#include "exporter/http/answering.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <cstddef>
#include <string>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::http {
namespace {

// What a client must take in Limits::write.
constexpr size_t kPieceBytes = 64 << 10;

boost::asio::const_buffer BufferOf(absl::string_view bytes) { return boost::asio::buffer(bytes.data(), bytes.size()); }

}  // namespace

absl::Status Answering::SendAll(absl::string_view head, absl::string_view body) {
  ABSL_RETURN_IF_ERROR(connection_.SendFromWorker({BufferOf(head)}));
  for (; !body.empty(); body.remove_prefix(std::min(kPieceBytes, body.size()))) {
    ABSL_RETURN_IF_ERROR(connection_.SendFromWorker({BufferOf(body.substr(0, kPieceBytes))}));
  }
  return absl::OkStatus();
}

absl::Status Answering::Send(const Answer& answer) {
  has_begun_ = true;
  left_ = 1;  // until all of it is sent
  const auto length = static_cast<int64_t>(answer.body.size());
  ABSL_RETURN_IF_ERROR(SendAll(HeadText(answer, length, /*chunked=*/false, how_.is_last),
                               how_.is_head ? absl::string_view() : absl::string_view(answer.body)));
  left_ = 0;
  return absl::OkStatus();
}

absl::Status Answering::Begin(const Answer& answer, std::optional<int64_t> length) {
  has_begun_ = true;
  is_chunked_ = !length.has_value() && how_.chunks;
  left_ = how_.is_head ? 0 : length;
  return SendAll(HeadText(answer, length, is_chunked_, how_.is_last), "");
}

absl::Status Answering::Write(absl::string_view bytes) {
  if (left_.has_value() && static_cast<int64_t>(bytes.size()) > *left_) {
    return oci::VerificationError("the body is longer than was told");
  }
  if (left_.has_value()) *left_ -= static_cast<int64_t>(bytes.size());
  for (; !bytes.empty(); bytes.remove_prefix(std::min(kPieceBytes, bytes.size()))) {
    const absl::string_view piece = bytes.substr(0, kPieceBytes);
    const std::string size = is_chunked_ ? absl::StrCat(absl::Hex(piece.size()), "\r\n") : "";
    ABSL_RETURN_IF_ERROR(
        connection_.SendFromWorker({BufferOf(size), BufferOf(piece), BufferOf(is_chunked_ ? "\r\n" : "")}));
  }
  return absl::OkStatus();
}

bool Answering::Finish(const absl::Status& status) {
  if (!status.ok() && has_begun_) return false;
  if (!status.ok()) return Send(ErrorAnswer(status)).ok();
  if (is_chunked_) return connection_.SendFromWorker({BufferOf("0\r\n\r\n")}).ok();
  return left_.value_or(0) == 0;
}

}  // namespace waybill::exporter::http
