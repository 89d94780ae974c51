// SPDX-License-Identifier: Apache-2.0
#include "oci/layout/archive.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/image/reference.h"
#include "oci/io/hashing.h"
#include "oci/json/json.h"
#include "oci/layout/layout.h"
#include "oci/status_macros.h"
#include "oci/tar/writer.h"

namespace waybill::oci::layout {
namespace {

constexpr uint32_t kDirectoryMode = 0755;
constexpr uint32_t kBlobMode = 0444;
constexpr uint32_t kDocumentMode = 0644;

// A source that stays with the archive.
class KeptSource : public io::Source {
 public:
  explicit KeptSource(const io::Source& kept) : kept_(kept) {}
  int64_t size() const override { return kept_.size(); }
  absl::StatusOr<std::unique_ptr<io::Reader>> Open(const Context& context, int64_t offset) const override {
    return kept_.Open(context, offset);
  }

 private:
  const io::Source& kept_;
};

absl::Status WriteDirectory(tar::Writer& tar, absl::string_view name) {
  return tar.Begin({.name = std::string(name), .type = tar::kDirectory, .mode = kDirectoryMode});
}

absl::Status WriteDocument(tar::Writer& tar, absl::string_view name, absl::string_view bytes, uint32_t mode) {
  ABSL_RETURN_IF_ERROR(
      tar.Begin({.name = std::string(name), .mode = mode, .size = static_cast<int64_t>(bytes.size())}));
  return tar.Write(bytes);
}

absl::Status WriteBlob(const Context& context, tar::Writer& tar, const content::Blob& blob) {
  const Descriptor& descriptor = blob.descriptor;
  const int64_t size = blob.source->size();
  ABSL_RETURN_IF_ERROR(tar.Begin({.name = BlobPath(descriptor.digest), .mode = kBlobMode, .size = size}));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<io::Reader> reader, blob.source->Open(context, 0));
  ABSL_ASSIGN_OR_RETURN(const io::Hashed hashed,
                        io::CopyHashed(context, *reader, tar, Hasher(descriptor.digest), size));
  ABSL_RETURN_IF_ERROR(content::Verify({.digest = descriptor.digest, .size = size}, hashed.digest, hashed.size));
  context.Report(
      {.item = descriptor.digest.ToString(), .state = ProgressEvent::State::kDone, .current = size, .total = size});
  return absl::OkStatus();
}

// Directory entries come before what is in them, and nothing is in between: names are in byte order.
absl::Status WriteBlobs(const Context& context, tar::Writer& tar, const std::vector<const content::Blob*>& blobs) {
  ABSL_RETURN_IF_ERROR(WriteDirectory(tar, "blobs/"));
  absl::string_view algorithm;
  for (const content::Blob* const blob : blobs) {
    if (blob->descriptor.digest.algorithm() != algorithm) {
      algorithm = blob->descriptor.digest.algorithm();
      ABSL_RETURN_IF_ERROR(WriteDirectory(tar, absl::StrCat("blobs/", algorithm, "/")));
    }
    ABSL_RETURN_IF_ERROR(WriteBlob(context, tar, *blob));
  }
  return absl::OkStatus();
}

// What `docker load` reads of one image.
struct DockerImage {
  Descriptor root;
  std::vector<std::string> tags;
};

void WriteStrings(json::Writer& writer, absl::string_view key, const std::vector<std::string>& strings) {
  writer.Key(key);
  if (strings.empty()) {
    writer.Null();
    return;
  }
  writer.BeginArray();
  for (const std::string& string : strings) writer.String(string);
  writer.EndArray();
}

void WriteDockerImage(json::Writer& writer, const image::Manifest& manifest, const std::vector<std::string>& tags) {
  std::vector<std::string> layers;
  for (const Descriptor& layer : manifest.layers) layers.push_back(BlobPath(layer.digest));
  writer.BeginObject().Key("Config").String(BlobPath(manifest.config.digest));
  WriteStrings(writer, "RepoTags", tags);
  WriteStrings(writer, "Layers", layers);
  writer.EndObject();
}

}  // namespace

const content::Blob* Archive::Find(const Digest& digest) const {
  absl::MutexLock lock(&mutex_);
  const auto found = blobs_.find(digest);
  return found == blobs_.end() ? nullptr : &found->second;
}

