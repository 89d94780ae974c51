// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/store/keeper.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstddef>

#include "oci/content/store/owner.h"
#include "oci/context.h"
#include "oci/status_macros.h"

namespace waybill::exporter::service::store {
namespace {

// Each look frees this part of a limit more than has to be free, so that not every write needs one.
constexpr int64_t kSlackPart = 16;
// More clients than this do not wait one by one.
constexpr size_t kMaxPaused = 10'000;

std::string KeyOf(const std::optional<std::string>& whose) { return whose.has_value() ? "client " + *whose : ""; }

}  // namespace

absl::Status Keeper::Start() {
  if (!shares_.limit_blobs()) return absl::OkStatus();
  ABSL_RETURN_IF_ERROR(deps_.catalog.List(oci::Context(), [this](const BlobInfo& info) {
    shares_.Count(oci::content::store::OwnerOf(deps_.blobs.PathOf(info.digest)), {.bytes = info.size, .blobs = 1});
    return absl::OkStatus();
  }));
  MakeRoom("", {.bytes = 1});
  return absl::OkStatus();
}

void Keeper::CountUpload(const oci::content::store::IngestStatus& upload) {
  shares_.Count(upload.owner, {.bytes = upload.offset, .uploads = 1});
}

Keeper::Pin::~Pin() {
  absl::MutexLock lock(&keeper_.using_);
  for (const oci::Digest& digest : digests_) {
    const auto pinned = keeper_.pins_.find(digest);
    if (--pinned->second == 0) keeper_.pins_.erase(pinned);
  }
}

void Keeper::Pin::Add(const oci::Digest& digest) {
  absl::MutexLock lock(&keeper_.using_);
  ++keeper_.pins_[digest];
  digests_.push_back(digest);
}

void Keeper::Pin::Use() {
  for (const oci::Digest& digest : digests_) keeper_.Use(digest);
}

Keeper::Claim::Claim(Keeper& keeper, const oci::Digest& digest) : keeper_(keeper), digest_(digest) {
  const auto is_free = [this]()
                           ABSL_EXCLUSIVE_LOCKS_REQUIRED(keeper_.using_) { return !keeper_.claims_.contains(digest_); };
  absl::MutexLock lock(&keeper_.using_, absl::Condition(&is_free));
  keeper_.claims_.insert(digest_);
}

Keeper::Claim::~Claim() {
  absl::MutexLock lock(&keeper_.using_);
  keeper_.claims_.erase(digest_);
}

void Keeper::Use(const oci::Digest& digest) {
  absl::MutexLock lock(&using_);
  Touch(digest);
}

// One that is not there has no last use.
void Keeper::Touch(const oci::Digest& digest) {
  const timespec times[] = {absl::ToTimespec(deps_.now()), {.tv_sec = 0, .tv_nsec = UTIME_OMIT}};
  (void)utimensat(AT_FDCWD, deps_.blobs.PathOf(digest).c_str(), times, AT_SYMLINK_NOFOLLOW);
}

absl::Status Keeper::Delete(const oci::Digest& digest) { return Drop(digest, nullptr); }

absl::Status Keeper::Drop(const oci::Digest& digest, int64_t* bytes) {
  const std::string path = deps_.blobs.PathOf(digest);
  const std::string owner = oci::content::store::OwnerOf(path);
  struct stat info = {};
  const bool there = lstat(path.c_str(), &info) == 0;
  ABSL_RETURN_IF_ERROR(deps_.catalog.Delete(digest));
  if (there && shares_.limit_blobs()) shares_.Count(owner, {.bytes = -info.st_size, .blobs = -1});
  if (bytes != nullptr) *bytes = info.st_size;
  return absl::OkStatus();
}

absl::Status Keeper::Take(absl::string_view client, const Share& more) {
  const Share counted = shares_.limit_blobs() ? more : Share();
  const absl::Status taken = shares_.Add(client, counted);
  if (taken.ok()) return taken;
  MakeRoom(client, counted);
  return shares_.Add(client, counted);
}

void Keeper::GiveBack(absl::string_view client, const Share& less) {
  if (shares_.limit_blobs()) shares_.Count(client, {.bytes = -less.bytes, .blobs = -less.blobs});
}

absl::Status Keeper::Prepare(absl::string_view client, int64_t bytes) {
  const Share more{.bytes = bytes};
  if (shares_.Check(client, more).ok()) return absl::OkStatus();
  MakeRoom(client, more);
  return shares_.Check(client, more);
}

absl::Status Keeper::Begin(absl::string_view owner) {
  const Share one{.uploads = 1};
  const absl::Status taken = shares_.Add(owner, one);
  if (taken.ok()) return taken;
  MakeRoom(owner, one);
  return shares_.Add(owner, one);
}

absl::Status Keeper::Grow(absl::string_view owner, int64_t bytes) {
  const Share more{.bytes = bytes};
  const absl::Status taken = shares_.Add(owner, more);
  if (taken.ok()) return taken;
  MakeRoom(owner, more);
  return shares_.Add(owner, more);
}

void Keeper::End(absl::string_view owner, int64_t bytes, Ended ended) {
  const bool is_blob = ended == Ended::kCommitted && shares_.limit_blobs();
  shares_.Count(owner, {.bytes = is_blob ? 0 : -bytes, .blobs = is_blob ? 1 : 0, .uploads = -1});
}

void Keeper::MakeRoom(absl::string_view client, const Share& more) {
  absl::MutexLock lock(&collecting_);
  // Others may have made room meanwhile.
  Room own = shares_.LackingOf(client, more);
  if (own.bytes > 0) own.bytes += shares_.limits().client_bytes / kSlackPart;
  if (own.blobs > 0) own.blobs += shares_.limits().client_blobs / kSlackPart;
  if (own.bytes > 0 || own.blobs > 0) Collect(std::string(client), own);
  Room all = shares_.Lacking(more);
  if (all.bytes <= 0) return;
  all.bytes += shares_.limits().quota / kSlackPart;
  Collect(std::nullopt, all);
}

void Keeper::Collect(const Whose& whose, Room room) {
  collecting_.AssertHeld();
  const absl::Time now = deps_.now();
  if (const auto paused = paused_.find(KeyOf(whose)); paused != paused_.end() && now < paused->second) return;
  std::vector<StoredBlob> blobs;
  Held held;
  // What cannot be read stays.
  if (!Survey(whose, blobs, held).ok()) return;
  Evicted evicted;
  for (const oci::Digest& digest : ChooseEvicted(std::move(blobs), held, room, now - kGrace)) {
    int64_t bytes = 0;
    if (!Evict(digest, now - kGrace, bytes)) continue;
    ++evicted.blobs;
    evicted.bytes += bytes;
  }
  if (deps_.on_evicted != nullptr && evicted.blobs > 0) deps_.on_evicted(evicted);
  if (paused_.size() > kMaxPaused) paused_.clear();
  paused_.erase(KeyOf(whose));
  if (evicted.bytes < room.bytes || evicted.blobs < room.blobs) paused_[KeyOf(whose)] = now + kPause;
}

absl::Status Keeper::Survey(const Whose& whose, std::vector<StoredBlob>& blobs, Held& held) {
  held = deps_.leases.held();
  {
    absl::MutexLock lock(&using_);
    for (const auto& [digest, count] : pins_) held.graphs.insert(digest);
  }
  return deps_.catalog.List(oci::Context(), [&](const BlobInfo& info) {
    StoredBlob blob{.digest = info.digest, .size = info.size, .last_used = info.used_at};
    ApplyLabels(info.labels, blob);
    if (whose.has_value() && oci::content::store::OwnerOf(deps_.blobs.PathOf(info.digest)) != *whose) {
      held.blobs.insert(info.digest);
    }
    blobs.push_back(std::move(blob));
    return absl::OkStatus();
  });
}

bool Keeper::Evict(const oci::Digest& digest, absl::Time unused_since, int64_t& bytes) {
  absl::MutexLock lock(&using_);
  struct stat info = {};
  if (pins_.contains(digest) || lstat(deps_.blobs.PathOf(digest).c_str(), &info) != 0) return false;
  if (absl::TimeFromTimespec(info.st_atim) > unused_since) return false;
  return Drop(digest, &bytes).ok();
}

}  // namespace waybill::exporter::service::store
