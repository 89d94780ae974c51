// SPDX-License-Identifier: Apache-2.0
#include "exporter/input/image.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "exporter/input/statement.h"
#include "exporter/request/metadata.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/io/hashing.h"
#include "oci/io/mapping.h"
#include "oci/json/json.h"
#include "oci/platform.h"
#include "oci/progress.h"
#include "oci/status_macros.h"

namespace waybill::exporter::input {
namespace {

constexpr absl::string_view kReferenceType = "vnd.docker.reference.type";
constexpr absl::string_view kReferenceDigest = "vnd.docker.reference.digest";
constexpr absl::string_view kPredicateType = "in-toto.io/predicate-type";
constexpr absl::string_view kImagePurl = "pkg:docker/";
constexpr absl::string_view kAttestationReference = "attestation-manifest";

// What layouts and tools write on descriptors, beside the annotations of the image.
bool IsAdded(absl::string_view key) {
  return key == "io.containerd.image.name" || key == "org.opencontainers.image.ref.name" ||
         key == "org.opencontainers.image.created" || key == "config.digest" ||
         absl::StartsWith(key, "vnd.docker.reference.") || absl::StartsWith(key, "containerd.io/distribution.source.");
}

oci::Annotations OwnAnnotations(oci::Annotations annotations) {
  std::erase_if(annotations, [](const auto& annotation) { return IsAdded(annotation.first); });
  return annotations;
}

struct Config {
  std::string bytes;
  oci::Platform platform;
  std::vector<oci::Digest> diff_ids;
};

absl::StatusOr<std::string> StringField(const oci::json::Fields& fields, absl::string_view name) {
  const absl::string_view raw = fields.Find(name);
  if (raw.empty()) return std::string();
  absl::StatusOr<std::string> value = oci::json::DecodeString(raw);
  if (!value.ok()) return oci::Annotate(value.status(), name);
  return value;
}

absl::StatusOr<std::vector<std::string>> StringsField(const oci::json::Fields& fields, absl::string_view name) {
  std::vector<std::string> values;
  if (fields.Find(name).empty()) return values;
  ABSL_ASSIGN_OR_RETURN(const std::vector<absl::string_view> elements, oci::json::Elements(fields.Find(name)));
  for (const absl::string_view raw : elements) {
    ABSL_ASSIGN_OR_RETURN(std::string value, oci::json::DecodeString(raw));
    values.push_back(std::move(value));
  }
  return values;
}

absl::StatusOr<Config> ParseConfig(std::string bytes) {
  ABSL_RETURN_IF_ERROR(oci::json::Validate(bytes));
  ABSL_ASSIGN_OR_RETURN(const oci::json::Fields fields, oci::json::Fields::Parse(bytes));
  Config config;
  ABSL_ASSIGN_OR_RETURN(config.platform.os, StringField(fields, "os"));
  ABSL_ASSIGN_OR_RETURN(config.platform.architecture, StringField(fields, "architecture"));
  ABSL_ASSIGN_OR_RETURN(config.platform.variant, StringField(fields, "variant"));
  ABSL_ASSIGN_OR_RETURN(config.platform.os_version, StringField(fields, "os.version"));
  ABSL_ASSIGN_OR_RETURN(config.platform.os_features, StringsField(fields, "os.features"));
  if (const absl::string_view rootfs = fields.Find("rootfs"); !rootfs.empty()) {
    ABSL_ASSIGN_OR_RETURN(const oci::json::Fields rootfs_fields, oci::json::Fields::Parse(rootfs));
    ABSL_ASSIGN_OR_RETURN(const std::vector<std::string> diff_ids, StringsField(rootfs_fields, "diff_ids"));
    for (const std::string& text : diff_ids) {
      ABSL_ASSIGN_OR_RETURN(oci::Digest diff_id, oci::Digest::Parse(text));
      config.diff_ids.push_back(std::move(diff_id));
    }
  }
  config.bytes = std::move(bytes);
  return config;
}

// Of one image; they wait in memory for what they name.
constexpr int64_t kMaxDocumentBytesInAll = 4 * oci::image::kMaxManifestBytes;
constexpr int kMaxDocuments = 2000;

// One image of an index, or the only one.
struct ImportedImage {
  oci::Descriptor descriptor;
  oci::image::Manifest manifest;
  Config config;
  oci::Platform platform;  // normalised
  std::string id;
};

class Importer {
 public:
  Importer(const oci::Context& context, const ImageParts& parts) : context_(context), parts_(parts) {}

