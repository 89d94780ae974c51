// SPDX-License-Identifier: Apache-2.0
// The part of moby's HTTP API that tells what is attested about images.
#ifndef WAYBILL_EXPORTER_ATTESTATIONS_HTTP_ENDPOINT_H_
#define WAYBILL_EXPORTER_ATTESTATIONS_HTTP_ENDPOINT_H_

#include <string>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "exporter/attestations/http/target.h"
#include "exporter/attestations/listing.h"
#include "exporter/http/message.h"

namespace waybill::exporter::attestations::http {

using exporter::http::Answer;
using exporter::http::ErrorAnswer;
using exporter::http::Handler;
using exporter::http::Reply;
using exporter::http::Request;
using exporter::http::Work;

// Serves, each with and without "/v1.55" before it:
//   GET, HEAD /_ping, /version
//   GET /images/{name}/attestations
//   GET, HEAD /images/{name}/attestations/{digest}    one of their blobs, and ranges of it; not in moby
// Thread-safe.
class Endpoint final : public Handler {
 public:
  // `lister` must outlive this.
  Endpoint(const Lister& lister, std::string version) : lister_(lister), version_(std::move(version)) {}
  std::variant<Answer, Work> Take(const Request& request) override;

 private:
  Answer Version() const;
  absl::Status List(const oci::Context& context, const Target& target, const Request& request, Reply& reply) const;
  absl::Status Blob(const oci::Context& context, const Target& target, const Request& request, Reply& reply) const;
  Answer WithHeaders(Answer answer) const;

  const Lister& lister_;
  const std::string version_;
};

}  // namespace waybill::exporter::attestations::http

#endif  // WAYBILL_EXPORTER_ATTESTATIONS_HTTP_ENDPOINT_H_
