// SPDX-License-Identifier: Apache-2.0
#include "oci/content/store/ingest.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "oci/content/store/owner.h"
#include "oci/error.h"
#include "oci/file/atomic_file.h"
#include "oci/file/file.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"
#include "oci/time.h"

namespace waybill::oci::content::store {
namespace {

constexpr int64_t kMaxAboutBytes = 64 << 10;
constexpr mode_t kDataMode = 0600;

std::string DataOf(const std::string& path) { return path + "/data"; }
std::string AboutOf(const std::string& path) { return path + "/about.json"; }

std::string ToJson(const IngestStatus& status) {
  json::Writer writer;
  writer.BeginObject().Key("ref").String(status.ref);
  if (status.expected.size.has_value()) writer.Key("size").Int(*status.expected.size);
  if (status.expected.digest.has_value()) writer.Key("digest").String(status.expected.digest->ToString());
  if (!status.owner.empty()) writer.Key("owner").String(status.owner);
  writer.Key("startedAt").String(FormatTimestamp({status.started_at})).EndObject();
  return writer.Take();
}

absl::StatusOr<IngestStatus> FromJson(absl::string_view text) {
  ABSL_RETURN_IF_ERROR(json::Validate(text));
  ABSL_ASSIGN_OR_RETURN(const json::Fields fields, json::Fields::Parse(text));
  IngestStatus status;
  ABSL_ASSIGN_OR_RETURN(status.ref, json::DecodeString(fields.Find("ref")));
  ABSL_ASSIGN_OR_RETURN(const std::string started_at, json::DecodeString(fields.Find("startedAt")));
  ABSL_ASSIGN_OR_RETURN(const Timestamp started, ParseTimestamp(started_at));
  status.started_at = started.time;
  if (const absl::string_view size = fields.Find("size"); !size.empty()) {
    ABSL_ASSIGN_OR_RETURN(status.expected.size, json::DecodeInt(size));
  }
  if (const absl::string_view digest = fields.Find("digest"); !digest.empty()) {
    ABSL_ASSIGN_OR_RETURN(const std::string digest_text, json::DecodeString(digest));
    ABSL_ASSIGN_OR_RETURN(status.expected.digest, Digest::Parse(digest_text));
  }
  if (const absl::string_view owner = fields.Find("owner"); !owner.empty()) {
    ABSL_ASSIGN_OR_RETURN(status.owner, json::DecodeString(owner));
  }
  return status;
}

// Hashes what is written to it and keeps nothing.
class HashOnly : public io::Writer {
 public:
  explicit HashOnly(Hasher& hasher) : hasher_(hasher) {}
  absl::Status Write(absl::string_view bytes) override {
    hasher_.Update(bytes);
    return absl::OkStatus();
  }
  absl::Status Close() override { return absl::OkStatus(); }

 private:
  Hasher& hasher_;
};

absl::StatusOr<Hasher> HashFile(const Context& context, const std::string& path, Hasher hasher) {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<file::FileSource> file,
                        file::FileSource::Open(path, file::Links::kNever));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<io::Reader> reader, file->Open(context, 0));
  HashOnly writer(hasher);
  ABSL_RETURN_IF_ERROR(io::Copy(context, *reader, writer).status());
  return hasher;
}

Hasher HasherFor(const std::optional<Digest>& expected) { return expected.has_value() ? Hasher(*expected) : Hasher(); }

// Whether PathOf gives such names.
bool IsOurName(absl::string_view name) { return Digest::Parse(absl::StrCat("sha256:", name)).ok(); }

// Of a directory without a status. One that went meanwhile is as new as can be.
absl::Time ModifiedAt(const std::string& path) {
  struct stat info;
  return lstat(path.c_str(), &info) == 0 ? absl::TimeFromTimespec(info.st_mtim) : absl::InfiniteFuture();
}

absl::Status Exists(const Digest& digest) {
  return MakeError(Reason::kConflict, absl::StrCat("content ", digest.ToString(), ": already exists"));
}

// EEXIST when another writer was faster, on file systems that can tell; there is one blob of a digest, whoever wins.
int Rename(const std::string& from, const std::string& to) {
  const int renamed = renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE);
  return renamed != 0 && errno == EINVAL ? rename(from.c_str(), to.c_str()) : renamed;
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

