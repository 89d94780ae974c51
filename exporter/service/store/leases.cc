// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/store/leases.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "exporter/service/store/lease_file.h"
#include "oci/context.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/file/atomic_file.h"
#include "oci/file/fd.h"
#include "oci/file/file.h"
#include "oci/io/stream.h"
#include "oci/status_macros.h"

namespace waybill::exporter::service::store {
namespace {

constexpr char kContent[] = "content";
constexpr char kIngests[] = "ingests";
// As many resources as there may be, with references of the longest kind.
constexpr int64_t kMaxFileBytes = 64 << 20;

absl::StatusOr<LeaseFile> ReadLease(const std::string& path) {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::file::FileSource> file,
                        oci::file::FileSource::Open(path, oci::file::Links::kNever));
  ABSL_ASSIGN_OR_RETURN(const std::string text, oci::io::ReadAll(oci::Context(), *file, kMaxFileBytes));
  return ParseLease(text);
}

absl::Status CheckId(const std::string& id, absl::string_view what) {
  if (id.empty()) return oci::InvalidInputError(absl::StrCat(what, " is empty"));
  if (id.size() <= Leases::kMaxIdBytes) return absl::OkStatus();
  return oci::InvalidInputError(absl::StrCat(what, " has ", id.size(), " bytes, at most ", Leases::kMaxIdBytes));
}

absl::Status CheckLabels(const Labels& labels) {
  size_t bytes = 0;
  for (const auto& [key, value] : labels) bytes += key.size() + value.size();
  if (bytes <= Leases::kMaxLabelBytes) return absl::OkStatus();
  return oci::InvalidInputError(
      absl::StrCat("a lease's labels have ", bytes, " bytes, at most ", Leases::kMaxLabelBytes));
}

absl::Status CheckResource(const LeasedResource& resource) {
  if (resource.type == kContent) return oci::Digest::Parse(resource.id).status();
  if (resource.type == kIngests) return CheckId(resource.id, "an upload's reference");
  return oci::UnsupportedError(absl::StrCat("lease resource type ", resource.type, " is not supported: there are ",
                                            kContent, " and ", kIngests));
}

absl::Status TooMany(const std::string& what, size_t limit) {
  return absl::ResourceExhaustedError(absl::StrCat(what, ", at most ", limit, "; delete leases that are not needed"));
}

}  // namespace

Leases::Leases(std::string directory, std::function<absl::Time()> now)
    : directory_(std::move(directory)), now_(std::move(now)) {
  Load();
}

std::string Leases::PathOf(absl::string_view id) const {
  return absl::StrCat(directory_, "/", oci::Digest::Of(id).hex(), ".json");
}

void Leases::Load() {
  absl::MutexLock lock(&mutex_);
  std::error_code error;
  for (std::filesystem::directory_iterator entry(directory_, error), end; !error && entry != end;
       entry.increment(error)) {
    absl::StatusOr<LeaseFile> file = ReadLease(entry->path());
    if (!file.ok() || PathOf(file->lease.id) != entry->path()) continue;
    const std::string id = file->lease.id;
    resources_ += file->resources.size();
    entries_[id] = {.lease = std::move(file->lease), .resources = std::move(file->resources)};
  }
}

absl::Status Leases::Save(const Entry& entry) const {
  ABSL_RETURN_IF_ERROR(oci::file::MakeDirectories(directory_));
  return oci::file::WriteFileAtomically(PathOf(entry.lease.id), ToJson(entry.lease, entry.resources), {.mode = 0600});
}

void Leases::DropExpired() {
  const absl::Time now = now_();
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const std::optional<absl::Time>& expires_at = entry->second.lease.expires_at;
    if (expires_at.has_value() && *expires_at <= now) {
      unlink(PathOf(entry->first).c_str());  // one that stays expires again with the next process
      entry = Erase(entry);
    } else {
      ++entry;
    }
  }
}

Leases::Entries::iterator Leases::Erase(Entries::iterator entry) {
  resources_ -= entry->second.resources.size();
  return entries_.erase(entry);
}

absl::StatusOr<Leases::Entries::iterator> Leases::Find(const std::string& id) {
  DropExpired();
  const auto found = entries_.find(id);
  if (found == entries_.end()) return oci::NotFoundError(absl::StrCat("lease ", id, ": not found"));
  return found;
}

