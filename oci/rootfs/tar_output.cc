// SPDX-License-Identifier: Apache-2.0
#include "oci/rootfs/tar_output.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/rootfs/folder.h"
#include "oci/rootfs/walk.h"
#include "oci/status_macros.h"
#include "oci/words/quote.h"

namespace waybill::oci::rootfs {
namespace {

char TypeOf(Kind kind) {
  switch (kind) {
    case Kind::kDirectory:
      return tar::kDirectory;
    case Kind::kFile:
      return tar::kFile;
    case Kind::kSymlink:
      return tar::kSymlink;
    case Kind::kCharDevice:
      return tar::kCharDevice;
    case Kind::kBlockDevice:
      return tar::kBlockDevice;
    case Kind::kFifo:
      return tar::kFifo;
  }
  return tar::kFile;
}

tar::Time TimeOf(int64_t nanoseconds) {
  constexpr int64_t kSecond = 1'000'000'000;
  int64_t seconds = nanoseconds / kSecond;
  int64_t rest = nanoseconds % kSecond;
  if (rest < 0) {
    rest += kSecond;
    --seconds;
  }
  return {seconds, static_cast<int32_t>(rest)};
}

class TarVisitor : public Visitor {
 public:
  TarVisitor(const Tree& tree, LayerFiles& files, const TarOptions& options, tar::Writer& to)
      : tree_(tree), files_(files), options_(options), to_(to) {}

  absl::Status WriteFolder() {
    tar::Entry entry{.name = options_.folder + "/", .type = tar::kDirectory, .mode = 0755};
    entry.mtime.seconds = options_.epoch.value_or(0);
    return to_.Begin(entry);
  }

  absl::Status Visit(const Context& context, const Step& step) override {
    const tar::Entry entry = EntryOf(step);
    absl::Status status = to_.Begin(entry);
    if (status.ok() && entry.type == tar::kFile) status = files_.Copy(context, tree_, step.inode, to_);
    return Annotate(status, absl::StrCat("\"", words::Quoted(step.path), "\""));
  }

  absl::Status Leave(const Context&, const Step&) override { return absl::OkStatus(); }

 private:
  tar::Entry EntryOf(const Step& step) const {
    const Inode& inode = step.inode;
    tar::Entry entry;
    entry.name = PathInFolder(options_.folder, step.path);
    entry.type = TypeOf(inode.kind);
    entry.mode = inode.kind == Kind::kSymlink ? 0777 : inode.mode;
    entry.uid = inode.uid;
    entry.gid = inode.gid;
    entry.mtime = options_.epoch.has_value() ? tar::Time{*options_.epoch, 0} : TimeOf(inode.mtime);
    // The writer rounds the times of an entry whose form nobody says.
    if (options_.exact_times && entry.mtime.nanoseconds != 0) entry.format = tar::Format::kPax;
    if (inode.kind == Kind::kDirectory) entry.name += "/";
    if (inode.kind == Kind::kCharDevice || inode.kind == Kind::kBlockDevice) {
      entry.device_major = static_cast<int64_t>(static_cast<uint64_t>(inode.place) >> 32);
      entry.device_minor = static_cast<uint32_t>(inode.place);
    }
    if (inode.kind == Kind::kSymlink) entry.link = TargetInFolder(options_.folder, tree_.TargetOf(inode));
    if (!step.linked_to.empty()) {
      entry.type = tar::kHardLink;
      entry.link = PathInFolder(options_.folder, step.linked_to);
    }
    if (entry.type == tar::kFile) entry.size = inode.size;
    for (const auto& [name, value] : tree_.XattrsOf(inode)) {
      if (!absl::StartsWith(name, kLeftOutXattrs)) entry.records.emplace(absl::StrCat(tar::kXattrPrefix, name), value);
    }
    return entry;
  }

  const Tree& tree_;
  LayerFiles& files_;
  const TarOptions& options_;
  tar::Writer& to_;
};

}  // namespace

absl::Status WriteTar(const Context& context, const Tree& tree, LayerFiles& files, const TarOptions& options,
                      tar::Writer& to) {
  TarVisitor visitor(tree, files, options, to);
  if (!options.folder.empty()) ABSL_RETURN_IF_ERROR(visitor.WriteFolder());
  return Walk(context, tree, options.start, visitor);
}

}  // namespace waybill::oci::rootfs
