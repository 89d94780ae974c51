// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/store/kept_store.h"

#include "oci/content/store/owner.h"
#include "oci/status_macros.h"

namespace waybill::exporter::service::store {

void KeptStore::Pin(const oci::Digest& digest) {
  absl::MutexLock lock(&mutex_);
  pin_.Add(digest);
  keeper_.Use(digest);
}

absl::Status KeptStore::Hold(const oci::Digest& digest) {
  if (exporting_.lease.empty()) return absl::OkStatus();
  return leases_.Add(exporting_.lease, {.type = "content", .id = digest.ToString()});
}

// Hashes once more than the store's own does, to know before the commit whether the blob is there.
class KeptStore::Writer final : public oci::content::BlobWriter {
 public:
  Writer(KeptStore& store, std::unique_ptr<oci::content::BlobWriter> writer)
      : store_(store), writer_(std::move(writer)) {}
  ~Writer() override {
    if (size_ > 0) store_.keeper_.GiveBack(store_.exporting_.client, {.bytes = size_});
  }

  absl::Status Write(absl::string_view bytes) override {
    const int64_t more = static_cast<int64_t>(bytes.size());
    ABSL_RETURN_IF_ERROR(store_.keeper_.Take(store_.exporting_.client, {.bytes = more}));
    size_ += more;
    hasher_.Update(bytes);
    return writer_->Write(bytes);
  }
  absl::Status Close() override { return writer_->Close(); }

  absl::StatusOr<oci::Descriptor> Commit(const oci::Context& context, absl::string_view media_type,
                                         const oci::content::Expected& expected) override {
    const oci::Descriptor blob{.digest = hasher_.Current(), .size = size_};
    const Keeper::Claim claim(store_.keeper_, blob.digest);
    ABSL_ASSIGN_OR_RETURN(const bool exists, store_.Exists(context, blob));
    if (exists) {  // as it is; what was written goes, and is given back
      ABSL_RETURN_IF_ERROR(oci::content::Verify(
          {.digest = expected.digest.value_or(blob.digest), .size = expected.size.value_or(blob.size)}, blob.digest,
          blob.size));
      return oci::Descriptor{.media_type = std::string(media_type), .digest = blob.digest, .size = blob.size};
    }
    const Share one{.blobs = 1};
    ABSL_RETURN_IF_ERROR(store_.keeper_.Take(store_.exporting_.client, one));
    absl::StatusOr<oci::Descriptor> committed = writer_->Commit(context, media_type, expected);
    if (!committed.ok()) {
      store_.keeper_.GiveBack(store_.exporting_.client, one);
      return committed;
    }
    size_ = 0;  // the blob's now
    oci::content::store::SetOwner(store_.blobs_.PathOf(blob.digest), store_.exporting_.client);
    ABSL_RETURN_IF_ERROR(store_.Hold(blob.digest));
    return committed;
  }

 private:
  KeptStore& store_;
  const std::unique_ptr<oci::content::BlobWriter> writer_;
  oci::Hasher hasher_;
  int64_t size_ = 0;  // what was taken
};

absl::StatusOr<std::unique_ptr<oci::content::BlobWriter>> KeptStore::NewWriter(const oci::Context& context) {
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<oci::content::BlobWriter> writer, blobs_.NewWriter(context));
  return std::make_unique<Writer>(*this, std::move(writer));
}

absl::StatusOr<std::unique_ptr<oci::io::Source>> KeptStore::Fetch(const oci::Context& context,
                                                                  const oci::Descriptor& descriptor) {
  Pin(descriptor.digest);
  return blobs_.Fetch(context, descriptor);
}

absl::StatusOr<bool> KeptStore::Exists(const oci::Context& context, const oci::Descriptor& descriptor) {
  Pin(descriptor.digest);
  ABSL_ASSIGN_OR_RETURN(const bool exists, blobs_.Exists(context, descriptor));
  if (exists) ABSL_RETURN_IF_ERROR(Hold(descriptor.digest));
  return exists;
}

absl::Status KeptStore::Push(const oci::Context& context, oci::content::Blob blob) {
  const oci::Descriptor descriptor = blob.descriptor;
  const Keeper::Claim claim(keeper_, descriptor.digest);
  ABSL_ASSIGN_OR_RETURN(const bool exists, Exists(context, descriptor));
  if (exists) return absl::OkStatus();
  const Share one{.bytes = descriptor.size, .blobs = 1};
  ABSL_RETURN_IF_ERROR(keeper_.Take(exporting_.client, one));
  if (const absl::Status pushed = blobs_.Push(context, std::move(blob)); !pushed.ok()) {
    keeper_.GiveBack(exporting_.client, one);
    return pushed;
  }
  oci::content::store::SetOwner(blobs_.PathOf(descriptor.digest), exporting_.client);
  return Hold(descriptor.digest);
}

}  // namespace waybill::exporter::service::store
