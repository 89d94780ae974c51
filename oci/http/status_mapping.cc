// SPDX-License-Identifier: Apache-2.0
#include "oci/http/status_mapping.h"

namespace waybill::oci::http {
namespace {

struct Row {
  int status;
  absl::string_view name;
  Reason reason;
};

constexpr Row kRows[] = {
    {200, "OK", Reason::kRefused},
    {201, "Created", Reason::kRefused},
    {202, "Accepted", Reason::kRefused},
    {204, "No Content", Reason::kRefused},
    {300, "Multiple Choices", Reason::kRefused},
    {301, "Moved Permanently", Reason::kRefused},
    {302, "Found", Reason::kRefused},
    {303, "See Other", Reason::kRefused},
    {304, "Not Modified", Reason::kRefused},
    {307, "Temporary Redirect", Reason::kRefused},
    {308, "Permanent Redirect", Reason::kRefused},
    {400, "Bad Request", Reason::kRefused},
    {401, "Unauthorized", Reason::kAuth},
    {402, "Payment Required", Reason::kRefused},
    {403, "Forbidden", Reason::kAuth},
    {404, "Not Found", Reason::kNotFound},
    {405, "Method Not Allowed", Reason::kUnsupported},
    {406, "Not Acceptable", Reason::kRefused},
    {407, "Proxy Authentication Required", Reason::kAuth},
    {408, "Request Timeout", Reason::kTimeout},
    {409, "Conflict", Reason::kConflict},
    {410, "Gone", Reason::kNotFound},
    {411, "Length Required", Reason::kRefused},
    {412, "Precondition Failed", Reason::kConflict},
    {413, "Content Too Large", Reason::kRefused},
    {414, "URI Too Long", Reason::kRefused},
    {415, "Unsupported Media Type", Reason::kRefused},
    {416, "Range Not Satisfiable", Reason::kRefused},
    {417, "Expectation Failed", Reason::kRefused},
    {421, "Misdirected Request", Reason::kNetwork},
    {422, "Unprocessable Content", Reason::kRefused},
    {425, "Too Early", Reason::kNetwork},
    {429, "Too Many Requests", Reason::kNetwork},
    {431, "Request Header Fields Too Large", Reason::kRefused},
    {451, "Unavailable For Legal Reasons", Reason::kRefused},
    {499, "Client Closed Request", Reason::kNetwork},
    {500, "Internal Server Error", Reason::kNetwork},
    {501, "Not Implemented", Reason::kUnsupported},
    {502, "Bad Gateway", Reason::kNetwork},
    {503, "Service Unavailable", Reason::kNetwork},
    {504, "Gateway Timeout", Reason::kTimeout},
    {505, "HTTP Version Not Supported", Reason::kUnsupported},
    {507, "Insufficient Storage", Reason::kNetwork},
};

const Row* Find(int status) {
  for (const Row& row : kRows) {
    if (row.status == status) return &row;
  }
  return nullptr;
}

}  // namespace

Reason ReasonForStatus(int status) {
  if (const Row* row = Find(status)) return row->reason;
  return status >= 500 ? Reason::kNetwork : Reason::kRefused;
}

absl::string_view StatusName(int status) {
  const Row* row = Find(status);
  return row == nullptr ? "" : row->name;
}

}  // namespace waybill::oci::http