void IngestStore::Unlock(const std::string& path, std::optional<Hashed> hashed) {
  absl::MutexLock lock(&mutex_);
  if (hashed.has_value()) {
    known_[path] = std::move(hashed);
  } else {
    known_.erase(path);
  }
}

absl::StatusOr<IngestStatus> IngestStore::StatusAt(const std::string& path) const {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<file::FileSource> about,
                        file::FileSource::Open(AboutOf(path), file::Links::kNever));
  ABSL_ASSIGN_OR_RETURN(const std::string text, io::ReadAll(Context(), *about, kMaxAboutBytes));
  absl::StatusOr<IngestStatus> status = FromJson(text);
  // A machine that lost power may leave an empty one.
  if (!status.ok()) return NotFoundError(absl::StrCat(AboutOf(path), ": ", status.status().message()));
  struct stat info;
  if (stat(DataOf(path).c_str(), &info) != 0) return ErrnoError(errno, absl::StrCat("stat ", DataOf(path)));
  status->offset = info.st_size;
  status->updated_at = absl::TimeFromTimespec(info.st_mtim);
  return status;
}

absl::StatusOr<IngestStatus> IngestStore::StartOrFind(const std::string& path, const std::string& ref,
                                                      const Expected& expected, const std::string& owner) {
  absl::StatusOr<IngestStatus> found = StatusAt(path);
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
  absl::Status made = file::MakeDirectories(path);
  if (made.ok()) made = file::WriteFileAtomically(AboutOf(path), ToJson(status), {.mode = 0600, .sync = false});
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

absl::StatusOr<IngestStore::Hashed> IngestStore::HashOf(const Context& context, const std::string& path,
                                                        const IngestStatus& status, const Expected& expected) {
  {
    absl::MutexLock lock(&mutex_);
    std::optional<Hashed>& known = known_[path];
    std::optional<Hashed> hashed = std::exchange(known, std::nullopt);
    if (hashed.has_value() && hashed->size == status.offset) return *std::move(hashed);
  }
  const std::optional<Digest>& digest = expected.digest.has_value() ? expected.digest : status.expected.digest;
  Hasher hasher = HasherFor(digest);
  if (status.offset == 0) return Hashed{std::move(hasher), 0};
  ABSL_ASSIGN_OR_RETURN(hasher, HashFile(context, DataOf(path), std::move(hasher)));
  return Hashed{std::move(hasher), status.offset};
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
    chmod(DataOf(path).c_str(), kDataMode);
    // Data that nothing is known about may be there: of an ingest whose removal was interrupted.
    const int emptied = status.offset == 0 ? O_TRUNC : 0;
    file::Fd fd(
        open64(DataOf(path).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | emptied, kDataMode));
    if (!fd.valid()) return ErrnoError(errno, absl::StrCat("open ", DataOf(path)));
    ABSL_ASSIGN_OR_RETURN(Hashed hashed, HashOf(context, path, status, expected));
    return std::unique_ptr<Ingest>(new Ingest(*this, path, std::move(fd), std::move(status), std::move(hashed)));
  };
  absl::StatusOr<std::unique_ptr<Ingest>> ingest = open();
  if (!ingest.ok()) Unlock(path, std::nullopt);
  return ingest;
}

absl::StatusOr<IngestStatus> IngestStore::Status(const std::string& ref) const {
  absl::StatusOr<IngestStatus> status = StatusAt(PathOf(ref));
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
    absl::StatusOr<IngestStatus> status = StatusAt(path);
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
    const absl::StatusOr<IngestStatus> status = StatusAt(path);
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

Ingest::~Ingest() {
  std::optional<IngestStore::Hashed> hashed;
  if (!ended_) hashed = std::move(hashed_);
  store_.Unlock(path_, std::move(hashed));
}

absl::Status Ingest::RequireOpen() const {
  if (!ended_) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("ref ", status_.ref, " has ended"));
}

