// SPDX-License-Identifier: Apache-2.0
// HTTP requests and responses as the fake registry sees them: values, no I/O.
#ifndef WAYBILL_OCI_HTTP_SERVER_HTTP_MESSAGE_H_
#define WAYBILL_OCI_HTTP_SERVER_HTTP_MESSAGE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "oci/context.h"
#include "oci/io/stream.h"

namespace waybill::oci::http::server {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;
  std::string target;           // as sent
  std::string path;             // percent-decoded, without the query
  Pairs query;                  // decoded, in order
  Pairs headers;                // names in lower case
  int64_t content_length = -1;  // -1 when it is not told (chunked coding, or no body)
  int64_t connection = 0;       // which connection of the server it came on, from 1

  // The first value, or an empty view. `name` in lower case.
  absl::string_view Header(absl::string_view name) const;
  std::optional<std::string> Query(absl::string_view name) const;
  std::vector<std::string> QueryAll(absl::string_view name) const;
};

struct Response {
  int status = 200;
  Pairs headers;     // Content-Length is added by the server
  std::string body;  // or `content`
  std::unique_ptr<io::Source> content;
  int64_t content_first = 0;              // the part of `content` that is sent
  std::optional<int64_t> content_length;  // to the end when not set

  // How the connection misbehaves.
  bool dropped = false;                   // nothing is answered, the connection is reset
  std::optional<int64_t> truncate_after;  // the connection is reset after so many bytes of the body
  std::optional<int64_t> stall_after;     // nothing is sent any more after so many bytes of the body
  bool corrupt = false;                   // the first byte of the body is another one

  Response& Set(absl::string_view name, absl::string_view value);
  // The value of the first header `name` (any case), or an empty view.
  absl::string_view Header(absl::string_view name) const;
  // Bytes of the body that the answer announces.
  int64_t body_length() const;
};

// What a server does with a request. Called from several threads at once, one per connection. A `body` that is not
// read is not asked for: a client that waits for "100 Continue" then never sends it.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual Response Handle(const Context& context, const Request& request, io::Reader& body) = 0;
};

// Fills path and query from `request.target`.
void SplitTarget(Request& request);
// Decodes %XX; a broken escape stays as it is. `plus_is_space` for form data.
std::string PercentDecode(absl::string_view text, bool plus_is_space);
// Everything but unreserved characters as %XX.
std::string PercentEncode(absl::string_view text);
// "a=1&b=2", as in queries and form bodies.
Pairs ParseForm(absl::string_view text);

}  // namespace waybill::oci::http::server

#endif  // WAYBILL_OCI_HTTP_SERVER_HTTP_MESSAGE_H_
