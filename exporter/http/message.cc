// SPDX-License-Identifier: Apache-2.0
#include "exporter/http/message.h"

#include <algorithm>
#include <boost/beast/http/status.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/json/json.h"
#include "oci/words/quote.h"

namespace waybill::exporter::http {
namespace {

int StatusOf(const absl::Status& error) {
  if (absl::IsPermissionDenied(error)) return 403;
  switch (oci::ReasonOf(error).value_or(oci::Reason::kInternal)) {
    case oci::Reason::kInvalidInput:
      return 400;
    case oci::Reason::kNotFound:
      return 404;
    case oci::Reason::kUnsupported:
      return 501;
    case oci::Reason::kAuth:
    case oci::Reason::kRefused:
    case oci::Reason::kNetwork:
      return 502;
    case oci::Reason::kInterrupted:
      return 503;
    case oci::Reason::kTimeout:
      return 504;
    case oci::Reason::kVerification:
    case oci::Reason::kConflict:
    case oci::Reason::kStorage:
    case oci::Reason::kInternal:
      return 500;
  }
  return 500;
}

bool IsPlain(absl::string_view value) {
  return std::all_of(value.begin(), value.end(),
                     [](unsigned char byte) { return absl::ascii_isprint(byte) || byte == '\t'; });
}

}  // namespace

absl::string_view Request::Header(absl::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return "";
}

Answer ErrorAnswer(int status, absl::string_view message) {
  oci::json::Writer writer;
  writer.BeginObject();
  writer.Key("message").String(oci::words::Quoted(message, oci::words::kMaxMessageBytes));
  writer.EndObject();
  return {
      .status = status, .headers = {{"Content-Type", "application/json"}}, .body = absl::StrCat(writer.Take(), "\n")};
}

Answer ErrorAnswer(const absl::Status& error) { return ErrorAnswer(StatusOf(error), error.message()); }

std::string HeadText(const Answer& answer, std::optional<int64_t> length, bool chunked, bool close) {
  namespace beast = boost::beast::http;
  const auto reason = beast::obsolete_reason(static_cast<beast::status>(answer.status));
  std::string head =
      absl::StrCat("HTTP/1.1 ", answer.status, " ", absl::string_view(reason.data(), reason.size()), "\r\n");
  for (const auto& [name, value] : answer.headers) {
    if (IsPlain(value)) absl::StrAppend(&head, name, ": ", value, "\r\n");
  }
  // RFC 9110, 8.6: a 304 has the length of the answer that it stands for, or none.
  if (length.has_value() && answer.status != 304) absl::StrAppend(&head, "Content-Length: ", *length, "\r\n");
  if (!length.has_value() && chunked) absl::StrAppend(&head, "Transfer-Encoding: chunked\r\n");
  if (close) absl::StrAppend(&head, "Connection: close\r\n");
  return absl::StrCat(head, "X-Content-Type-Options: nosniff\r\n\r\n");
}

}  // namespace waybill::exporter::http
