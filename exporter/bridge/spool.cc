// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/spool.h"

#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::bridge {

absl::StatusOr<std::unique_ptr<oci::content::BlobWriter>> Spool::NewWriter(const oci::Context& context) {
  ABSL_ASSIGN_OR_RETURN(oci::content::FileStore* const files, Open());
  return files->NewWriter(context);
}

absl::StatusOr<std::unique_ptr<oci::io::Source>> Spool::Fetch(const oci::Context& context,
                                                              const oci::Descriptor& descriptor) {
  oci::content::FileStore* const files = Find();
  if (files == nullptr) return oci::content::BlobNotFound(descriptor.digest);
  return files->Fetch(context, descriptor);
}

oci::content::FileStore* Spool::Find() const {
  absl::MutexLock lock(&mutex_);
  return files_ == nullptr ? nullptr : &files_->store();
}

absl::StatusOr<oci::content::FileStore*> Spool::Open() {
  if (oci::content::FileStore* const files = Find(); files != nullptr) return files;
  absl::StatusOr<std::unique_ptr<oci::content::TemporaryStore>> made = oci::content::TemporaryStore::Create(parent_);
  if (!made.ok()) return oci::Annotate(made.status(), "spool");
  absl::MutexLock lock(&mutex_);
  // One of two writers that come first at the same time made it in vain; that one is removed again.
  if (files_ == nullptr) files_ = *std::move(made);
  return &files_->store();
}

}  // namespace waybill::exporter::bridge
