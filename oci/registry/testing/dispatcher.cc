// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/testing/dispatcher.h"

#include <utility>

#include "absl/types/span.h"
#include "oci/registry/testing/blob_endpoint.h"
#include "oci/registry/testing/listing_endpoints.h"

namespace waybill::oci::registry::testing {
namespace {

// Counts what passes.
class CountingReader : public io::Reader {
 public:
  explicit CountingReader(io::Reader& reader) : reader_(reader) {}
  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    absl::StatusOr<size_t> got = reader_.Read(buffer);
    if (got.ok()) bytes_ += static_cast<int64_t>(*got);
    return got;
  }
  int64_t bytes() const { return bytes_; }

 private:
  io::Reader& reader_;
  int64_t bytes_ = 0;
};

}  // namespace

Dispatcher::Dispatcher(Deps deps)
    : deps_(std::move(deps)),
      uploads_({.storage = deps_.storage, .uploads = deps_.uploads, .catalog = deps_.catalog}),
      manifests_({.storage = deps_.storage, .catalog = deps_.catalog}) {}

void Dispatcher::SetBehavior(const Behavior& behavior) {
  absl::MutexLock lock(&mutex_);
  behavior_ = behavior;
}

Behavior Dispatcher::behavior() const {
  absl::MutexLock lock(&mutex_);
  return behavior_;
}

void Dispatcher::SetOtherHost(const std::string& host) {
  absl::MutexLock lock(&mutex_);
  other_host_ = host;
}

Response Dispatcher::Handle(const Context& context, const Request& request, io::Reader& body) {
  const Route route = RouteOf(request.path);
  const RequestClass request_class = ClassOf(request, route);
  const Behavior behavior = this->behavior();
  CountingReader counted(body);
  Exchange exchange = {.context = context,
                       .request = request,
                       .route = route,
                       .body = counted,
                       .behavior = behavior,
                       .now = deps_.clock(),
                       .other_host = {},
                       .forgets_blob = [&] { return deps_.faults.ForgetsBlob(request, request_class); }};
  {
    absl::MutexLock lock(&mutex_);
    exchange.other_host = other_host_;
  }
  Response response = Answer(exchange, request_class);
  if (request.method == "HEAD" && response.status == 404) response.status = behavior.absent_head_status;
  deps_.log.Add({.method = request.method,
                 .target = request.target,
                 .request_class = request_class,
                 .status = response.dropped ? 0 : response.status,
                 .body_bytes = counted.bytes(),
                 .connection = request.connection,
                 .headers = request.headers});
  return response;
}

Response Dispatcher::Answer(Exchange& exchange, RequestClass request_class) {
  const FaultInjector::Hit hit = deps_.faults.Before(exchange.request, request_class);
  if (hit.delay > absl::ZeroDuration()) {
    deps_.sleeper(exchange.context, hit.delay);
    exchange.now = deps_.clock();
  }
  if (hit.fault.has_value()) {
    const bool ends = hit.fault->kind == FaultKind::kDrop && exchange.behavior.uploads.reset_ends_session;
    if (ends) deps_.uploads.Take(exchange.route.repository, exchange.route.reference);
    return Instead(*hit.fault, exchange.body);
  }
  Response response = Serve(exchange);
  deps_.faults.Spoil(exchange.request, request_class, response);
  return response;
}

Response Dispatcher::Serve(const Exchange& exchange) {
  const int64_t limit = exchange.behavior.uploads.body_limit;
  if (limit > 0 && exchange.request.content_length > limit) return HtmlResponse(413);
  if (auto refused = authority_.Refuse(exchange)) return *std::move(refused);
  switch (exchange.route.endpoint) {
    case Endpoint::kBase: {
      Response response;
      response.Set("Docker-Distribution-Api-Version", "registry/2.0").Set("Content-Type", "application/json");
      response.body = "{}";
      return response;
    }
    case Endpoint::kBlob:
      return ServeBlob(exchange, deps_.storage);
    case Endpoint::kUploads:
      return uploads_.Open(exchange);
    case Endpoint::kUpload:
      return uploads_.Continue(exchange);
    case Endpoint::kManifest:
      return manifests_.Serve(exchange);
    case Endpoint::kTags:
      return ServeTags(exchange, deps_.catalog);
    case Endpoint::kReferrers:
      return ServeReferrers(exchange, deps_.catalog);
    case Endpoint::kCatalog:
      return ServeRepositories(exchange, deps_.catalog);
    case Endpoint::kToken:
      return authority_.ServeToken(exchange);
    case Endpoint::kUnknown:
      break;
  }
  return ErrorResponse(404, "NAME_INVALID", "no such endpoint, or not a repository name");
}

}  // namespace waybill::oci::registry::testing
