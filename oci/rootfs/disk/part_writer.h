// SPDX-License-Identifier: Apache-2.0
// The files of one part, written one after the other. Part of directory_output.
#ifndef WAYBILL_OCI_ROOTFS_DISK_PART_WRITER_H_
#define WAYBILL_OCI_ROOTFS_DISK_PART_WRITER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "oci/context.h"
#include "oci/file/fd.h"
#include "oci/rootfs/disk/directory_output.h"
#include "oci/rootfs/disk/placement.h"
#include "oci/rootfs/walk.h"

namespace waybill::oci::rootfs::disk {

// What the parts of one destination share.
struct DirectoryState {
  Placement placement;
  DirectoryReport report;
  std::vector<std::string> found;  // directories that were there before
};

class PartWriter : public Visitor {
 public:
  // `empty`: the destination is new and has nothing yet, so that no name is taken. The references must outlive this.
  PartWriter(const DirectoryPart& part, const DirectoryOptions& options, bool empty, DirectoryState& state)
      : part_(part),
        options_(options),
        empty_(empty),
        placement_(state.placement),
        report_(state.report),
        state_(state) {}

  absl::Status Write(const Context& context);

 private:
  absl::Status Visit(const Context& context, const Step& step) override;
  absl::Status Leave(const Context& context, const Step& directory) override;

  int64_t TimeOf(const Inode& inode) const;
  absl::Status MakeDirectory(const std::string& path);
  // A directory that was there: made writable for the time being.
  absl::Status TakeDirectory(const file::Fd& directory, const std::string& path);
  absl::Status FinishDirectory(const std::string& path, const Inode& inode, absl::Span<const Xattr> xattrs,
                               int64_t mtime);
  absl::Status MakeFile(const Context& context, const std::string& path, const Step& step);
  // Makes the file under the name; false when the caller may not.
  absl::StatusOr<bool> MakeInode(const Context& context, const file::Fd& parent, const std::string& name,
                                 const Step& step);
  absl::Status WriteFile(const Context& context, const file::Fd& parent, const std::string& name, const Step& step);
  absl::StatusOr<bool> MakeSpecial(const file::Fd& parent, const std::string& name, const Inode& inode);
  absl::Status MakeHardLink(const std::string& path, const std::string& name, const std::string& target);
  // Moves a file from the hidden name to its own.
  absl::Status GiveName(const file::Fd& parent, const std::string& name);

  const DirectoryPart& part_;
  const DirectoryOptions& options_;
  const bool empty_;
  Placement& placement_;
  DirectoryReport& report_;
  DirectoryState& state_;
  absl::flat_hash_set<InodeId> left_out_;
};

}  // namespace waybill::oci::rootfs::disk

#endif  // WAYBILL_OCI_ROOTFS_DISK_PART_WRITER_H_
