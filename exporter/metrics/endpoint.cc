// SPDX-License-Identifier: Apache-2.0
#include "exporter/metrics/endpoint.h"

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "oci/context.h"

namespace waybill::exporter::metrics {

std::variant<http::Answer, http::Work> Endpoint::Take(const http::Request& request) {
  const absl::string_view target = request.target;
  if (target.substr(0, target.find('?')) != "/metrics") {
    return http::ErrorAnswer(404, "not found; metrics are at /metrics");
  }
  if (request.method != "GET" && request.method != "HEAD") {
    http::Answer answer = http::ErrorAnswer(405, "method not allowed");
    answer.headers.emplace_back("Allow", "GET, HEAD");
    return answer;
  }
  // On a worker: the size of a store is read from its directory.
  return http::Work([this](const oci::Context&, http::Reply& reply) {
    return reply.Send({.headers = {{"Content-Type", std::string(kTextType)}}, .body = metrics_.Text()});
  });
}

}  // namespace waybill::exporter::metrics
