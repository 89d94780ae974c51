// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/store/blob_directory.h"

#include <fcntl.h>

#include "absl/strings/str_cat.h"
#include "exporter/bridge/store/inside.h"
#include "oci/error.h"
#include "oci/file/file.h"
#include "oci/rootfs/disk/beneath.h"
#include "oci/status_macros.h"

namespace waybill::exporter::bridge::store {
namespace {

constexpr char kBlobs[] = "blobs/sha256";

std::string PathOf(const oci::Digest& digest) { return absl::StrCat(kBlobs, "/", digest.hex()); }

class BlobSource final : public oci::io::Source {
 public:
  BlobSource(std::shared_ptr<const oci::file::Fd> directory, std::string name, int64_t size)
      : directory_(std::move(directory)), name_(std::move(name)), size_(size) {}

  int64_t size() const override { return size_; }
  absl::StatusOr<std::unique_ptr<oci::io::Reader>> Open(const oci::Context&, int64_t offset) const override {
    ABSL_ASSIGN_OR_RETURN(oci::file::RegularFile file, OpenFileBeneath(*directory_, name_));
    // Advice only: without it reading is slower, not wrong.
    posix_fadvise(file.fd.number(), offset, size_ - offset, POSIX_FADV_SEQUENTIAL);
    return std::make_unique<oci::file::FileReader>(std::move(file.fd), name_, offset, size_ - offset);
  }

 private:
  const std::shared_ptr<const oci::file::Fd> directory_;
  const std::string name_;
  const int64_t size_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<oci::io::Source>> BlobDirectory::Fetch(const oci::Context& context,
                                                                      const oci::Descriptor& descriptor) {
  ABSL_RETURN_IF_ERROR(context.Check());
  if (descriptor.digest.algorithm() != "sha256") return oci::content::BlobNotFound(descriptor.digest);
  std::string name = PathOf(descriptor.digest);
  const absl::StatusOr<oci::file::RegularFile> file = OpenFileBeneath(*directory_, name);
  if (!file.ok()) {
    if (oci::ReasonOf(file.status()) == oci::Reason::kNotFound) return oci::content::BlobNotFound(descriptor.digest);
    return oci::Annotate(file.status(), absl::StrCat("blob ", descriptor.digest.ToString(), " in ", path_));
  }
  ABSL_RETURN_IF_ERROR(oci::content::VerifySize(descriptor, file->size));
  return std::make_unique<BlobSource>(directory_, std::move(name), file->size);
}

std::vector<oci::Descriptor> BlobDirectory::SmallBlobs(size_t count, int64_t max_bytes) const {
  std::vector<oci::Descriptor> blobs;
  const absl::StatusOr<oci::file::Fd> directory = oci::rootfs::disk::OpenBeneath(*directory_, kBlobs);
  if (!directory.ok()) return blobs;
  const absl::StatusOr<std::vector<std::string>> names = oci::rootfs::disk::NamesIn(*directory);
  if (!names.ok()) return blobs;
  for (const std::string& name : *names) {
    if (blobs.size() == count) break;
    const absl::StatusOr<oci::Digest> digest = oci::Digest::Parse(absl::StrCat("sha256:", name));
    if (!digest.ok()) continue;
    const absl::StatusOr<oci::file::RegularFile> file = OpenFileBeneath(*directory_, PathOf(*digest));
    if (!file.ok() || file->size == 0 || file->size > max_bytes) continue;
    blobs.push_back({.digest = *digest, .size = file->size});
  }
  return blobs;
}

}  // namespace waybill::exporter::bridge::store
