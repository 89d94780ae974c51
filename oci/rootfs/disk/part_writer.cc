// SPDX-License-Identifier: Apache-2.0
#include "oci/rootfs/disk/part_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/io/stream.h"
#include "oci/rootfs/disk/beneath.h"
#include "oci/rootfs/disk/metadata.h"
#include "oci/rootfs/folder.h"
#include "oci/status_macros.h"
#include "oci/words/quote.h"

namespace waybill::oci::rootfs::disk {
namespace {

constexpr int kNewFileFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
constexpr int kDirectoryFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

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

absl::Status At(const absl::Status& status, const std::string& path) {
  if (status.ok()) return status;
  return Annotate(status, absl::StrCat("\"", words::Quoted(path), "\""));
}

}  // namespace

absl::Status PartWriter::Write(const Context& context) {
  const Inode folder{.mtime = part_.epoch.value_or(0) * 1'000'000'000, .mode = 0755};
  if (!part_.folder.empty()) ABSL_RETURN_IF_ERROR(MakeDirectory(part_.folder));
  ABSL_RETURN_IF_ERROR(Walk(context, part_.tree, part_.start, *this));
  if (part_.folder.empty()) return absl::OkStatus();
  return FinishDirectory(part_.folder, folder, {}, folder.mtime);
}

absl::Status PartWriter::Visit(const Context& context, const Step& step) {
  const std::string path = PathInFolder(part_.folder, step.path);
  return At(step.inode.kind == Kind::kDirectory ? MakeDirectory(path) : MakeFile(context, path, step), path);
}

absl::Status PartWriter::Leave(const Context&, const Step& step) {
  const std::string path = PathInFolder(part_.folder, step.path);
  return At(FinishDirectory(path, step.inode, part_.tree.XattrsOf(step.inode), TimeOf(step.inode)), path);
}

int64_t PartWriter::TimeOf(const Inode& inode) const {
  return part_.epoch.has_value() ? *part_.epoch * 1'000'000'000 : inode.mtime;
}

absl::Status PartWriter::MakeDirectory(const std::string& path) {
  ABSL_ASSIGN_OR_RETURN(const file::Fd* const parent, placement_.Parent(path));
  const std::string name = NameOf(path);
  ++report_.files;
  if (placement_.IsHiding() || empty_) {
    return mkdirat(parent->number(), name.c_str(), 0700) == 0 ? absl::OkStatus()
                                                              : ErrnoError(errno, "create the directory");
  }
  const file::Fd old(openat(parent->number(), name.c_str(), kDirectoryFlags));
  return old.valid() ? TakeDirectory(old, path) : placement_.Hide(path);
}

absl::Status PartWriter::TakeDirectory(const file::Fd& directory, const std::string& path) {
  struct stat status;
  if (fstat(directory.number(), &status) != 0) return ErrnoError(errno, "look at the directory");
  // Without success the files in it will say so.
  if ((status.st_mode & 0700) != 0700) (void)fchmod(directory.number(), (status.st_mode & 07777) | 0700);
  if (options_.remove_others) state_.found.push_back(path);
  return absl::OkStatus();
}

absl::Status PartWriter::FinishDirectory(const std::string& path, const Inode& inode, absl::Span<const Xattr> xattrs,
                                         int64_t mtime) {
  ABSL_ASSIGN_OR_RETURN(const file::Fd* const directory, placement_.Open(path));
  ABSL_RETURN_IF_ERROR(SetMetadata({*directory, path, directory}, {inode, xattrs, mtime, options_.owners}, report_));
  return placement_.Reveal(path);
}

absl::Status PartWriter::MakeFile(const Context& context, const std::string& path, const Step& step) {
  const InodeId id = part_.tree.inode_of(step.node);
  if (left_out_.contains(id)) {
    ++report_.devices_left_out;
    return absl::OkStatus();
  }
  const bool direct = placement_.IsHiding() || empty_;
  const std::string name = NameOf(path);
  const std::string& first_name = direct ? name : placement_.hidden();
  if (!direct) ABSL_RETURN_IF_ERROR(placement_.Announce(path));
  absl::StatusOr<bool> made = true;
  if (!step.linked_to.empty()) {
    const absl::Status linked = MakeHardLink(path, first_name, PathInFolder(part_.folder, step.linked_to));
    if (!linked.ok()) made = linked;
  } else {
    ABSL_ASSIGN_OR_RETURN(const file::Fd* const parent, placement_.Parent(path));
    made = MakeInode(context, *parent, first_name, step);
  }
  if (made.ok() && !*made) {
    ++report_.devices_left_out;
    left_out_.insert(id);
    return absl::OkStatus();
  }
  ++report_.files;
  if (direct) return made.status();
  ABSL_ASSIGN_OR_RETURN(const file::Fd* const parent, placement_.Parent(path));
  const absl::Status status = made.ok() ? GiveName(*parent, name) : made.status();
  // It has its name already, or is of no use.
  if (!status.ok()) (void)unlinkat(parent->number(), first_name.c_str(), 0);
  return status;
}

absl::StatusOr<bool> PartWriter::MakeInode(const Context& context, const file::Fd& parent, const std::string& name,
                                           const Step& step) {
  if (step.inode.kind == Kind::kFile) {
    ABSL_RETURN_IF_ERROR(WriteFile(context, parent, name, step));
    return true;
  }
  ABSL_ASSIGN_OR_RETURN(const bool made, MakeSpecial(parent, name, step.inode));
  if (made) {
    ABSL_RETURN_IF_ERROR(SetMetadata(
        {parent, name}, {step.inode, part_.tree.XattrsOf(step.inode), TimeOf(step.inode), options_.owners}, report_));
  }
  return made;
}

absl::Status PartWriter::WriteFile(const Context& context, const file::Fd& parent, const std::string& name,
                                   const Step& step) {
  // In a hidden directory nobody can open it before it has its owner.
  const mode_t mode = placement_.IsHiding() || empty_ ? (step.inode.mode & 0777) | 0600 : 0600;
  file::Fd file(openat(parent.number(), name.c_str(), kNewFileFlags, mode));
  if (!file.valid()) return ErrnoError(errno, "create the file");
  FdWriter writer(file, step.path);
  ABSL_RETURN_IF_ERROR(part_.files.Copy(context, part_.tree, step.inode, writer));
  ABSL_RETURN_IF_ERROR(SetMetadata({parent, name, &file},
                                   {step.inode, part_.tree.XattrsOf(step.inode), TimeOf(step.inode), options_.owners},
                                   report_));
  return file.Close(step.path);
}

absl::StatusOr<bool> PartWriter::MakeSpecial(const file::Fd& parent, const std::string& name, const Inode& inode) {
  if (inode.kind == Kind::kSymlink) {
    const std::string target = TargetInFolder(part_.folder, part_.tree.TargetOf(inode));
    if (symlinkat(target.c_str(), parent.number(), name.c_str()) == 0) return true;
    return ErrnoError(errno, "create the symbolic link");
  }
  const mode_t type = inode.kind == Kind::kFifo ? S_IFIFO : inode.kind == Kind::kCharDevice ? S_IFCHR : S_IFBLK;
  const dev_t device = inode.kind == Kind::kFifo
                           ? 0
                           : makedev(static_cast<unsigned>(static_cast<uint64_t>(inode.place) >> 32),
                                     static_cast<unsigned>(inode.place));
  if (mknodat(parent.number(), name.c_str(), type | 0600, device) == 0) return true;
  if (errno == EPERM && inode.kind != Kind::kFifo) return false;
  return ErrnoError(errno, "create the device");
}

absl::Status PartWriter::MakeHardLink(const std::string& path, const std::string& name, const std::string& target) {
  ABSL_ASSIGN_OR_RETURN(const file::Fd* const from, placement_.Parent(target));
  // The second call may close the first directory.
  const file::Fd kept(fcntl(from->number(), F_DUPFD_CLOEXEC, 0));
  if (!kept.valid()) return ErrnoError(errno, "open the directory of a link's target");
  ABSL_ASSIGN_OR_RETURN(const file::Fd* const parent, placement_.Parent(path));
  if (linkat(kept.number(), NameOf(target).c_str(), parent->number(), name.c_str(), 0) == 0) return absl::OkStatus();
  return ErrnoError(errno, absl::StrCat("link to \"", words::Quoted(target), "\""));
}

absl::Status PartWriter::GiveName(const file::Fd& parent, const std::string& name) {
  const std::string& hidden = placement_.hidden();
  if (renameat(parent.number(), hidden.c_str(), parent.number(), name.c_str()) == 0) return absl::OkStatus();
  if (errno != EISDIR && errno != ENOTEMPTY && errno != EEXIST) return ErrnoError(errno, "name the file");
  ABSL_RETURN_IF_ERROR(RemoveBeneath(parent, name));
  if (renameat(parent.number(), hidden.c_str(), parent.number(), name.c_str()) == 0) return absl::OkStatus();
  return ErrnoError(errno, "name the file");
}

}  // namespace waybill::oci::rootfs::disk