  absl::StatusOr<request::BuildResult> FromManifest(const oci::Descriptor& root) {
    ABSL_ASSIGN_OR_RETURN(oci::image::Manifest manifest, ReadManifest(root));
    ABSL_ASSIGN_OR_RETURN(ImportedImage image, ReadImage(root, std::move(manifest)));
    // A result without "refs.platforms" has the platform of its config.
    image.id = oci::FormatFull(oci::Normalize(image.config.platform));
    ABSL_RETURN_IF_ERROR(AddReferrers(image.descriptor.digest));
    request::BuildResult result;
    ABSL_ASSIGN_OR_RETURN(result.refs[""], RefOf(image));
    result.metadata[std::string(request::kConfigKey)] = image.config.bytes;
    result.annotations[""] = {.manifest = OwnAnnotations(image.manifest.annotations),
                              .manifest_descriptor = OwnAnnotations(root.annotations)};
    ABSL_RETURN_IF_ERROR(AddAttestations(image, result));
    return result;
  }

  absl::StatusOr<request::BuildResult> FromIndex(const oci::Descriptor& root) {
    ABSL_ASSIGN_OR_RETURN(const std::string bytes, ReadDocument(root));
    absl::StatusOr<oci::image::Index> index = oci::image::ParseIndex(bytes);
    if (!index.ok()) return oci::Annotate(index.status(), absl::StrCat("index ", root.digest.ToString()));
    ABSL_RETURN_IF_ERROR(Sort(*index));
    for (const ImportedImage& image : images_) ABSL_RETURN_IF_ERROR(AddReferrers(image.descriptor.digest));
    request::BuildResult result{.is_map = true};
    for (const ImportedImage& image : images_) ABSL_RETURN_IF_ERROR(AddImage(image, result));
    result.metadata[std::string(request::kPlatformsKey)] = PlatformsJson();
    result.annotations[""] = {.index = OwnAnnotations(index->annotations),
                              .index_descriptor = OwnAnnotations(root.annotations)};
    return result;
  }

 private:
  struct AttestationManifest {
    oci::Descriptor descriptor;
    oci::image::Manifest manifest;
    std::string image;  // digest
  };

  // An index may name the same large documents again and again.
  absl::StatusOr<std::string> ReadDocument(const oci::Descriptor& descriptor) {
    ABSL_ASSIGN_OR_RETURN(std::string bytes, oci::content::VerifiedBytes(context_, parts_.content, descriptor,
                                                                         oci::image::kMaxManifestBytes));
    document_bytes_ += static_cast<int64_t>(bytes.size());
    if (document_bytes_ > kMaxDocumentBytesInAll || ++documents_ > kMaxDocuments) {
      return oci::InvalidInputError("the image's manifests and configs are too many or too large in all");
    }
    return bytes;
  }

  absl::StatusOr<oci::image::Manifest> ReadManifest(const oci::Descriptor& descriptor) {
    ABSL_ASSIGN_OR_RETURN(const std::string bytes, ReadDocument(descriptor));
    absl::StatusOr<oci::image::Manifest> manifest = oci::image::ParseManifest(bytes);
    if (!manifest.ok())
      return oci::Annotate(manifest.status(), absl::StrCat("manifest ", descriptor.digest.ToString()));
    return manifest;
  }

  // Tells images and attestations apart.
  absl::Status Sort(const oci::image::Index& index) {
    for (const oci::Descriptor& entry : index.manifests) {
      if (!oci::image::IsManifest(entry.media_type)) {
        return oci::UnsupportedError(
            absl::StrCat("index entry ", entry.digest.ToString(), " of type ", entry.media_type, " is not supported"));
      }
      ABSL_ASSIGN_OR_RETURN(oci::image::Manifest manifest, ReadManifest(entry));
      if (std::optional<std::string> image = AttestedBy(entry, manifest); image.has_value()) {
        attestations_.push_back({entry, std::move(manifest), *std::move(image)});
        continue;
      }
      ABSL_ASSIGN_OR_RETURN(ImportedImage image, ReadImage(entry, std::move(manifest)));
      const auto same = [&](const ImportedImage& other) { return other.id == image.id; };
      if (std::any_of(images_.begin(), images_.end(), same)) {
        return oci::UnsupportedError(absl::StrCat("two images for platform ", image.id));
      }
      images_.push_back(std::move(image));
    }
    return CheckAttested();
  }

  // The digest of the image that an attestation manifest is about.
  static std::optional<std::string> AttestedBy(const oci::Descriptor& entry, const oci::image::Manifest& manifest) {
    const auto type = entry.annotations.find(std::string(kReferenceType));
    const auto digest = entry.annotations.find(std::string(kReferenceDigest));
    if (type != entry.annotations.end() && type->second == kAttestationReference && digest != entry.annotations.end()) {
      return digest->second;
    }
    if (manifest.artifact_type == oci::image::kAttestationManifest && manifest.subject.has_value()) {
      return manifest.subject->digest.ToString();
    }
    return std::nullopt;
  }

