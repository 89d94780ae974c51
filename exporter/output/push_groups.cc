// SPDX-License-Identifier: Apache-2.0
#include "exporter/output/push_groups.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/image/reference.h"

namespace waybill::exporter::output {
namespace {

// The element whose `member` is `value`, added at the end when there is none.
template <typename T>
T& FindOrAdd(std::vector<T>& list, std::string T::*member, const std::string& value) {
  const auto found = std::find_if(list.begin(), list.end(), [&](const T& item) { return item.*member == value; });
  if (found != list.end()) return *found;
  list.emplace_back();
  list.back().*member = value;
  return list.back();
}

}  // namespace

absl::StatusOr<std::vector<RegistryPush>> GroupNames(const std::vector<std::string>& names, bool by_digest) {
  std::vector<RegistryPush> registries;
  for (const std::string& name : names) {
    const absl::StatusOr<oci::image::Reference> reference = oci::image::Reference::Parse(name);
    if (!reference.ok()) return oci::Annotate(reference.status(), absl::StrCat("failed to push ", name));
    RegistryPush& registry = FindOrAdd(registries, &RegistryPush::domain, reference->domain());
    RepositoryPush& push = FindOrAdd(registry.repositories, &RepositoryPush::repository, reference->path());
    push.names.push_back(name);
    const std::string tag = by_digest ? "" : reference->WithDefaultTag().tag();
    if (!tag.empty() && std::count(push.tags.begin(), push.tags.end(), tag) == 0) push.tags.push_back(tag);
  }
  return registries;
}

}  // namespace waybill::exporter::output
