// SPDX-License-Identifier: Apache-2.0
#include "oci/rootfs/folder.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "oci/path.h"

namespace waybill::oci::rootfs {

std::string PathInFolder(absl::string_view folder, absl::string_view path) {
  return folder.empty() ? std::string(path) : absl::StrCat(folder, "/", path);
}

std::string TargetInFolder(absl::string_view folder, absl::string_view target) {
  const bool moves = !folder.empty() && absl::StartsWith(target, "/");
  return moves ? path::Join({"/", folder, target}) : std::string(target);
}

}  // namespace waybill::oci::rootfs
