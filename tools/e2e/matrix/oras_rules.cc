// SPDX-License-Identifier: Apache-2.0
#include "tools/e2e/matrix/oras_rules.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "oci/error.h"
#include "oci/registry/testing/test_client.h"

namespace waybill::e2e::matrix {
namespace {

using oci::registry::testing::Reply;
using oci::registry::testing::TestClient;

constexpr char kIndex[] = "application/vnd.oci.image.index.v1+json";

absl::StatusOr<std::set<std::string>> ManifestsOf(const Reply& reply) {
  const nlohmann::json index = nlohmann::json::parse(reply.body, nullptr, false);
  if (!index.is_object()) return oci::InvalidInputError("the list of referrers is not JSON");
  std::set<std::string> digests;
  const auto manifests = index.find("manifests");
  if (manifests == index.end() || !manifests->is_array()) return digests;
  for (const nlohmann::json& manifest : *manifests) digests.insert(manifest.value("digest", ""));
  return digests;
}

absl::Status Unexpected(const Reply& reply) {
  return oci::MakeError(oci::Reason::kRefused, absl::StrCat("status ", reply.status));
}

}  // namespace

absl::StatusOr<std::set<std::string>> DiscoverAsOras(const std::string& host, const std::string& repository,
                                                     const oci::Digest& subject) {
  TestClient client(host);
  Reply api = client.Do("GET", absl::StrCat("/v2/", repository, "/referrers/", subject.ToString()));
  if (api.status == 200 && api.headers["content-type"] == kIndex) return ManifestsOf(api);
  if (api.status != 200 && api.status != 404) return Unexpected(api);
  const std::string tag = absl::StrReplaceAll(subject.ToString(), {{":", "-"}});
  const Reply fallback =
      client.Do("GET", absl::StrCat("/v2/", repository, "/manifests/", tag), {absl::StrCat("Accept: ", kIndex)});
  if (fallback.status == 404) return std::set<std::string>();
  return fallback.status == 200 ? ManifestsOf(fallback) : absl::StatusOr<std::set<std::string>>(Unexpected(fallback));
}

}  // namespace waybill::e2e::matrix
