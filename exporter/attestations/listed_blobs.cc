// SPDX-License-Identifier: Apache-2.0
#include "exporter/attestations/listed_blobs.h"

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "oci/error.h"
#include "oci/io/hashing.h"
#include "oci/io/stream.h"
#include "oci/status_macros.h"

namespace waybill::exporter::attestations {
namespace {

// A blob from its beginning to its end, checked before the last bytes are given.
class CheckedReader final : public oci::io::Reader {
 public:
  CheckedReader(std::unique_ptr<oci::io::Reader> from, const oci::Descriptor& blob)
      : blob_(blob), from_(std::move(from), oci::Hasher(blob.digest)) {}

  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    ABSL_ASSIGN_OR_RETURN(const size_t count, from_.Read(buffer));
    if (count == 0 || from_.size() >= blob_.size) {
      ABSL_RETURN_IF_ERROR(oci::content::Verify(blob_, from_.digest(), from_.size()));
    }
    return count;
  }

 private:
  const oci::Descriptor& blob_;
  oci::io::HashingReader from_;
};

// Errors of an image without the paths that only this process knows.
class ToldReader final : public oci::io::Reader {
 public:
  ToldReader(const AllowedImage& image, std::unique_ptr<oci::io::Reader> from)
      : image_(image), from_(std::move(from)) {}

  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    absl::StatusOr<size_t> count = from_->Read(buffer);
    if (!count.ok()) return image_.Told(count.status());
    return count;
  }

 private:
  const AllowedImage& image_;
  const std::unique_ptr<oci::io::Reader> from_;
};

// A blob, and the image that was opened for it.
class OwningSource final : public oci::io::Source {
 public:
  OwningSource(oci::Descriptor blob, AllowedImage image, std::unique_ptr<oci::places::OpenedImage> place,
               std::unique_ptr<oci::io::Source> source, std::shared_ptr<const int> turn)
      : blob_(std::move(blob)),
        image_(std::move(image)),
        place_(std::move(place)),
        source_(std::move(source)),
        turn_(std::move(turn)) {}

  int64_t size() const override { return blob_.size; }
  absl::StatusOr<std::unique_ptr<oci::io::Reader>> Open(const oci::Context& context, int64_t offset) const override {
    absl::StatusOr<std::unique_ptr<oci::io::Reader>> reader = source_->Open(context, offset);
    if (!reader.ok()) return image_.Told(reader.status());
    if (offset == 0) reader = std::make_unique<CheckedReader>(*std::move(reader), blob_);
    return std::make_unique<ToldReader>(image_, *std::move(reader));
  }

 private:
  const oci::Descriptor blob_;
  const AllowedImage image_;
  const std::unique_ptr<oci::places::OpenedImage> place_;
  const std::unique_ptr<oci::io::Source> source_;
  const std::shared_ptr<const int> turn_;
};

}  // namespace

void ListedBlobs::Remember(absl::string_view name, const std::vector<oci::Descriptor>& blobs) {
  const auto image = std::make_shared<const std::string>(name);
  absl::MutexLock lock(&mutex_);
  for (const oci::Descriptor& blob : blobs) {
    // Annotations and data may be large, and nobody asks for them.
    Known known{.blob = {.media_type = blob.media_type, .digest = blob.digest, .size = blob.size}, .image = image};
    if (!known_.insert_or_assign(blob.digest, std::move(known)).second) continue;
    order_.push_back(blob.digest);
    if (order_.size() <= most_) continue;
    known_.erase(order_.front());
    order_.pop_front();
  }
}

std::optional<ListedBlobs::Known> ListedBlobs::Find(const oci::Digest& digest) const {
  absl::MutexLock lock(&mutex_);
  const auto found = known_.find(digest);
  return found == known_.end() ? std::nullopt : std::optional<Known>(found->second);
}

std::optional<int64_t> ListedBlobs::SizeOf(const oci::Digest& digest) const {
  const std::optional<Known> known = Find(digest);
  return known.has_value() ? std::optional<int64_t>(known->blob.size) : std::nullopt;
}

std::shared_ptr<const int> ListedBlobs::TakeTurn() {
  absl::MutexLock lock(&mutex_);
  // Sources that end meanwhile only lower the count.
  return turn_.use_count() > kMostOpen ? nullptr : turn_;
}

absl::StatusOr<std::unique_ptr<oci::io::Source>> ListedBlobs::Fetch(const oci::Context& context,
                                                                    const oci::Descriptor& descriptor) {
  std::optional<Known> known = Find(descriptor.digest);
  if (!known.has_value()) return oci::content::BlobNotFound(descriptor.digest);
  std::shared_ptr<const int> turn = TakeTurn();
  if (turn == nullptr) {
    return absl::UnavailableError(absl::StrCat(kMostOpen, " blobs of attestations are being read, try again later"));
  }
  ABSL_ASSIGN_OR_RETURN(AllowedImage image, policy_.Admit(*known->image));
  absl::StatusOr<std::unique_ptr<oci::places::OpenedImage>> place =
      oci::places::OpenImage(context, image.name, client_);
  if (!place.ok()) return image.Told(place.status());
  absl::StatusOr<std::unique_ptr<oci::io::Source>> source = (*place)->content().Fetch(context, known->blob);
  if (!source.ok()) return image.Told(source.status());
  if ((*source)->size() != known->blob.size) {
    return oci::VerificationError(absl::StrCat("blob ", known->blob.digest.ToString(), " has ", (*source)->size(),
                                               " bytes, and ", known->blob.size, " were listed"));
  }
  return std::make_unique<OwningSource>(std::move(known->blob), std::move(image), *std::move(place), *std::move(source),
                                        std::move(turn));
}

}  // namespace waybill::exporter::attestations