  absl::Status CheckAttested() const {
    for (const AttestationManifest& attestation : attestations_) {
      const auto about = [&](const ImportedImage& image) {
        return image.descriptor.digest.ToString() == attestation.image;
      };
      if (std::none_of(images_.begin(), images_.end(), about)) {
        return oci::InvalidInputError(absl::StrCat("attestation manifest ", attestation.descriptor.digest.ToString(),
                                                   " is about ", attestation.image, ", which is not in the index"));
      }
    }
    return absl::OkStatus();
  }

  // Those that the index does not list.
  absl::Status AddReferrers(const oci::Digest& image) {
    if (parts_.referrers == nullptr) return absl::OkStatus();
    absl::StatusOr<std::vector<oci::Descriptor>> listed = parts_.referrers(image);
    if (!listed.ok()) return WarnOf(absl::StrCat("the referrers of ", image.ToString()), listed.status());
    if (listed->size() > kMaxReferrers) {
      Warn(absl::StrCat("of the ", listed->size(), " referrers of ", image.ToString(), " the first ", kMaxReferrers,
                        " are looked at"));
      listed->erase(listed->begin() + kMaxReferrers, listed->end());
    }
    for (const oci::Descriptor& entry : *listed) {
      const auto same = [&](const AttestationManifest& known) { return known.descriptor.digest == entry.digest; };
      if (!oci::image::IsManifest(entry.media_type) || std::any_of(attestations_.begin(), attestations_.end(), same))
        continue;
      absl::StatusOr<oci::image::Manifest> manifest = ReadManifest(entry);
      if (!manifest.ok()) {
        ABSL_RETURN_IF_ERROR(WarnOf(absl::StrCat("referrer ", entry.digest.ToString()), manifest.status()));
      } else if (manifest->artifact_type == oci::image::kAttestationManifest && manifest->subject.has_value() &&
                 manifest->subject->digest == image) {
        attestations_.push_back({entry, *std::move(manifest), image.ToString()});
      }
    }
    return absl::OkStatus();
  }

  void Warn(std::string text) const {
    context_.Report({.item = "attestations", .state = oci::ProgressEvent::State::kWarning, .detail = std::move(text)});
  }

  // The image comes without what cannot be read, unless nobody waits for it any more.
  absl::Status WarnOf(absl::string_view what, const absl::Status& status) const {
    ABSL_RETURN_IF_ERROR(context_.Check());
    Warn(absl::StrCat(what, " are left out: ", status.message()));
    return absl::OkStatus();
  }

  void WarnOfLost(const oci::Annotations& annotations, const oci::Descriptor& of) const {
    oci::Annotations lost = OwnAnnotations(annotations);
    lost.erase(std::string(kPredicateType));
    if (lost.empty()) return;
    Warn(absl::StrCat("annotations of ", of.media_type, " ", of.digest.ToString(), " are left out, \"",
                      absl::CHexEscape(lost.begin()->first), "\" among them"));
  }

  absl::StatusOr<ImportedImage> ReadImage(const oci::Descriptor& descriptor, oci::image::Manifest manifest) {
    const std::string name = absl::StrCat("manifest ", descriptor.digest.ToString());
    if (manifest.config.media_type != oci::image::kOciConfig &&
        manifest.config.media_type != oci::image::kDockerConfig) {
      return oci::UnsupportedError(absl::StrCat(name, " with a config of type ", manifest.config.media_type));
    }
    ABSL_ASSIGN_OR_RETURN(std::string bytes, ReadDocument(manifest.config));
    absl::StatusOr<Config> config = ParseConfig(std::move(bytes));
    if (!config.ok()) {
      return oci::Annotate(config.status(), absl::StrCat("config ", manifest.config.digest.ToString()));
    }
    if (config->diff_ids.size() != manifest.layers.size()) {
      return oci::InvalidInputError(
          absl::StrCat(name, " has ", manifest.layers.size(), " layers, its config names ", config->diff_ids.size()));
    }
    oci::Platform platform = oci::Normalize(descriptor.platform.value_or(config->platform));
    std::string id = oci::FormatFull(platform);
    return ImportedImage{descriptor, std::move(manifest), *std::move(config), std::move(platform), std::move(id)};
  }

  static absl::StatusOr<request::Ref> RefOf(const ImportedImage& image) {
    request::Ref ref;
    for (size_t i = 0; i < image.manifest.layers.size(); ++i) {
      ref.layers.push_back({.blob = image.manifest.layers[i], .diff_id = image.config.diff_ids[i]});
    }
    return ref;
  }

