// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/testing/sample_image.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"

namespace waybill::oci::registry::testing {
namespace {

class Builder {
 public:
  explicit Builder(const SampleOptions& options) : options_(options) {
    image_.store = std::make_unique<content::store::MemoryStore>();
  }

  SampleImage Build() {
    std::vector<Descriptor> entries;
    std::vector<Descriptor> attestations;
    for (int p = 0; p < options_.platforms; ++p) {
      Descriptor manifest = AddImage(p);
      image_.images.push_back(manifest);
      if (options_.attested) attestations.push_back(AddAttestation(manifest, p));
      manifest.platform = Platform{.architecture = absl::StrCat("arch", p), .os = "linux"};
      entries.push_back(std::move(manifest));
    }
    entries.insert(entries.end(), attestations.begin(), attestations.end());
    if (entries.size() == 1) {
      image_.root = image_.images.front();
    } else {
      const image::Index index{.media_type = std::string(image::kOciIndex), .manifests = entries};
      image_.root = AddManifest(image::kOciIndex, image::ToIndentedJson(index));
    }
    return std::move(image_);
  }

 private:
  Descriptor Add(absl::string_view media_type, std::string bytes) {
    const auto size = static_cast<int64_t>(bytes.size());
    return {.media_type = std::string(media_type), .digest = image_.store->Add(std::move(bytes)), .size = size};
  }

  Descriptor AddBlob(absl::string_view media_type, std::string bytes) {
    Descriptor blob = Add(media_type, std::move(bytes));
    if (std::count(image_.blobs.begin(), image_.blobs.end(), blob.digest) > 0) return blob;
    image_.blobs.push_back(blob.digest);
    image_.blob_bytes += blob.size;
    return blob;
  }

  Descriptor AddManifest(absl::string_view media_type, std::string bytes) {
    Descriptor manifest = Add(media_type, std::move(bytes));
    image_.manifests.push_back(manifest.digest);
    return manifest;
  }

  Descriptor AddImage(int platform) {
    image::Manifest manifest{
        .media_type = std::string(image::kOciManifest),
        .config = AddBlob(image::kOciConfig, absl::StrCat("{\"config\":\"", options_.seed, platform, "\"}")),
    };
    for (int i = 0; i < options_.layers; ++i) {
      std::string bytes = absl::StrCat("layer ", options_.seed, " ", platform, " ", i, " ");
      bytes.resize(std::max<size_t>(bytes.size(), options_.layer_bytes), 'x');
      manifest.layers.push_back(AddBlob(image::kOciLayerGzip, std::move(bytes)));
    }
    return AddManifest(image::kOciManifest, image::ToIndentedJson(manifest));
  }

  Descriptor AddAttestation(const Descriptor& subject, int platform) {
    image::Manifest manifest{.media_type = std::string(image::kOciManifest),
                             .artifact_type = std::string(image::kAttestationManifest),
                             .config = AddBlob(image::kOciEmpty, std::string(image::kEmptyJson))};
    manifest.layers.push_back(
        AddBlob(image::kInToto, absl::StrCat("{\"statement\":\"", options_.seed, options_.statement, platform, "\"}")));
    manifest.subject = subject;
    Descriptor entry = AddManifest(image::kOciManifest, image::ToIndentedJson(manifest));
    Descriptor referrer = entry;
    referrer.artifact_type = manifest.artifact_type;
    image_.referrers.push_back(std::move(referrer));
    entry.platform = Platform{.architecture = "unknown", .os = "unknown"};
    entry.annotations = {{"vnd.docker.reference.type", "attestation-manifest"},
                         {"vnd.docker.reference.digest", subject.digest.ToString()}};
    return entry;
  }

  const SampleOptions options_;
  SampleImage image_;
};

}  // namespace

SampleImage MakeSampleImage(const SampleOptions& options) { return Builder(options).Build(); }

}  // namespace waybill::oci::registry::testing
