// SPDX-License-Identifier: Apache-2.0
#include "exporter/input/image/mirrored_blob.h"

#include <algorithm>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "oci/content/content.h"
#include "oci/digest.h"
#include "oci/io/hashing.h"
#include "oci/status_macros.h"

namespace waybill::exporter::input::image {
namespace {

class MappedReader final : public oci::io::Reader {
 public:
  MappedReader(std::shared_ptr<const oci::file::Mapping> mapping, int64_t offset)
      : mapping_(std::move(mapping)), rest_(mapping_->bytes().substr(static_cast<size_t>(offset))) {}
  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    const size_t n = rest_.copy(buffer.data(), buffer.size());
    rest_.remove_prefix(n);
    return n;
  }

 private:
  const std::shared_ptr<const oci::file::Mapping> mapping_;  // see MirroredBlob
  absl::string_view rest_;
};

absl::StatusOr<std::unique_ptr<oci::file::Mapping>> Check(const oci::Context& context, const oci::Descriptor& blob,
                                                          const oci::io::Source& mirror, const std::string& scratch) {
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<oci::io::Reader> reader, mirror.Open(context, 0));
  oci::io::HashingReader hashing(std::move(reader), oci::Hasher(blob.digest));
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<oci::file::Mapping> bytes,
                        oci::file::Mapping::Spool(context, hashing, scratch, mirror.size()));
  ABSL_RETURN_IF_ERROR(oci::content::Verify(blob, hashing.digest(), hashing.size()));
  return bytes;
}

}  // namespace

absl::Status MirroredBlob::Take(const oci::Context& context) const {
  absl::StatusOr<std::unique_ptr<oci::file::Mapping>> bytes = Check(context, descriptor_, *mirror_, scratch_);
  if (bytes.ok()) {
    checked_ = *std::move(bytes);
    return absl::OkStatus();
  }
  ABSL_RETURN_IF_ERROR(context.Check());
  ABSL_ASSIGN_OR_RETURN(other_, instead_(context, bytes.status()));
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<oci::io::Reader>> MirroredBlob::Open(const oci::Context& context, int64_t offset) const {
  absl::MutexLock lock(&mu_);
  if (checked_ == nullptr && other_ == nullptr) ABSL_RETURN_IF_ERROR(Take(context));
  if (other_ != nullptr) return other_->Open(context, offset);
  return std::make_unique<MappedReader>(checked_, std::min(offset, size()));
}

}  // namespace waybill::exporter::input::image