absl::StatusOr<Lease> Leases::Create(const std::string& id, const std::string& client, const Labels& labels) {
  ABSL_RETURN_IF_ERROR(CheckId(id, "a lease's id"));
  ABSL_RETURN_IF_ERROR(CheckLabels(labels));
  Entry entry{.lease = {.id = id, .client = client, .created_at = now_(), .labels = labels}, .resources = {}};
  absl::StatusOr<std::optional<absl::Time>> expires_at = ExpiryOf(labels);
  if (!expires_at.ok()) return oci::Annotate(expires_at.status(), kExpireLabel);
  entry.lease.expires_at = *expires_at;
  absl::MutexLock lock(&mutex_);
  DropExpired();
  if (entries_.contains(id)) {
    return oci::MakeError(oci::Reason::kConflict, absl::StrCat("lease ", id, ": already exists"));
  }
  const auto own = std::count_if(entries_.begin(), entries_.end(), [&client](const Entries::value_type& other) {
    return other.second.lease.client == client;
  });
  if (static_cast<size_t>(own) >= kMaxOfOne) return TooMany(absl::StrCat(own, " leases of ", client), kMaxOfOne);
  if (entries_.size() >= kMaxLeases) return TooMany(absl::StrCat(entries_.size(), " leases"), kMaxLeases);
  ABSL_RETURN_IF_ERROR(Save(entry));
  return entries_.emplace(id, std::move(entry)).first->second.lease;
}

absl::Status Leases::Delete(const std::string& id) {
  absl::MutexLock lock(&mutex_);
  ABSL_ASSIGN_OR_RETURN(const Entries::iterator found, Find(id));
  const std::string path = PathOf(id);
  if (unlink(path.c_str()) != 0 && errno != ENOENT) return oci::ErrnoError(errno, absl::StrCat("remove ", path));
  Erase(found);
  return absl::OkStatus();
}

absl::Status Leases::Check(const std::string& id) {
  absl::MutexLock lock(&mutex_);
  return Find(id).status();
}

std::vector<Lease> Leases::List() {
  absl::MutexLock lock(&mutex_);
  DropExpired();
  std::vector<Lease> leases;
  for (const auto& [id, entry] : entries_) leases.push_back(entry.lease);
  return leases;
}

absl::Status Leases::Add(const std::string& id, const LeasedResource& resource) {
  ABSL_RETURN_IF_ERROR(CheckResource(resource));
  absl::MutexLock lock(&mutex_);
  ABSL_ASSIGN_OR_RETURN(const Entries::iterator found, Find(id));
  Entry& entry = found->second;
  if (entry.resources.contains(resource)) return absl::OkStatus();
  if (entry.resources.size() >= kMaxOfLease) {
    return TooMany(absl::StrCat("lease ", id, " has ", entry.resources.size(), " resources"), kMaxOfLease);
  }
  if (resources_ >= kMaxResources) {
    return TooMany(absl::StrCat("all leases have ", resources_, " resources"), kMaxResources);
  }
  entry.resources.insert(resource);
  const absl::Status saved = Save(entry);
  if (!saved.ok()) entry.resources.erase(resource);
  if (saved.ok()) ++resources_;
  return saved;
}

absl::Status Leases::Remove(const std::string& id, const LeasedResource& resource) {
  ABSL_RETURN_IF_ERROR(CheckResource(resource));
  absl::MutexLock lock(&mutex_);
  ABSL_ASSIGN_OR_RETURN(const Entries::iterator found, Find(id));
  if (found->second.resources.erase(resource) == 0) return absl::OkStatus();
  const absl::Status saved = Save(found->second);
  if (!saved.ok()) found->second.resources.insert(resource);
  if (saved.ok()) --resources_;
  return saved;
}

absl::StatusOr<std::vector<LeasedResource>> Leases::Resources(const std::string& id) {
  absl::MutexLock lock(&mutex_);
  ABSL_ASSIGN_OR_RETURN(const Entries::iterator found, Find(id));
  return std::vector<LeasedResource>(found->second.resources.begin(), found->second.resources.end());
}

Held Leases::held() {
  absl::MutexLock lock(&mutex_);
  DropExpired();
  Held held;
  for (const auto& [id, entry] : entries_) {
    const auto flat = entry.lease.labels.find(kFlatLabel);
    const bool alone = flat != entry.lease.labels.end() && !flat->second.empty();
    for (const LeasedResource& resource : entry.resources) {
      absl::StatusOr<oci::Digest> digest = oci::Digest::Parse(resource.id);
      if (resource.type == kContent && digest.ok()) (alone ? held.blobs : held.graphs).insert(*std::move(digest));
    }
  }
  return held;
}

bool Leases::HoldsUpload(const std::string& ref) {
  absl::MutexLock lock(&mutex_);
  DropExpired();
  const LeasedResource upload{.type = kIngests, .id = ref};
  return std::any_of(entries_.begin(), entries_.end(),
                     [&upload](const Entries::value_type& entry) { return entry.second.resources.contains(upload); });
}

}  // namespace waybill::exporter::service::store
