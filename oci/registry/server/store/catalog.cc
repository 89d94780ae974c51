// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/server/store/catalog.h"

#include <algorithm>

#include "absl/algorithm/container.h"

namespace waybill::oci::registry::server::store {

const Catalog::Repository* Catalog::FindRepository(absl::string_view name) const {
  const auto found = repositories_.find(std::string(name));
  return found == repositories_.end() ? nullptr : &found->second;
}

void Catalog::AddRepository(absl::string_view repository) {
  absl::MutexLock lock(&mutex_);
  repositories_[std::string(repository)];
}

void Catalog::Put(absl::string_view repository, const ManifestEntry& entry) {
  absl::MutexLock lock(&mutex_);
  std::vector<ManifestEntry>& manifests = repositories_[std::string(repository)].manifests;
  const auto same = absl::c_find_if(manifests, [&](const ManifestEntry& old) { return old.digest == entry.digest; });
  if (same == manifests.end()) {
    manifests.push_back(entry);
  } else {
    same->media_type = entry.media_type;
  }
}

void Catalog::Tag(absl::string_view repository, absl::string_view tag, const Digest& digest) {
  absl::MutexLock lock(&mutex_);
  repositories_[std::string(repository)].tags.insert_or_assign(std::string(tag), digest);
}

std::optional<ManifestEntry> Catalog::Find(absl::string_view repository, const Digest& digest) const {
  absl::MutexLock lock(&mutex_);
  const Repository* found = FindRepository(repository);
  if (found == nullptr) return std::nullopt;
  for (const ManifestEntry& entry : found->manifests) {
    if (entry.digest == digest) return entry;
  }
  return std::nullopt;
}

std::optional<Digest> Catalog::Tagged(absl::string_view repository, absl::string_view tag) const {
  absl::MutexLock lock(&mutex_);
  const Repository* found = FindRepository(repository);
  if (found == nullptr) return std::nullopt;
  const auto tagged = found->tags.find(std::string(tag));
  return tagged == found->tags.end() ? std::nullopt : std::make_optional(tagged->second);
}

bool Catalog::HasRepository(absl::string_view repository) const {
  absl::MutexLock lock(&mutex_);
  return FindRepository(repository) != nullptr;
}

std::vector<std::string> Catalog::Repositories() const {
  absl::MutexLock lock(&mutex_);
  std::vector<std::string> names;
  for (const auto& [name, repository] : repositories_) names.push_back(name);
  return names;
}

std::vector<std::pair<std::string, Digest>> Catalog::Tags(absl::string_view repository) const {
  absl::MutexLock lock(&mutex_);
  const Repository* found = FindRepository(repository);
  if (found == nullptr) return {};
  return {found->tags.begin(), found->tags.end()};
}

std::vector<ManifestEntry> Catalog::Manifests(absl::string_view repository) const {
  absl::MutexLock lock(&mutex_);
  const Repository* found = FindRepository(repository);
  return found == nullptr ? std::vector<ManifestEntry>() : found->manifests;
}

std::vector<ManifestEntry> Catalog::Referrers(absl::string_view repository, const Digest& subject,
                                              absl::Time now) const {
  std::vector<ManifestEntry> referrers = Manifests(repository);
  std::erase_if(referrers,
                [&](const ManifestEntry& entry) { return entry.subject != subject || entry.listed_from > now; });
  return referrers;
}

bool Catalog::RemoveTag(absl::string_view repository, absl::string_view tag) {
  absl::MutexLock lock(&mutex_);
  const auto found = repositories_.find(std::string(repository));
  return found != repositories_.end() && found->second.tags.erase(std::string(tag)) > 0;
}

bool Catalog::RemoveManifest(absl::string_view repository, const Digest& digest) {
  absl::MutexLock lock(&mutex_);
  const auto found = repositories_.find(std::string(repository));
  if (found == repositories_.end()) return false;
  std::erase_if(found->second.tags, [&](const auto& tag) { return tag.second == digest; });
  return std::erase_if(found->second.manifests, [&](const ManifestEntry& entry) { return entry.digest == digest; }) > 0;
}

}  // namespace waybill::oci::registry::server::store
