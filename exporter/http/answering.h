// SPDX-License-Identifier: Apache-2.0
// An answer that a worker gives over a connection.
#ifndef WAYBILL_EXPORTER_HTTP_ANSWERING_H_
#define WAYBILL_EXPORTER_HTTP_ANSWERING_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "exporter/http/connection.h"
#include "exporter/http/message.h"

namespace waybill::exporter::http {

class Answering final : public Reply {
 public:
  struct How {
    bool is_head = false;  // the request's method is HEAD: no body
    bool chunks = true;    // the client knows chunks (HTTP/1.1)
    bool is_last = false;  // the connection ends with it
  };
  // `connection` must outlive this.
  Answering(Connection& connection, const How& how) : connection_(connection), how_(how) {}
  absl::Status Send(const Answer& answer) override;
  absl::Status Begin(const Answer& answer, std::optional<int64_t> length) override;
  absl::Status Write(absl::string_view bytes) override;

  // Once the work is done: the end of the body, or the error where nothing was sent. False when the connection has a
  // part of an answer and must break off.
  bool Finish(const absl::Status& status);

 private:
  absl::Status SendAll(absl::string_view head, absl::string_view body);

  Connection& connection_;
  const How how_;
  bool has_begun_ = false;
  bool is_chunked_ = false;
  std::optional<int64_t> left_;  // of the length that was told
};

}  // namespace waybill::exporter::http

#endif  // WAYBILL_EXPORTER_HTTP_ANSWERING_H_
