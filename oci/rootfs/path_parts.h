// SPDX-License-Identifier: Apache-2.0
// The parts of a path that is followed through a tree, with what symbolic links put in their place.
#ifndef WAYBILL_OCI_ROOTFS_PATH_PARTS_H_
#define WAYBILL_OCI_ROOTFS_PATH_PARTS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace waybill::oci::rootfs {

// Not thread-safe.
class PathParts {
 public:
  explicit PathParts(absl::string_view path) { Push(path); }

  bool empty() const { return rest_.empty(); }

  // The next part; there must be one.
  std::string Next() {
    std::string part = std::move(rest_.back());
    rest_.pop_back();
    return part;
  }

  // Puts the target of a link before the parts that are left. False when there were too many links: more than Linux
  // follows.
  bool Follow(absl::string_view target) {
    Push(target);
    return ++links_ <= kMostLinks;
  }

 private:
  static constexpr int kMostLinks = 40;

  void Push(absl::string_view parts) {
    const std::vector<std::string> split = absl::StrSplit(parts, '/', absl::SkipEmpty());
    rest_.insert(rest_.end(), split.rbegin(), split.rend());
  }

  std::vector<std::string> rest_;  // the next one last
  int links_ = 0;
};

}  // namespace waybill::oci::rootfs

#endif  // WAYBILL_OCI_ROOTFS_PATH_PARTS_H_
