// SPDX-License-Identifier: Apache-2.0
// What a killed process left in a destination, found again: a file in the destination says under which name, and in
// which directory, something waits for its own name. Part of directory_output.
#ifndef WAYBILL_OCI_ROOTFS_DISK_MARKER_H_
#define WAYBILL_OCI_ROOTFS_DISK_MARKER_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "oci/file/fd.h"

namespace waybill::oci::rootfs::disk {

// The file ".waybill-<16 hex digits>" in the destination, locked (flock) as long as this lives. It goes with this, and
// stays when the process is killed. Not thread-safe.
class Marker {
 public:
  // `root` is the open destination.
  static absl::StatusOr<std::unique_ptr<Marker>> Create(const file::Fd& root);
  ~Marker();
  Marker(const Marker&) = delete;
  Marker& operator=(const Marker&) = delete;

  // What something may be called until it gets its own name.
  std::string hidden() const;
  // From now on it may be in the directory with this path from the root ("" is the root itself). Cheap when it is the
  // directory of before.
  absl::Status Note(const std::string& directory);
  // Removes the file. Nothing may have the hidden name any more.
  absl::Status Remove();

 private:
  Marker(file::Fd root, std::string name, file::Fd fd)
      : root_(std::move(root)), name_(std::move(name)), fd_(std::move(fd)) {}

  const file::Fd root_;
  const std::string name_;
  const file::Fd fd_;
  std::string noted_;
  bool removed_ = false;
};

// Removes the markers of killed processes, with what they were about to name. Safe beside other processes that write
// into the destination: what is locked, or belongs to another user, stays. What cannot be removed stays with its
// marker.
void RemoveLeftovers(const file::Fd& root);

// Removes the directories with a hidden name (".waybill-<16 hex digits>") in `parent` that belong to this user and that
// nobody has locked, with everything in them.
void RemoveAbandonedDirectories(const std::string& parent);

}  // namespace waybill::oci::rootfs::disk

#endif  // WAYBILL_OCI_ROOTFS_DISK_MARKER_H_
