// SPDX-License-Identifier: Apache-2.0
#include "oci/rootfs/disk/directory_output.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "oci/error.h"
#include "oci/file/fd.h"
#include "oci/rootfs/disk/beneath.h"
#include "oci/rootfs/disk/metadata.h"
#include "oci/rootfs/folder.h"
#include "oci/rootfs/walk.h"
#include "oci/status_macros.h"
#include "oci/words/quote.h"

namespace waybill::oci::rootfs::disk {
namespace {

constexpr int kNewFileFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
constexpr absl::string_view kHiddenPrefix = ".waybill-";

std::string NameOf(const std::string& path) { return path.substr(path.rfind('/') + 1); }
std::string ParentOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  return slash == path.npos ? "" : path.substr(0, slash);
}

// Whether the part has something at the path, which counts from the destination.
bool Has(const DirectoryPart& part, absl::string_view path) {
  if (!part.folder.empty()) {
    if (path == part.folder) return true;
    if (!absl::ConsumePrefix(&path, part.folder + "/")) return false;
  }
  if (!part.tree.IsDirectory(part.start)) return path == part.tree.name(part.start);
  NodeId node = part.start;
  for (const absl::string_view name : absl::StrSplit(path, '/')) {
    const std::optional<NodeId> child = part.tree.Find(node, name);
    if (!child.has_value()) return false;
    node = *child;
  }
  return true;
}

// The open file that is being written.
class FdWriter : public io::Writer {
 public:
  explicit FdWriter(const file::Fd& file, const std::string& name) : file_(file), name_(name) {}
  absl::Status Write(absl::string_view bytes) override { return file::WriteFully(file_, bytes, name_); }
  absl::Status Close() override { return absl::OkStatus(); }

 private:
  const file::Fd& file_;
  const std::string& name_;
};

// Writes the parts into an open directory.
class Output : public Visitor {
 public:
  Output(file::Fd root, std::string hidden, absl::Span<const DirectoryPart> parts, const DirectoryOptions& options)
      : root_(std::move(root)), hidden_(std::move(hidden)), parts_(parts), options_(options) {}

