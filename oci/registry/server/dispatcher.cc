// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/server/dispatcher.h"

#include <optional>
#include <utility>

#include "absl/types/span.h"
#include "oci/registry/server/endpoints/blob_endpoint.h"
#include "oci/registry/server/endpoints/listing_endpoints.h"

namespace waybill::oci::registry::server {
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

// Registries and signed URLs that know GET alone.
std::optional<http::server::Response> RefuseHead(const endpoints::Exchange& exchange) {
  if (exchange.request.method != "HEAD") return std::nullopt;
  int status = 200;
  if (exchange.route.endpoint == wire::Endpoint::kBlob) status = exchange.behavior.blob_head_status;
  if (exchange.route.endpoint == wire::Endpoint::kManifest) status = exchange.behavior.manifest_head_status;
  if (status == 200) return std::nullopt;
  return endpoints::ErrorResponse(status, "UNSUPPORTED", "HEAD is refused");
}

}  // namespace

Dispatcher::Dispatcher(Deps deps)
    : deps_(std::move(deps)),
      uploads_({.storage = deps_.storage, .uploads = deps_.uploads, .catalog = deps_.catalog}),
      manifests_({.storage = deps_.storage, .catalog = deps_.catalog}) {}

void Dispatcher::SetBehavior(const behavior::Behavior& behavior) {
  absl::MutexLock lock(&mutex_);
  behavior_ = behavior;
}

behavior::Behavior Dispatcher::behavior() const {
  absl::MutexLock lock(&mutex_);
  return behavior_;
}

void Dispatcher::SetOtherHost(const std::string& host) {
  absl::MutexLock lock(&mutex_);
  other_host_ = host;
}

http::server::Response Dispatcher::Handle(const Context& context, const http::server::Request& request,
                                          io::Reader& body) {
  const wire::Route route = wire::RouteOf(request.path);
  const wire::RequestClass request_class = wire::ClassOf(request, route);
  const behavior::Behavior behavior = this->behavior();
  CountingReader counted(body);
  endpoints::Exchange exchange = {.context = context,
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
  http::server::Response response = Answer(exchange, request_class);
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

http::server::Response Dispatcher::Answer(endpoints::Exchange& exchange, wire::RequestClass request_class) {
  const FaultInjector::Hit hit = deps_.faults.Before(exchange.request, request_class);
  if (hit.delay > absl::ZeroDuration()) {
    deps_.sleeper(exchange.context, hit.delay);
    exchange.now = deps_.clock();
  }
  if (hit.fault.has_value()) {
    const bool ends = hit.fault->kind == behavior::FaultKind::kDrop && exchange.behavior.uploads.reset_ends_session;
    if (ends) deps_.uploads.Take(exchange.route.repository, exchange.route.reference);
    return Instead(*hit.fault, exchange.body);
  }
  http::server::Response response = Serve(exchange);
  deps_.faults.Spoil(exchange.request, request_class, response);
  return response;
}

http::server::Response Dispatcher::Serve(const endpoints::Exchange& exchange) {
  if (exchange.behavior.web_page) return endpoints::HtmlResponse(200);
  const int64_t limit = exchange.behavior.uploads.body_limit;
  if (limit > 0 && exchange.request.content_length > limit) return endpoints::HtmlResponse(413);
  if (auto refused = authority_.Refuse(exchange)) return *std::move(refused);
  if (auto refused = RefuseHead(exchange)) return *std::move(refused);
  switch (exchange.route.endpoint) {
    case wire::Endpoint::kBase: {
      http::server::Response response;
      response.Set("Docker-Distribution-Api-Version", "registry/2.0").Set("Content-Type", "application/json");
      response.body = "{}";
      return response;
    }
    case wire::Endpoint::kBlob:
      return endpoints::ServeBlob(exchange, deps_.storage);
    case wire::Endpoint::kUploads:
      return uploads_.Open(exchange);
    case wire::Endpoint::kUpload:
      return uploads_.Continue(exchange);
    case wire::Endpoint::kManifest:
      return manifests_.Serve(exchange);
    case wire::Endpoint::kTags:
      return endpoints::ServeTags(exchange, deps_.catalog);
    case wire::Endpoint::kReferrers:
      return endpoints::ServeReferrers(exchange, deps_.catalog);
    case wire::Endpoint::kCatalog:
      return endpoints::ServeRepositories(exchange, deps_.catalog);
    case wire::Endpoint::kToken:
      return authority_.ServeToken(exchange);
    case wire::Endpoint::kUnknown:
      break;
  }
  return endpoints::ErrorResponse(404, "NAME_INVALID", "no such endpoint, or not a repository name");
}

}  // namespace waybill::oci::registry::server
