// SPDX-License-Identifier: Apache-2.0
// Requests and answers as values, and the roles of who takes and who gives them.
#ifndef WAYBILL_EXPORTER_HTTP_MESSAGE_H_
#define WAYBILL_EXPORTER_HTTP_MESSAGE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "oci/context.h"

namespace waybill::exporter::http {

using Headers = std::vector<std::pair<std::string, std::string>>;

// The head of a request; bodies are refused.
struct Request {
  std::string method;
  std::string target;        // as it was sent
  Headers headers;           // names in lower case
  bool is_loopback = false;  // it came by a TCP address that only this machine reaches

  // The first value; "" when there is none.
  absl::string_view Header(absl::string_view name) const;
};

// A whole answer. Header values are ASCII without controls.
struct Answer {
  int status = 200;
  Headers headers = {};
  std::string body = {};
};

// Gives one answer to a client: a whole one, or a head and then bytes. Blocks as long as the client takes. Not
// thread-safe. Errors: the client is gone or too slow.
class Reply {
 public:
  virtual ~Reply() = default;
  virtual absl::Status Send(const Answer& answer) = 0;
  // The head of an answer whose body follows by Write: `length` bytes, or as many as come. `answer.body` is not used.
  virtual absl::Status Begin(const Answer& answer, std::optional<int64_t> length) = 0;
  virtual absl::Status Write(absl::string_view bytes) = 0;
};

// Runs on a worker and may block. An error becomes an answer when nothing was sent yet, and otherwise breaks the
// connection off, so that the client does not take a part for the whole.
using Work = std::function<absl::Status(const oci::Context&, Reply&)>;

class Handler {
 public:
  virtual ~Handler() = default;
  // Does not block. Called on the server's thread.
  virtual std::variant<Answer, Work> Take(const Request& request) = 0;
};

// {"message": ...}, as moby's errors are.
Answer ErrorAnswer(int status, absl::string_view message);
// With the status that moby's API has for such an error; errors of registries are 502 and 504.
Answer ErrorAnswer(const absl::Status& error);

// The head as it goes over the wire. `length` is told in it; without one the body is chunked, or ends with the
// connection where `chunked` is false. Headers whose values have controls are left out.
std::string HeadText(const Answer& answer, std::optional<int64_t> length, bool chunked, bool close);

}  // namespace waybill::exporter::http

#endif  // WAYBILL_EXPORTER_HTTP_MESSAGE_H_
