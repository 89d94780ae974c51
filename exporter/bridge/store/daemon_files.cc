// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/store/daemon_files.h"

#include "exporter/bridge/store/find_store.h"
#include "oci/status_macros.h"

namespace waybill::exporter::bridge::store {
namespace {

constexpr absl::Duration kBetweenSearches = absl::Seconds(1);
// Longer than a daemon takes that is there.
constexpr absl::Duration kSearchTime = absl::Seconds(2);

}  // namespace

std::shared_ptr<BlobDirectory> DaemonFiles::directory() {
  absl::MutexLock lock(&mutex_);
  return directory_;
}

bool DaemonFiles::TakeTurn() {
  const absl::Time now = deps_.clock.Now();
  absl::MutexLock lock(&mutex_);
  if (now < next_search_) return false;
  next_search_ = now + kBetweenSearches;
  return true;
}

absl::Status DaemonFiles::Find(const oci::Context& context) {
  ABSL_ASSIGN_OR_RETURN(const DaemonProcess process, deps_.process());
  ABSL_ASSIGN_OR_RETURN(std::shared_ptr<BlobDirectory> found,
                        FindStore(context.WithDeadline(deps_.clock.Now() + kSearchTime), process, deps_.api));
  const std::string path = found->path();
  bool news = false;
  {
    absl::MutexLock lock(&mutex_);
    news = directory_ == nullptr || directory_->path() != path;
    directory_ = std::move(found);
  }
  if (news && deps_.on_found != nullptr) deps_.on_found(path);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<oci::io::Source>> DaemonFiles::Fetch(const oci::Context& context,
                                                                    const oci::Descriptor& descriptor) {
  const std::shared_ptr<BlobDirectory> first = directory();
  if (first != nullptr) {
    absl::StatusOr<std::unique_ptr<oci::io::Source>> source = first->Fetch(context, descriptor);
    if (source.ok()) return source;
  }
  ABSL_RETURN_IF_ERROR(context.Check());
  if (!TakeTurn() || !Find(context).ok()) return oci::content::BlobNotFound(descriptor.digest);
  absl::StatusOr<std::unique_ptr<oci::io::Source>> source = directory()->Fetch(context, descriptor);
  if (source.ok()) return source;
  return oci::content::BlobNotFound(descriptor.digest);
}

}  // namespace waybill::exporter::bridge::store
