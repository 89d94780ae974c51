// SPDX-License-Identifier: Apache-2.0
#include "exporter/files/file_digests.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/io/adapters.h"
#include "oci/io/hashing.h"
#include "oci/rootfs/walk.h"
#include "oci/status_macros.h"
#include "oci/words/quote.h"

namespace waybill::exporter::files {
namespace {

using oci::rootfs::InodeId;
using oci::rootfs::Kind;
using oci::rootfs::Step;

}  // namespace

class FileDigests::Reader : public oci::rootfs::Visitor {
 public:
  Reader(PlatformFiles& files, std::vector<Hash>& hashes) : files_(files), hashes_(hashes) {}

  absl::Status Visit(const oci::Context& context, const Step& step) override {
    if (step.inode.kind != Kind::kFile) return absl::OkStatus();
    if (step.inode.names == 1) return Read(context, step);
    const auto [row, is_new] = linked_.try_emplace(files_.tree.inode_of(step.node), hashes_.size());
    if (is_new) return Read(context, step);
    hashes_.push_back(Hash(hashes_[row->second]));
    return absl::OkStatus();
  }
  absl::Status Leave(const oci::Context&, const Step&) override { return absl::OkStatus(); }

 private:
  absl::Status Read(const oci::Context& context, const Step& step) {
    oci::io::NullWriter nowhere;
    oci::io::HashingWriter sink(nowhere, oci::Hasher());
    const absl::Status copied = files_.contents->Copy(context, files_.tree, step.inode, sink);
    if (!copied.ok()) return oci::Annotate(copied, absl::StrCat("\"", oci::words::Quoted(step.path), "\""));
    const std::string bytes = absl::HexStringToBytes(sink.digest().hex());
    std::copy_n(bytes.begin(), std::min(bytes.size(), sizeof(Hash)), hashes_.emplace_back().begin());
    return absl::OkStatus();
  }

  PlatformFiles& files_;
  std::vector<Hash>& hashes_;
  absl::flat_hash_map<InodeId, size_t> linked_;  // files with several names, and their hashes
};

class FileDigests::Teller : public oci::rootfs::Visitor {
 public:
  Teller(const std::vector<Hash>& hashes,
         absl::FunctionRef<absl::Status(const std::string& path, const std::string& hex)> visit)
      : hashes_(hashes), visit_(visit) {}

  absl::Status Visit(const oci::Context&, const Step& step) override {
    if (step.inode.kind != Kind::kFile) return absl::OkStatus();
    const Hash& hash = hashes_[next_++];
    return visit_(step.path, absl::BytesToHexString({reinterpret_cast<const char*>(hash.data()), hash.size()}));
  }
  absl::Status Leave(const oci::Context&, const Step&) override { return absl::OkStatus(); }

 private:
  const std::vector<Hash>& hashes_;
  absl::FunctionRef<absl::Status(const std::string& path, const std::string& hex)> visit_;
  size_t next_ = 0;
};

absl::StatusOr<FileDigests> FileDigests::Compute(const oci::Context& context, PlatformFiles& files) {
  FileDigests digests;
  Reader reader(files, digests.hashes_);
  ABSL_RETURN_IF_ERROR(oci::rootfs::Walk(context, files.tree, files.start, reader));
  return digests;
}

absl::Status FileDigests::Visit(
    const oci::Context& context, const PlatformFiles& files,
    absl::FunctionRef<absl::Status(const std::string& path, const std::string& hex)> visit) const {
  Teller teller(hashes_, visit);
  return oci::rootfs::Walk(context, files.tree, files.start, teller);
}

}  // namespace waybill::exporter::files