  absl::Status Run(const Context& context) {
    if (options_.remove_others) ABSL_RETURN_IF_ERROR(RemoveOthers(root_, ""));
    for (const DirectoryPart& part : parts_) {
      part_ = &part;
      left_out_.clear();
      const Inode folder{.mtime = part.epoch.value_or(0) * 1'000'000'000, .mode = 0755};
      if (!part.folder.empty()) ABSL_RETURN_IF_ERROR(MakeDirectory(part.folder));
      ABSL_RETURN_IF_ERROR(Walk(context, part.tree, part.start, *this));
      if (!part.folder.empty()) ABSL_RETURN_IF_ERROR(FinishDirectory(part.folder, folder, {}, folder.mtime));
    }
    return absl::OkStatus();
  }

  absl::Status Visit(const Context& context, const Step& step) override {
    const std::string path = PathInFolder(part_->folder, step.path);
    const absl::Status status =
        step.inode.kind == Kind::kDirectory ? MakeDirectory(path) : MakeFile(context, path, step);
    return Annotate(status, absl::StrCat("\"", words::Quoted(path), "\""));
  }

  absl::Status Leave(const Context&, const Step& step) override {
    const std::string path = PathInFolder(part_->folder, step.path);
    const absl::Status status = FinishDirectory(path, step.inode, part_->tree.XattrsOf(step.inode), TimeOf(step.inode));
    return Annotate(status, absl::StrCat("\"", words::Quoted(path), "\""));
  }

  const DirectoryReport& report() const { return report_; }

 private:
  int64_t TimeOf(const Inode& inode) const {
    return part_->epoch.has_value() ? *part_->epoch * 1'000'000'000 : inode.mtime;
  }

  // The open directory that holds the path; stays open for the files that follow.
  absl::StatusOr<const file::Fd*> OpenParent(const std::string& path) {
    std::string parent = ParentOf(path);
    if (!current_.valid() || parent != current_path_) {
      ABSL_ASSIGN_OR_RETURN(current_, OpenBeneath(root_, parent));
      current_path_ = std::move(parent);
    }
    return &current_;
  }

  absl::Status MakeDirectory(const std::string& path) {
    ABSL_ASSIGN_OR_RETURN(const file::Fd* const parent, OpenParent(path));
    const std::string name = NameOf(path);
    ++report_.files;
    if (mkdirat(parent->number(), name.c_str(), 0700) == 0) return absl::OkStatus();
    if (errno != EEXIST) return ErrnoError(errno, "create the directory");
    const file::Fd old(openat(parent->number(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (old.valid()) return TakeDirectory(old, path);
    ABSL_RETURN_IF_ERROR(RemoveBeneath(*parent, name));
    if (mkdirat(parent->number(), name.c_str(), 0700) != 0) return ErrnoError(errno, "create the directory");
    return absl::OkStatus();
  }

  // Makes a directory that was there writable, for the time being.
  absl::Status TakeDirectory(const file::Fd& directory, const std::string& path) {
    struct stat status;
    if (fstat(directory.number(), &status) != 0) return ErrnoError(errno, "look at the directory");
    // Without success the files in it will say so.
    if ((status.st_mode & 0700) != 0700) (void)fchmod(directory.number(), (status.st_mode & 07777) | 0700);
    return options_.remove_others ? RemoveOthers(directory, path) : absl::OkStatus();
  }

  absl::Status RemoveOthers(const file::Fd& directory, const std::string& path) {
    ABSL_ASSIGN_OR_RETURN(const std::vector<std::string> names, NamesIn(directory));
    for (const std::string& name : names) {
      const std::string full = PathInFolder(path, name);
      bool wanted = false;
      for (const DirectoryPart& part : parts_) wanted = wanted || Has(part, full);
      if (wanted) continue;
      ABSL_RETURN_IF_ERROR(RemoveBeneath(directory, name));
      ++report_.removed;
    }
    return absl::OkStatus();
  }

  absl::Status FinishDirectory(const std::string& path, const Inode& inode, absl::Span<const Xattr> xattrs,
                               int64_t mtime) {
    ABSL_ASSIGN_OR_RETURN(const file::Fd* const parent, OpenParent(path));
    ABSL_ASSIGN_OR_RETURN(const file::Fd directory, OpenBeneath(root_, path));
    const std::string name = NameOf(path);
    return SetMetadata({*parent, name, &directory}, {inode, xattrs, mtime, options_.owners}, report_);
  }

  absl::Status MakeFile(const Context& context, const std::string& path, const Step& step) {
    const InodeId id = part_->tree.inode_of(step.node);
    ABSL_ASSIGN_OR_RETURN(const file::Fd* const parent, OpenParent(path));
    if (left_out_.contains(id)) {
      ++report_.devices_left_out;
      return absl::OkStatus();
    }
    absl::StatusOr<bool> made = step.linked_to.empty()
                                    ? MakeInode(context, *parent, step)
                                    : MakeHardLink(*parent, PathInFolder(part_->folder, step.linked_to));
    if (made.ok() && !*made) {
      ++report_.devices_left_out;
      left_out_.insert(id);
      return absl::OkStatus();
    }
    absl::Status status = made.status();
    if (status.ok()) status = GiveName(*parent, NameOf(path));
    // It has its name already, or is of no use.
    if (!status.ok()) (void)unlinkat(parent->number(), hidden_.c_str(), 0);
    return status;
  }

  // Makes the file under the hidden name; false when the caller may not.
  absl::StatusOr<bool> MakeInode(const Context& context, const file::Fd& parent, const Step& step) {
    const Metadata metadata{step.inode, part_->tree.XattrsOf(step.inode), TimeOf(step.inode), options_.owners};
    if (step.inode.kind == Kind::kFile) {
      file::Fd file(openat(parent.number(), hidden_.c_str(), kNewFileFlags, 0600));
      if (!file.valid()) return ErrnoError(errno, "create the file");
      FdWriter writer(file, step.path);
      ABSL_RETURN_IF_ERROR(part_->files.Copy(context, part_->tree, step.inode, writer));
      ABSL_RETURN_IF_ERROR(SetMetadata({parent, hidden_, &file}, metadata, report_));
      ABSL_RETURN_IF_ERROR(file.Close(step.path));
      return true;
    }
    ABSL_ASSIGN_OR_RETURN(const bool made, MakeSpecial(parent, step.inode));
    if (made) ABSL_RETURN_IF_ERROR(SetMetadata({parent, hidden_}, metadata, report_));
    return made;
  }

  absl::StatusOr<bool> MakeSpecial(const file::Fd& parent, const Inode& inode) {
    if (inode.kind == Kind::kSymlink) {
      const std::string target = TargetInFolder(part_->folder, part_->tree.TargetOf(inode));
      if (symlinkat(target.c_str(), parent.number(), hidden_.c_str()) == 0) return true;
      return ErrnoError(errno, "create the symbolic link");
    }
    const mode_t type = inode.kind == Kind::kFifo ? S_IFIFO : inode.kind == Kind::kCharDevice ? S_IFCHR : S_IFBLK;
    const dev_t device = inode.kind == Kind::kFifo
                             ? 0
                             : makedev(static_cast<unsigned>(static_cast<uint64_t>(inode.place) >> 32),
                                       static_cast<unsigned>(inode.place));
    if (mknodat(parent.number(), hidden_.c_str(), type | 0600, device) == 0) return true;
    if (errno == EPERM && inode.kind != Kind::kFifo) return false;
    return ErrnoError(errno, "create the device");
  }

  absl::StatusOr<bool> MakeHardLink(const file::Fd& parent, const std::string& target) {
    ABSL_ASSIGN_OR_RETURN(const file::Fd directory, OpenBeneath(root_, ParentOf(target)));
    if (linkat(directory.number(), NameOf(target).c_str(), parent.number(), hidden_.c_str(), 0) == 0) return true;
    return ErrnoError(errno, absl::StrCat("link to \"", words::Quoted(target), "\""));
  }

  absl::Status GiveName(const file::Fd& parent, const std::string& name) {
    ++report_.files;
    if (renameat(parent.number(), hidden_.c_str(), parent.number(), name.c_str()) == 0) return absl::OkStatus();
    if (errno != EISDIR && errno != ENOTEMPTY && errno != EEXIST) return ErrnoError(errno, "name the file");
    ABSL_RETURN_IF_ERROR(RemoveBeneath(parent, name));
    if (renameat(parent.number(), hidden_.c_str(), parent.number(), name.c_str()) == 0) return absl::OkStatus();
    return ErrnoError(errno, "name the file");
  }

  const file::Fd root_;
  const std::string hidden_;  // the name of a file that is being written
  const absl::Span<const DirectoryPart> parts_;
  const DirectoryOptions& options_;
  const DirectoryPart* part_ = nullptr;    // that is being written
  absl::flat_hash_set<InodeId> left_out_;  // of that part
  file::Fd current_;
  std::string current_path_;
  DirectoryReport report_;
};

}  // namespace

std::string DirectoryReport::Warning() const {
  std::vector<std::string> parts;
  const auto add = [&](int64_t count, absl::string_view one, absl::string_view many) {
    if (count > 0) parts.push_back(count == 1 ? absl::StrCat("1 ", one) : absl::StrCat(count, " ", many));
  };
  add(devices_left_out, "device was left out", "devices were left out");
  add(foreign_owners, "file belongs to you instead of its owner", "files belong to you instead of their owners");
  add(xattrs_left_out, "extended attribute was left out", "extended attributes were left out");
  if (parts.empty()) return "";
  return absl::StrCat(absl::StrJoin(parts, ", "), ", because that needs other rights or another file system");
}

absl::StatusOr<DirectoryReport> WriteDirectory(const Context& context, const std::string& destination,
                                               absl::Span<const DirectoryPart> parts, const DirectoryOptions& options) {
  ABSL_RETURN_IF_ERROR(file::MakeDirectories(destination));
  ABSL_ASSIGN_OR_RETURN(file::Fd root, file::OpenDirectory(destination));
  ABSL_ASSIGN_OR_RETURN(std::string hidden, file::RandomName(kHiddenPrefix));
  Output output(std::move(root), std::move(hidden), parts, options);
  const absl::Status status = output.Run(context);
  if (!status.ok()) return Annotate(status, destination);
  return output.report();
}

}  // namespace waybill::oci::rootfs::disk
