// SPDX-License-Identifier: Apache-2.0
#include "oci/content/store/ingest_store.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/file/fd.h"
#include "oci/status_macros.h"

namespace waybill::oci::content::store {
namespace {

// Whether PathOf gives such names.
bool IsOurName(absl::string_view name) { return Digest::Parse(absl::StrCat("sha256:", name)).ok(); }

// Of a directory without a status. One that went meanwhile is as new as can be.
absl::Time ModifiedAt(const std::string& path) {
  struct stat info;
  return lstat(path.c_str(), &info) == 0 ? absl::TimeFromTimespec(info.st_mtim) : absl::InfiniteFuture();
}

absl::Status Remove(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) return ErrnoError(error.value(), absl::StrCat("remove ", path));
  return absl::OkStatus();
}

}  // namespace

std::string IngestStore::PathOf(absl::string_view ref) const {
  return absl::StrCat(directory_, "/", Digest::Of(ref).hex());
}

bool IngestStore::Lock(const std::string& path) {
  absl::MutexLock lock(&mutex_);
  const auto [entry, fresh] = known_.try_emplace(path, std::nullopt);
  return fresh || entry->second.has_value();
}

void IngestStore::Unlock(const std::string& path, std::optional<HashedBytes> hashed) {
  absl::MutexLock lock(&mutex_);
  if (hashed.has_value()) {
    known_[path] = std::move(hashed);
  } else {
    known_.erase(path);
  }
}

absl::StatusOr<IngestStatus> IngestStore::StartOrFind(const std::string& path, const std::string& ref,
                                                      const Expected& expected, const std::string& owner) {
  absl::StatusOr<IngestStatus> found = ReadIngestStatus(path);
  if (found.ok() && expected.size.has_value() && found->expected.size.has_value() &&
      *expected.size != *found->expected.size) {
    return InvalidInputError(absl::StrCat("ref ", ref, ": total ", *expected.size, " differs from the total ",
                                          *found->expected.size, " that it was started with"));
  }
  if (found.ok() || !absl::IsNotFound(found.status())) return found;

  const absl::Time now = absl::Now();
  IngestStatus status{
      .ref = ref, .offset = 0, .expected = expected, .owner = owner, .started_at = now, .updated_at = now};
  ABSL_RETURN_IF_ERROR(CountNew(path, owner));
  const absl::Status made = WriteIngestStatus(path, status);
  if (made.ok()) return status;
  CountEnd(path, Budget::Ended::kDropped);
  return made;
}

absl::Status IngestStore::Recount(const std::function<void(const IngestStatus&)>& count) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<IngestStatus> statuses, List());
  absl::MutexLock lock(&mutex_);
  for (const IngestStatus& status : statuses) {
    count(status);
    counted_[PathOf(status.ref)] = {.owner = status.owner, .bytes = status.offset};
  }
  return absl::OkStatus();
}

absl::Status IngestStore::CountNew(const std::string& path, const std::string& owner) {
  if (budget_ == nullptr) return absl::OkStatus();
  CountEnd(path, Budget::Ended::kDropped);  // of one whose files somebody else removed
  ABSL_RETURN_IF_ERROR(budget_->Begin(owner));
  absl::MutexLock lock(&mutex_);
  counted_[path] = {.owner = owner, .bytes = 0};
  return absl::OkStatus();
}

absl::Status IngestStore::Grow(const std::string& path, const IngestStatus& status, int64_t bytes) {
  if (budget_ == nullptr) return absl::OkStatus();
  if (bytes > 0) ABSL_RETURN_IF_ERROR(budget_->Grow(status.owner, bytes));
  absl::MutexLock lock(&mutex_);
  const auto counted = counted_.find(path);
  const bool dropped = counted == counted_.end();
  if (!dropped) counted->second.bytes += bytes;
  if (dropped == (bytes > 0)) ABSL_RETURN_IF_ERROR(budget_->Grow(status.owner, -std::abs(bytes)));
  if (!dropped) return absl::OkStatus();
  return NotFoundError(absl::StrCat("ref ", status.ref, " was dropped while it was being written"));
}

void IngestStore::CountEnd(const std::string& path, Budget::Ended ended) {
  if (budget_ == nullptr) return;
  absl::MutexLock lock(&mutex_);
  const auto counted = counted_.extract(path);
  if (!counted.empty()) budget_->End(counted.mapped().owner, counted.mapped().bytes, ended);
}