  absl::Status AddImage(const ImportedImage& image, request::BuildResult& result) const {
    ABSL_ASSIGN_OR_RETURN(result.refs[image.id], RefOf(image));
    result.metadata[absl::StrCat(request::kConfigKey, "/", image.id)] = image.config.bytes;
    result.annotations[image.id] = {.manifest = OwnAnnotations(image.manifest.annotations),
                                    .manifest_descriptor = OwnAnnotations(image.descriptor.annotations)};
    return AddAttestations(image, result);
  }

  absl::Status AddAttestations(const ImportedImage& image, request::BuildResult& result) const {
    for (const AttestationManifest& attestation : attestations_) {
      if (attestation.image != image.descriptor.digest.ToString()) continue;
      WarnOfLost(attestation.manifest.annotations, attestation.descriptor);
      if (attestation.manifest.layers.empty()) {
        // An attestation manifest without statements comes from a bundle without files.
        result.attestations[image.id].push_back({.kind = request::Attestation::Kind::kBundle});
      }
      for (const oci::Descriptor& layer : attestation.manifest.layers) {
        WarnOfLost(layer.annotations, layer);
        ABSL_ASSIGN_OR_RETURN(request::Attestation statement, ReadStatement(layer, image.descriptor.digest));
        result.attestations[image.id].push_back(std::move(statement));
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<request::Attestation> ReadStatement(const oci::Descriptor& layer, const oci::Digest& image) const {
    const std::string digest = layer.digest.ToString();
    if (layer.media_type != oci::image::kInToto) {
      return oci::UnsupportedError(absl::StrCat("attestation ", digest, " of type ", layer.media_type));
    }
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Source> source, parts_.content.Fetch(context_, layer));
    ABSL_ASSIGN_OR_RETURN(std::unique_ptr<oci::io::Reader> reader, source->Open(context_, 0));
    oci::io::HashingReader hashing(std::move(reader), oci::Hasher(layer.digest));
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Mapping> bytes,
                          oci::io::Mapping::Spool(context_, hashing, parts_.scratch_directory, layer.size));
    ABSL_RETURN_IF_ERROR(oci::content::Verify(layer, hashing.digest(), hashing.size()));
    return AttestationOfStatement(context_, bytes->bytes(), image, absl::StrCat(layer.digest.hex(), ".json"),
                                  parts_.store);
  }

  std::string PlatformsJson() const {
    oci::json::Writer writer;
    writer.BeginObject().Key("Platforms").BeginArray();
    for (const ImportedImage& image : images_) {
      writer.BeginObject().Key("ID").String(image.id).Key("Platform").BeginObject();
      writer.Key("architecture").String(image.platform.architecture).Key("os").String(image.platform.os);
      writer.Key("os.version").String(image.platform.os_version).Key("os.features").BeginArray();
      for (const std::string& feature : image.platform.os_features) writer.String(feature);
      writer.EndArray().Key("variant").String(image.platform.variant).EndObject().EndObject();
    }
    return writer.EndArray().EndObject().Take();
  }

  const oci::Context context_;
  const ImageParts& parts_;
  std::vector<ImportedImage> images_;  // in the order of the index
  int64_t document_bytes_ = 0;
  int documents_ = 0;
  std::vector<AttestationManifest> attestations_;
};

}  // namespace

absl::StatusOr<request::BuildResult> ImportImage(const oci::Context& context, const oci::Descriptor& root,
                                                 const ImageParts& parts) {
  Importer importer(context, parts);
  if (oci::image::IsIndex(root.media_type)) return importer.FromIndex(root);
  if (oci::image::IsManifest(root.media_type)) return importer.FromManifest(root);
  return oci::UnsupportedError(absl::StrCat("image ", root.digest.ToString(), " of type ", root.media_type));
}

void DropImageNames(request::BuildResult& result) {
  const auto is_image_name = [](const request::Subject& subject) {
    return subject.kind == request::Subject::Kind::kImage &&
           (subject.name == "_" || absl::StartsWith(subject.name, kImagePurl));
  };
  for (auto& [platform, attestations] : result.attestations) {
    for (request::Attestation& attestation : attestations) {
      std::vector<request::Subject>& subjects = attestation.subjects;
      const auto first = std::find_if(subjects.begin(), subjects.end(), is_image_name);
      if (first == subjects.end()) continue;
      *first = {.kind = request::Subject::Kind::kSelf};
      subjects.erase(std::remove_if(first + 1, subjects.end(), is_image_name), subjects.end());
    }
  }
}

}  // namespace waybill::exporter::input