absl::StatusOr<std::unique_ptr<io::Source>> Archive::Fetch(const Context& context, const Descriptor& descriptor) {
  ABSL_RETURN_IF_ERROR(context.Check());
  const content::Blob* const blob = Find(descriptor.digest);
  if (blob == nullptr) return content::BlobNotFound(descriptor.digest);
  ABSL_RETURN_IF_ERROR(content::VerifySize(descriptor, blob->source->size()));
  return std::make_unique<KeptSource>(*blob->source);
}

absl::StatusOr<bool> Archive::Exists(const Context& context, const Descriptor& descriptor) {
  ABSL_RETURN_IF_ERROR(context.Check());
  return Find(descriptor.digest) != nullptr;
}

absl::Status Archive::Push(const Context& context, content::Blob blob) {
  ABSL_RETURN_IF_ERROR(context.Check());
  ABSL_RETURN_IF_ERROR(content::VerifySize(blob.descriptor, blob.source->size()));
  absl::MutexLock lock(&mutex_);
  blobs_.try_emplace(blob.descriptor.digest, std::move(blob));
  return absl::OkStatus();
}

absl::Status Archive::Tag(const Context& context, const Descriptor& root, absl::string_view tag) {
  ABSL_RETURN_IF_ERROR(context.Check());
  if (Find(root.digest) == nullptr) return content::BlobNotFound(root.digest);
  absl::MutexLock lock(&mutex_);
  images_.push_back({.root = root, .name = std::string(tag)});
  return absl::OkStatus();
}

absl::Status Archive::Enter(const Context& context, Descriptor entry) {
  ABSL_RETURN_IF_ERROR(context.Check());
  if (Find(entry.digest) == nullptr) return content::BlobNotFound(entry.digest);
  absl::MutexLock lock(&mutex_);
  entries_.push_back(std::move(entry));
  return absl::OkStatus();
}

absl::StatusOr<std::string> Archive::DockerManifestJson(const Context& context, const std::vector<Image>& images) {
  std::vector<DockerImage> docker_images;
  for (const Image& image : images) {
    if (!image::IsManifest(image.root.media_type)) continue;
    if (docker_images.empty() || docker_images.back().root.digest != image.root.digest) {
      docker_images.push_back({.root = image.root});
    }
    if (image.name.empty()) continue;
    ABSL_ASSIGN_OR_RETURN(const image::Reference reference, image::Reference::Parse(image.name));
    docker_images.back().tags.push_back(reference.Familiar());
  }
  if (docker_images.empty()) return "";
  json::Writer writer;
  writer.BeginArray();
  for (const DockerImage& image : docker_images) {
    ABSL_ASSIGN_OR_RETURN(const std::string bytes,
                          content::VerifiedBytes(context, *this, image.root, image::kMaxManifestBytes));
    ABSL_ASSIGN_OR_RETURN(const image::Manifest manifest, image::ParseManifest(bytes));
    WriteDockerImage(writer, manifest, image.tags);
  }
  writer.EndArray();
  return writer.Take();
}

absl::Status Archive::Finish(const Context& context, io::Writer& out) {
  std::vector<const content::Blob*> blobs;
  std::vector<Image> images;
  std::vector<Descriptor> entries;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [digest, blob] : blobs_) blobs.push_back(&blob);
    images = images_;
    entries = entries_;
  }
  image::Index index{.media_type = std::string(image::kOciIndex)};
  for (const Image& image : images) {
    index.manifests.push_back(image.name.empty() ? image.root
                                                 : NamedRoot(image.root, image.name, RefNameInArchive(image.name)));
  }
  index.manifests.insert(index.manifests.end(), entries.begin(), entries.end());
  std::string docker_manifest;
  if (options_.docker_manifest) {
    ABSL_ASSIGN_OR_RETURN(docker_manifest, DockerManifestJson(context, images));
  }
  tar::Writer tar(out);
  ABSL_RETURN_IF_ERROR(WriteBlobs(context, tar, blobs));
  ABSL_RETURN_IF_ERROR(WriteDocument(tar, kIndexFile, image::ToCompactJson(index), kDocumentMode));
  if (!docker_manifest.empty()) {
    ABSL_RETURN_IF_ERROR(WriteDocument(tar, kDockerManifestFile, docker_manifest, kDocumentMode));
  }
  ABSL_RETURN_IF_ERROR(WriteDocument(tar, kLayoutFile, kLayoutJson, kBlobMode));
  return tar.Close();
}

}  // namespace waybill::oci::layout
