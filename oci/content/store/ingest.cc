// SPDX-License-Identifier: Apache-2.0
#include "oci/content/store/ingest.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "oci/content/store/ingest_store.h"
#include "oci/content/store/owner.h"
#include "oci/error.h"
#include "oci/file/atomic_file.h"
#include "oci/file/file.h"
#include "oci/status_macros.h"

namespace waybill::oci::content::store {
namespace {

absl::Status Exists(const Digest& digest) {
  return MakeError(Reason::kConflict, absl::StrCat("content ", digest.ToString(), ": already exists"));
}

// EEXIST when another writer was faster, on file systems that can tell; there is one blob of a digest, whoever wins.
int Rename(const std::string& from, const std::string& to) {
  const int renamed = renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE);
  return renamed != 0 && errno == EINVAL ? rename(from.c_str(), to.c_str()) : renamed;
}

}  // namespace

Ingest::~Ingest() {
  std::optional<HashedBytes> hashed;
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
  ABSL_ASSIGN_OR_RETURN(const Hasher hasher, HashIngestData(context, path_, Hasher(*expected.digest)));
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
  if (Rename(IngestData(path_), blob) != 0) {
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
    chmod(IngestData(path_).c_str(), kIngestMode);  // the next writer goes on
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
