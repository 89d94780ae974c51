// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/store/shares.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::service::store {
namespace {

// How much too large it would be.
int64_t Beyond(int64_t limit, int64_t have, int64_t more) {
  return limit == 0 || more <= 0 ? 0 : std::max<int64_t>(have + more - limit, 0);
}

absl::Status Refused(absl::string_view client, absl::string_view what, int64_t limit, absl::string_view flag,
                     absl::string_view advice) {
  return oci::StorageError(
      absl::StrCat("client ", client, " would have more than ", limit, " ", what, " here (", flag, "): ", advice));
}

}  // namespace

absl::Status Shares::CheckLocked(absl::string_view client, const Share& more) const {
  const auto found = by_client_.find(client);
  const Share own = found == by_client_.end() ? Share() : found->second;
  if (Beyond(limits_.client_uploads, own.uploads, more.uploads) > 0) {
    return Refused(client, "unfinished uploads", limits_.client_uploads, "--client-uploads",
                   "finish or abort some of them");
  }
  if (Beyond(limits_.client_blobs, own.blobs + own.uploads, more.blobs + more.uploads) > 0) {
    return Refused(client, "blobs and uploads", limits_.client_blobs, "--client-blobs",
                   "those that may go are in use; delete some of them, or their leases");
  }
  if (Beyond(limits_.client_bytes, own.bytes, more.bytes) > 0) {
    return Refused(client, "bytes", limits_.client_bytes, "--client-bytes",
                   absl::StrCat("it has ", own.bytes, ", and ", more.bytes,
                                " are to come; blobs that may go are in use; delete some of them, or their leases"));
  }
  if (Beyond(limits_.quota, all_.bytes, more.bytes) > 0) {
    return oci::StorageError(absl::StrCat(
        "the store has no room for ", more.bytes, " bytes: ", all_.bytes, " of its quota of ", limits_.quota,
        " bytes are used (--store-quota), by blobs that are in use and by unfinished uploads; delete some of them, or "
        "leases, or try again later"));
  }
  return absl::OkStatus();
}

void Shares::Apply(absl::string_view client, const Share& more) {
  Share& own = by_client_[client];
  for (Share* const share : {&own, &all_}) {
    share->bytes += more.bytes;
    share->blobs += more.blobs;
    share->uploads += more.uploads;
  }
  if (own.bytes == 0 && own.blobs == 0 && own.uploads == 0) by_client_.erase(client);
}

absl::Status Shares::Add(absl::string_view client, const Share& more) {
  absl::MutexLock lock(&mutex_);
  ABSL_RETURN_IF_ERROR(CheckLocked(client, more));
  Apply(client, more);
  return absl::OkStatus();
}

absl::Status Shares::Check(absl::string_view client, const Share& more) const {
  absl::MutexLock lock(&mutex_);
  return CheckLocked(client, more);
}

void Shares::Count(absl::string_view client, const Share& more) {
  absl::MutexLock lock(&mutex_);
  Apply(client, more);
}

Share Shares::of(absl::string_view client) const {
  absl::MutexLock lock(&mutex_);
  const auto own = by_client_.find(client);
  return own == by_client_.end() ? Share() : own->second;
}

Share Shares::all() const {
  absl::MutexLock lock(&mutex_);
  return all_;
}

Room Shares::Lacking(const Share& more) const {
  return {.bytes = Beyond(limits_.quota, all().bytes, more.bytes), .blobs = 0};
}

Room Shares::LackingOf(absl::string_view client, const Share& more) const {
  const Share own = of(client);
  return {.bytes = Beyond(limits_.client_bytes, own.bytes, more.bytes),
          .blobs = Beyond(limits_.client_blobs, own.blobs + own.uploads, more.blobs + more.uploads)};
}

}  // namespace waybill::exporter::service::store
