// SPDX-License-Identifier: Apache-2.0
#include "attest/reader/testing/memory_place.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/image/document.h"
#include "oci/io/string.h"

namespace waybill::attest::reader::testing {

absl::StatusOr<std::unique_ptr<oci::io::Source>> MemoryPlace::Fetch(const oci::Context& context,
                                                                    const oci::Descriptor& descriptor) {
  {
    absl::MutexLock lock(&mutex_);
    ++fetches_;
  }
  if (const auto lie = replaced_.find(descriptor.digest); lie != replaced_.end()) {
    return std::make_unique<oci::io::StringSource>(lie->second);
  }
  return store_.Fetch(context, descriptor);
}

absl::StatusOr<oci::Descriptor> MemoryPlace::Resolve(const oci::Context& context, absl::string_view name) {
  if (const absl::Status status = context.Check(); !status.ok()) return status;
  const auto found = names_.find(std::string(name));
  if (found == names_.end()) return oci::NotFoundError(absl::StrCat("there is no image ", name));
  return found->second;
}

absl::StatusOr<oci::content::ReferrerList> MemoryPlace::ListReferrers(const oci::Context& context,
                                                                      const oci::Digest& subject, size_t limit) {
  if (const absl::Status status = context.Check(); !status.ok()) return status;
  oci::content::ReferrerList list;
  const auto found = referrers_.find(subject);
  if (found == referrers_.end()) return list;
  list.referrers = found->second;
  list.is_cut = list.referrers.size() > limit;
  if (list.is_cut) list.referrers.erase(list.referrers.begin() + limit, list.referrers.end());
  return list;
}

oci::Descriptor MemoryPlace::Add(absl::string_view media_type, std::string bytes) {
  oci::image::Document document = oci::image::MakeDocument(media_type, std::move(bytes));
  store_.Add(std::move(document.bytes));
  return document.descriptor;
}

void MemoryPlace::List(const oci::Digest& subject, const oci::Descriptor& entry, oci::content::ReferrerPlace place) {
  referrers_[subject].push_back({.descriptor = entry, .place = place});
}

int MemoryPlace::fetches() const {
  absl::MutexLock lock(&mutex_);
  return fetches_;
}

}  // namespace waybill::attest::reader::testing