absl::Status Ingest::Write(absl::string_view bytes) {
  ABSL_RETURN_IF_ERROR(RequireOpen());
  const int64_t size = static_cast<int64_t>(bytes.size());
  ABSL_RETURN_IF_ERROR(store_.Grow(path_, status_, size));
  if (absl::Status written = file::WriteFully(fd_, bytes, absl::StrCat("ref ", status_.ref)); !written.ok()) {
    ABSL_RETURN_IF_ERROR(store_.Grow(path_, status_, -size));
    // A part may be there, for example when the disk is full; the hash does not have it.
    if (ftruncate64(fd_.number(), status_.offset) != 0) return Annotate(Restart(), written.message());
    return written;
  }
  hashed_.hasher.Update(bytes);
  hashed_.size += size;
  status_.offset = hashed_.size;
  return Touch();
}

absl::Status Ingest::Touch() {
  // The kernel's own times lag behind by some milliseconds, which clients that compare clocks would see.
  status_.updated_at = absl::Now();
  const timespec now = absl::ToTimespec(status_.updated_at);
  const timespec times[] = {now, now};
  if (futimens(fd_.number(), times) != 0) return ErrnoError(errno, absl::StrCat("touch ref ", status_.ref));
  return absl::OkStatus();
}

absl::Status Ingest::Restart() {
  ABSL_RETURN_IF_ERROR(RequireOpen());
  if (ftruncate64(fd_.number(), 0) != 0) return ErrnoError(errno, absl::StrCat("truncate ref ", status_.ref));
  ABSL_RETURN_IF_ERROR(store_.Grow(path_, status_, -status_.offset));
  hashed_ = {HasherFor(status_.expected.digest), 0};
  status_.offset = 0;
  return absl::OkStatus();
}

absl::StatusOr<Digest> Ingest::DigestAs(const Context& context, const Expected& expected) {
  const Digest digest = hashed_.hasher.Current();
  if (!expected.digest.has_value() || expected.digest->algorithm() == digest.algorithm()) return digest;
  ABSL_ASSIGN_OR_RETURN(const Hasher hasher, HashFile(context, DataOf(path_), Hasher(*expected.digest)));
  return hasher.Current();
}

absl::Status Ingest::MoveToBlobs(const Digest& digest, bool* moved) {
  const std::string blob = store_.blobs_.PathOf(digest);
  const std::string directory = std::filesystem::path(blob).parent_path();
  std::error_code error;
  if (std::filesystem::exists(blob, error)) return Exists(digest);
  ABSL_RETURN_IF_ERROR(Touch());
  // What may fail goes first.
  ABSL_RETURN_IF_ERROR(file::MakeDirectories(directory));
  ABSL_ASSIGN_OR_RETURN(const file::Fd opened, file::OpenDirectory(directory));
  SetOwner(fd_, status_.owner);
  if (fchmod(fd_.number(), 0444) != 0 || fsync(fd_.number()) != 0) {
    return ErrnoError(errno, absl::StrCat("sync ref ", status_.ref));
  }
  ABSL_RETURN_IF_ERROR(fd_.Close(absl::StrCat("ref ", status_.ref)));
  if (Rename(DataOf(path_), blob) != 0) {
    return errno == EEXIST ? Exists(digest) : ErrnoError(errno, absl::StrCat("create ", blob));
  }
  *moved = true;
  return file::SyncOpenDirectory(opened, directory);
}

absl::StatusOr<Descriptor> Ingest::Commit(const Context& context, const Expected& expected) {
  ABSL_RETURN_IF_ERROR(RequireOpen());
  ABSL_ASSIGN_OR_RETURN(const Digest digest, DigestAs(context, expected));
  const Descriptor wanted{.digest = expected.digest.value_or(digest), .size = expected.size.value_or(status_.offset)};
  ABSL_RETURN_IF_ERROR(Verify(wanted, digest, status_.offset));
  ended_ = true;
  bool moved = false;
  const absl::Status committed = MoveToBlobs(digest, &moved);
  if (!moved && ReasonOf(committed) != Reason::kConflict) {
    chmod(DataOf(path_).c_str(), kDataMode);  // the next writer goes on
    return committed;
  }
  store_.CountEnd(path_, moved ? Budget::Ended::kCommitted : Budget::Ended::kDropped);
  // The blob counts from when it has its name. What cannot be removed of the ingest is Expire's.
  std::error_code stays;
  std::filesystem::remove_all(path_, stays);
  ABSL_RETURN_IF_ERROR(committed);
  return Descriptor{.digest = digest, .size = status_.offset};
}

}  // namespace waybill::oci::content::store
