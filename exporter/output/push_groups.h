// SPDX-License-Identifier: Apache-2.0
// Names sorted into pushes: by registry, then by repository.
#ifndef WAYBILL_EXPORTER_OUTPUT_PUSH_GROUPS_H_
#define WAYBILL_EXPORTER_OUTPUT_PUSH_GROUPS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace waybill::exporter::output {

// One repository with everything that is asked of it.
struct RepositoryPush {
  std::string repository;          // "library/app"
  std::vector<std::string> names;  // as they were given
  std::vector<std::string> tags;   // each once; names with a digest alone, and all with `by_digest`, have none
};

struct RegistryPush {
  std::string domain;  // "docker.io", "localhost:5000"
  std::vector<RepositoryPush> repositories;
};

// In the order of the names. A name without tag and digest has the tag "latest"; the digest in a name is not looked
// at, as in BuildKit. Errors: INVALID_ARGUMENT, `failed to push <name>: ...`.
absl::StatusOr<std::vector<RegistryPush>> GroupNames(const std::vector<std::string>& names, bool by_digest);

}  // namespace waybill::exporter::output

#endif  // WAYBILL_EXPORTER_OUTPUT_PUSH_GROUPS_H_