absl::StatusOr<HashedBytes> IngestStore::HashOf(const Context& context, const std::string& path,
                                                const IngestStatus& status, const Expected& expected) {
  {
    absl::MutexLock lock(&mutex_);
    std::optional<HashedBytes>& known = known_[path];
    std::optional<HashedBytes> hashed = std::exchange(known, std::nullopt);
    if (hashed.has_value() && hashed->size == status.offset) return *std::move(hashed);
  }
  const std::optional<Digest>& digest = expected.digest.has_value() ? expected.digest : status.expected.digest;
  Hasher hasher = HasherFor(digest);
  if (status.offset == 0) return HashedBytes{std::move(hasher), 0};
  ABSL_ASSIGN_OR_RETURN(hasher, HashIngestData(context, path, std::move(hasher)));
  return HashedBytes{std::move(hasher), status.offset};
}

absl::StatusOr<std::unique_ptr<Ingest>> IngestStore::Open(const Context& context, const std::string& ref,
                                                          const Expected& expected, const std::string& owner) {
  if (ref.empty()) return InvalidInputError("ref must not be empty");
  if (ref.size() > kMaxIngestRefBytes) {
    return InvalidInputError(absl::StrCat("ref has ", ref.size(), " bytes, at most ", kMaxIngestRefBytes));
  }
  const std::string path = PathOf(ref);
  // Not an error of the network, but containerd's clients wait and try again on this code only.
  if (!Lock(path)) return absl::UnavailableError(absl::StrCat("ref ", ref, " is being written"));
  const auto open = [&]() -> absl::StatusOr<std::unique_ptr<Ingest>> {
    ABSL_ASSIGN_OR_RETURN(IngestStatus status, StartOrFind(path, ref, expected, owner));
    // A process that was killed in Commit may have left it read-only.
    chmod(IngestData(path).c_str(), kIngestMode);
    // Data that nothing is known about may be there: of an ingest whose removal was interrupted.
    const int emptied = status.offset == 0 ? O_TRUNC : 0;
    file::Fd fd(open64(IngestData(path).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | emptied,
                       kIngestMode));
    if (!fd.valid()) return ErrnoError(errno, absl::StrCat("open ", IngestData(path)));
    ABSL_ASSIGN_OR_RETURN(HashedBytes hashed, HashOf(context, path, status, expected));
    return std::unique_ptr<Ingest>(new Ingest(*this, path, std::move(fd), std::move(status), std::move(hashed)));
  };
  absl::StatusOr<std::unique_ptr<Ingest>> ingest = open();
  if (!ingest.ok()) Unlock(path, std::nullopt);
  return ingest;
}

absl::StatusOr<IngestStatus> IngestStore::Status(const std::string& ref) const {
  absl::StatusOr<IngestStatus> status = ReadIngestStatus(PathOf(ref));
  if (absl::IsNotFound(status.status())) return NotFoundError(absl::StrCat("ref ", ref, " is not being written"));
  return status;
}

absl::StatusOr<std::vector<std::string>> IngestStore::Paths() const {
  std::vector<std::string> paths;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(directory_, error), end; !error && entry != end;
       entry.increment(error)) {
    if (IsOurName(entry->path().filename().string())) paths.push_back(entry->path());
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return ErrnoError(error.value(), absl::StrCat("list ", directory_));
  }
  return paths;
}

absl::StatusOr<std::vector<IngestStatus>> IngestStore::List() const {
  ABSL_ASSIGN_OR_RETURN(const std::vector<std::string> paths, Paths());
  std::vector<IngestStatus> statuses;
  for (const std::string& path : paths) {
    absl::StatusOr<IngestStatus> status = ReadIngestStatus(path);
    if (status.ok()) {
      statuses.push_back(*std::move(status));
    } else if (!absl::IsNotFound(status.status())) {  // it ended meanwhile
      return status.status();
    }
  }
  return statuses;
}

absl::Status IngestStore::Abort(const std::string& ref) {
  const std::string path = PathOf(ref);
  ABSL_RETURN_IF_ERROR(Status(ref).status());
  {
    absl::MutexLock lock(&mutex_);
    const auto known = known_.find(path);
    if (known != known_.end() && known->second.has_value()) known_.erase(known);
  }
  CountEnd(path, Budget::Ended::kDropped);
  return Remove(path);
}

absl::Status IngestStore::Expire(absl::Time time, const std::function<bool(const std::string& ref)>& keep) {
  ABSL_ASSIGN_OR_RETURN(const std::vector<std::string> paths, Paths());
  for (const std::string& path : paths) {
    const absl::StatusOr<IngestStatus> status = ReadIngestStatus(path);
    if (!status.ok() && !absl::IsNotFound(status.status())) return status.status();
    const absl::Time updated_at = status.ok() ? status->updated_at : ModifiedAt(path);
    if (updated_at >= time || (status.ok() && keep != nullptr && keep(status->ref)) || !Lock(path)) continue;
    CountEnd(path, Budget::Ended::kDropped);
    const absl::Status removed = Remove(path);
    Unlock(path, std::nullopt);
    ABSL_RETURN_IF_ERROR(removed);
  }
  return absl::OkStatus();
}

}  // namespace waybill::oci::content::store
