// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/server/store/layout_index.h"

#include <deque>
#include <nlohmann/json.hpp>
#include <set>

#include "oci/image/media_types.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry::server::store {
namespace {

constexpr char kRefName[] = "org.opencontainers.image.ref.name";
constexpr int64_t kMaxDocument = 16 << 20;

nlohmann::ordered_json DescriptorOf(const ManifestEntry& entry) {
  return {{"mediaType", entry.media_type}, {"digest", entry.digest.ToString()}, {"size", entry.size}};
}

// The manifest's entry goes into the catalog, what it names into `queue`.
absl::Status Load(const Context& context, absl::string_view repository, const Link& link, BlobStorage& storage,
                  Catalog& catalog, std::deque<Link>& queue) {
  const auto source = storage.Open(repository, link.digest);
  if (!source.ok()) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const std::string bytes, io::ReadAll(context, **source, kMaxDocument));
  ABSL_ASSIGN_OR_RETURN(const ManifestDocument document, ReadManifestDocument(bytes));
  const std::string& type = document.media_type.empty() ? link.media_type : document.media_type;
  catalog.Put(repository,
              MakeEntry(document, link.digest, type, static_cast<int64_t>(bytes.size()), absl::InfinitePast()));
  queue.insert(queue.end(), document.manifests.begin(), document.manifests.end());
  return absl::OkStatus();
}

}  // namespace

ManifestEntry MakeEntry(const ManifestDocument& document, const Digest& digest, absl::string_view media_type,
                        int64_t size, absl::Time listed_from) {
  ManifestEntry entry = {.digest = digest,
                         .media_type = std::string(media_type),
                         .size = size,
                         .subject = std::nullopt,
                         .artifact_type = document.artifact_type,
                         .annotations = document.annotations,
                         .listed_from = listed_from};
  if (document.subject.has_value()) entry.subject = document.subject->digest;
  if (entry.artifact_type.empty() && document.config.has_value()) entry.artifact_type = document.config->media_type;
  return entry;
}

std::string WriteLayoutIndex(const std::vector<ManifestEntry>& manifests,
                             const std::vector<std::pair<std::string, Digest>>& tags) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const ManifestEntry& entry : manifests) {
    bool tagged = false;
    for (const auto& [tag, digest] : tags) {
      if (digest != entry.digest) continue;
      nlohmann::ordered_json descriptor = DescriptorOf(entry);
      descriptor["annotations"] = {{kRefName, tag}};
      list.push_back(std::move(descriptor));
      tagged = true;
    }
    if (!tagged) list.push_back(DescriptorOf(entry));
  }
  return nlohmann::ordered_json{
      {"schemaVersion", 2}, {"mediaType", std::string(image::kOciIndex)}, {"manifests", std::move(list)}}
      .dump(2, ' ', false, nlohmann::json::error_handler_t::replace);
}

absl::Status ReadLayoutIndex(const Context& context, absl::string_view repository, absl::string_view index_json,
                             BlobStorage& storage, Catalog& catalog) {
  ABSL_ASSIGN_OR_RETURN(const ManifestDocument index, ReadManifestDocument(index_json));
  catalog.AddRepository(repository);
  std::deque<Link> queue(index.manifests.begin(), index.manifests.end());
  std::set<Digest> seen;
  for (; !queue.empty(); queue.pop_front()) {
    const Link link = queue.front();
    const auto tag = link.annotations.find(kRefName);
    if (tag != link.annotations.end()) catalog.Tag(repository, tag->second, link.digest);
    if (!seen.insert(link.digest).second) continue;
    ABSL_RETURN_IF_ERROR(Load(context, repository, link, storage, catalog, queue));
  }
  return absl::OkStatus();
}

}  // namespace waybill::oci::registry::server::store
