// SPDX-License-Identifier: Apache-2.0
// A directory that is there with all that is in it, or not at all. Part of directory_output.
#ifndef WAYBILL_OCI_ROOTFS_DISK_NEW_DIRECTORY_H_
#define WAYBILL_OCI_ROOTFS_DISK_NEW_DIRECTORY_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "oci/file/fd.h"

namespace waybill::oci::rootfs::disk {

// Has a hidden name beside its own until Commit, and only this user may enter it. Dropped without Commit, it goes with
// everything in it and with the parents that were made for it. It is locked (flock): what a killed process leaves
// is removed by the next Create beside it. Not thread-safe.
class NewDirectory {
 public:
  // `path` must not exist. Parents are made where they are missing.
  static absl::StatusOr<std::unique_ptr<NewDirectory>> Create(const std::string& path);
  ~NewDirectory();
  NewDirectory(const NewDirectory&) = delete;
  NewDirectory& operator=(const NewDirectory&) = delete;

  const std::string& hidden_path() const { return hidden_; }
  // Fails when somebody has made `path` meanwhile.
  absl::Status Commit();

 private:
  // False when another process has taken it before it was locked.
  absl::StatusOr<bool> Make();

  NewDirectory(std::string path, std::vector<std::string> parents)
      : path_(std::move(path)), parents_(std::move(parents)) {}

  const std::string path_;
  const std::vector<std::string> parents_;  // that were made, outermost first
  std::string hidden_;                      // empty: not made, or committed
  file::Fd lock_;                           // the directory
  mode_t mode_ = 0;                         // as the umask has it
  bool committed_ = false;
};

}  // namespace waybill::oci::rootfs::disk

#endif  // WAYBILL_OCI_ROOTFS_DISK_NEW_DIRECTORY_H_
