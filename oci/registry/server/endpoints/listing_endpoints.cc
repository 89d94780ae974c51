// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/server/endpoints/listing_endpoints.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "oci/image/media_types.h"

namespace waybill::oci::registry::server::endpoints {
namespace {

constexpr auto kReplace = nlohmann::json::error_handler_t::replace;

// The part of `names` (sorted) that ?n= and ?last= ask for; the Link header when there is more.
http::server::Response PageOfNames(const Exchange& exchange, std::vector<std::string> names, const char* member,
                                   nlohmann::ordered_json document) {
  const http::server::Request& request = exchange.request;
  if (const auto last = request.Query("last")) {
    names.erase(names.begin(), std::upper_bound(names.begin(), names.end(), *last));
  }
  http::server::Response response;
  if (const auto n = request.Query("n")) {
    size_t count = 0;
    if (!absl::SimpleAtoi(*n, &count)) return ErrorResponse(400, "PAGINATION_NUMBER_INVALID", "n is not a number");
    const bool more = count > 0 && names.size() > count;
    names.resize(std::min(names.size(), count));
    if (more) {
      response.Set("Link", absl::StrCat("<", request.path, "?n=", count,
                                        "&last=", http::server::PercentEncode(names.back()), ">; rel=\"next\""));
    }
  }
  document[member] = names;
  response.Set("Content-Type", "application/json");
  response.body = document.dump(-1, ' ', false, kReplace);
  return response;
}

nlohmann::ordered_json DescriptorOf(const store::ManifestEntry& entry) {
  nlohmann::ordered_json descriptor = {
      {"mediaType", entry.media_type}, {"digest", entry.digest.ToString()}, {"size", entry.size}};
  if (!entry.annotations.empty()) descriptor["annotations"] = entry.annotations;
  if (!entry.artifact_type.empty()) descriptor["artifactType"] = entry.artifact_type;
  return descriptor;
}

void GiveTypes(behavior::ListedTypes types, std::vector<store::ManifestEntry>& entries) {
  if (types == behavior::ListedTypes::kRight) return;
  const absl::string_view given = types == behavior::ListedTypes::kOmitted ? "" : image::kOciEmpty;
  for (store::ManifestEntry& entry : entries) entry.artifact_type = std::string(given);
}

// Registries without the endpoint.
std::optional<http::server::Response> NoReferrersApi(behavior::ReferrersApi api) {
  switch (api) {
    case behavior::ReferrersApi::kOn:
      return std::nullopt;
    case behavior::ReferrersApi::kNotFound:
      return TextResponse(404, "404 page not found");
    case behavior::ReferrersApi::kMethodNotAllowed:
      return UnsupportedResponse();
    case behavior::ReferrersApi::kHtml:
      return HtmlResponse(200);
    case behavior::ReferrersApi::kRedirect:
      break;
  }
  http::server::Response response = HtmlResponse(303);
  response.Set("Location", "/login");
  return response;
}

// Entries [from, ...) of one page, and the Link to the next.
void Paginate(const Exchange& exchange, std::vector<store::ManifestEntry>& entries, http::server::Response& response) {
  const size_t page = static_cast<size_t>(exchange.behavior.referrers.page);
  size_t from = 0;
  if (!absl::SimpleAtoi(exchange.request.Query("from").value_or("0"), &from)) from = 0;
  entries.erase(entries.begin(), entries.begin() + static_cast<ptrdiff_t>(std::min(from, entries.size())));
  if (page == 0 || entries.size() <= page) return;
  entries.erase(entries.begin() + static_cast<ptrdiff_t>(page), entries.end());
  std::string next = absl::StrCat(exchange.request.path, "?from=", from + page);
  if (const auto type = exchange.request.Query("artifactType")) {
    absl::StrAppend(&next, "&artifactType=", http::server::PercentEncode(*type));
  }
  response.Set("Link", absl::StrCat("<", LocationOf(exchange, next), ">; rel=\"next\""));
}

}  // namespace

http::server::Response ServeTags(const Exchange& exchange, const store::Catalog& catalog) {
  if (exchange.request.method != "GET") return UnsupportedResponse();
  const std::string& repository = exchange.route.repository;
  if (!catalog.HasRepository(repository)) {
    return ErrorResponse(404, "NAME_UNKNOWN", "repository name not known to registry");
  }
  std::vector<std::string> tags;
  for (const auto& [tag, digest] : catalog.Tags(repository)) tags.push_back(tag);
  return PageOfNames(exchange, std::move(tags), "tags", {{"name", repository}});
}

http::server::Response ServeRepositories(const Exchange& exchange, const store::Catalog& catalog) {
  if (exchange.request.method != "GET") return UnsupportedResponse();
  return PageOfNames(exchange, catalog.Repositories(), "repositories", nlohmann::ordered_json::object());
}

http::server::Response ServeReferrers(const Exchange& exchange, const store::Catalog& catalog) {
  const behavior::ReferrersBehavior& behavior = exchange.behavior.referrers;
  if (auto response = NoReferrersApi(behavior.api)) return *std::move(response);
  if (exchange.request.method != "GET") return UnsupportedResponse();
  const absl::StatusOr<Digest> subject = DigestInPath(exchange);
  if (!subject.ok()) return FailureResponse(subject.status(), "DIGEST_INVALID");
  const std::string& repository = exchange.route.repository;
  if (behavior.unknown_repository_is_404 && !catalog.HasRepository(repository)) {
    return ErrorResponse(404, "NAME_UNKNOWN", "repository name not known to registry");
  }
  std::vector<store::ManifestEntry> entries = catalog.Referrers(repository, *subject, exchange.now);
  http::server::Response response;
  response.Set("Content-Type", image::kOciIndex);
  GiveTypes(behavior.types, entries);
  const std::optional<std::string> type = exchange.request.Query("artifactType");
  if (type.has_value() && behavior.filter) {
    std::erase_if(entries, [&](const store::ManifestEntry& entry) { return entry.artifact_type != *type; });
    response.Set("OCI-Filters-Applied", "artifactType");
  }
  Paginate(exchange, entries, response);
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const store::ManifestEntry& entry : entries) list.push_back(DescriptorOf(entry));
  response.body =
      nlohmann::ordered_json{
          {"schemaVersion", 2}, {"mediaType", std::string(image::kOciIndex)}, {"manifests", std::move(list)}}
          .dump(-1, ' ', false, kReplace);
  return response;
}

}  // namespace waybill::oci::registry::server::endpoints
