// SPDX-License-Identifier: Apache-2.0
// Where files are while they are written: a directory that is new stays under a hidden name until it is complete. Part
// of directory_output.
#ifndef WAYBILL_OCI_ROOTFS_DISK_PLACEMENT_H_
#define WAYBILL_OCI_ROOTFS_DISK_PLACEMENT_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "oci/file/fd.h"
#include "oci/rootfs/disk/marker.h"

namespace waybill::oci::rootfs::disk {

// The last part of a path, and what is before it ("" for a single name).
std::string NameOf(const std::string& path);
std::string ParentOf(const std::string& path);

// Paths count from the root and are those at the end ("a/b"); this knows where they are meanwhile. At most one
// directory is hidden at a time, with all that is below it. Not thread-safe.
class Placement {
 public:
  // `marker` is in `root`.
  Placement(file::Fd root, std::unique_ptr<Marker> marker)
      : root_(std::move(root)), marker_(std::move(marker)), hidden_(marker_->hidden()) {}

  const file::Fd& root() const { return root_; }
  const std::string& hidden() const { return hidden_; }
  // Whether what is written now is in a hidden directory.
  bool IsHiding() const { return hiding_.has_value(); }

  // The open directory that holds the path; valid until the next call.
  absl::StatusOr<const file::Fd*> Parent(const std::string& path);
  // The directory `path` itself; valid until the next call.
  absl::StatusOr<const file::Fd*> Open(const std::string& path);
  // Before something that is to be `path` gets the hidden name in its directory.
  absl::Status Announce(const std::string& path) { return marker_->Note(ParentOf(path)); }
  // Makes the directory `path` under the hidden name. Nothing may be hidden.
  absl::Status Hide(const std::string& path);
  // Gives the directory its name when it is the hidden one; what has the name goes.
  absl::Status Reveal(const std::string& path);
  // Removes what is hidden.
  absl::Status Discard();
  // Nothing will be hidden any more: the marker goes.
  absl::Status Finish() { return marker_->Remove(); }

 private:
  // Where the path is now.
  std::string Now(const std::string& path) const;

  const file::Fd root_;
  std::unique_ptr<Marker> marker_;
  const std::string hidden_;
  std::optional<std::string> hiding_;  // the directory that has the hidden name
  file::Fd current_;
  std::string current_path_;
};

}  // namespace waybill::oci::rootfs::disk

#endif  // WAYBILL_OCI_ROOTFS_DISK_PLACEMENT_H_
