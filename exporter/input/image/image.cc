// SPDX-License-Identifier: Apache-2.0
#include "exporter/input/image/image.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "exporter/input/image/annotations.h"
#include "exporter/input/image/attestations.h"
#include "exporter/input/image/contents.h"
#include "exporter/input/statement.h"
#include "exporter/request/metadata.h"
#include "oci/content/graph.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/file/mapping.h"
#include "oci/image/media_types.h"
#include "oci/io/hashing.h"
#include "oci/json/json.h"
#include "oci/platform.h"
#include "oci/status_macros.h"

namespace waybill::exporter::input::image {
namespace {

constexpr absl::string_view kImagePurl = "pkg:docker/";

// Makes the build result of what was read.
class ResultMaker {
 public:
  ResultMaker(const oci::Context& context, const ImageParts& parts, const oci::Descriptor& root,
              const ImageContents& contents, const std::map<oci::Digest, ImageStatements>& statements)
      : context_(context), parts_(parts), root_(root), contents_(contents), statements_(statements) {}

  absl::StatusOr<request::BuildResult> OfManifest() const {
    const ImportedImage& image = contents_.images.front();
    request::BuildResult result;
    result.refs[""] = RefOf(image);
    result.metadata[std::string(request::kConfigKey)] = image.config.bytes;
    result.annotations[""] = {.manifest = OwnAnnotations(image.manifest.annotations),
                              .manifest_descriptor = OwnAnnotations(root_.annotations)};
    ABSL_RETURN_IF_ERROR(AddAttestations(image, result));
    return result;
  }

  absl::StatusOr<request::BuildResult> OfIndex() const {
    request::BuildResult result{.is_map = true};
    for (const ImportedImage& image : contents_.images) {
      result.refs[image.id] = RefOf(image);
      result.metadata[absl::StrCat(request::kConfigKey, "/", image.id)] = image.config.bytes;
      result.annotations[image.id] = {.manifest = OwnAnnotations(image.manifest.annotations),
                                      .manifest_descriptor = OwnAnnotations(image.descriptor.annotations)};
      ABSL_RETURN_IF_ERROR(AddAttestations(image, result));
    }
    result.metadata[std::string(request::kPlatformsKey)] = PlatformsJson();
    result.annotations[""] = {.index = OwnAnnotations(contents_.index_annotations),
                              .index_descriptor = OwnAnnotations(root_.annotations)};
    return result;
  }

 private:
  static request::Ref RefOf(const ImportedImage& image) {
    request::Ref ref;
    for (size_t i = 0; i < image.manifest.layers.size(); ++i) {
      ref.layers.push_back({.blob = image.manifest.layers[i], .diff_id = image.config.diff_ids[i]});
    }
    return ref;
  }

  absl::Status AddAttestations(const ImportedImage& image, request::BuildResult& result) const {
    const ImageStatements& found = statements_.at(image.descriptor.digest);
    for (int i = 0; i < found.empty; ++i) {
      result.attestations[image.id].push_back({.kind = request::Attestation::Kind::kBundle});
    }
    for (const oci::Descriptor& layer : found.statements) {
      WarnOfLostAnnotations(context_, layer.annotations, layer);
      ABSL_ASSIGN_OR_RETURN(request::Attestation statement, ReadStatement(layer, image.descriptor.digest));
      result.attestations[image.id].push_back(std::move(statement));
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
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::file::Mapping> bytes,
                          oci::file::Mapping::Spool(context_, hashing, parts_.scratch_directory, layer.size));
    ABSL_RETURN_IF_ERROR(oci::content::Verify(layer, hashing.digest(), hashing.size()));
    return AttestationOfStatement(context_, bytes->bytes(), image, absl::StrCat(layer.digest.hex(), ".json"),
                                  parts_.store);
  }

  std::string PlatformsJson() const {
    oci::json::Writer writer;
    writer.BeginObject().Key("Platforms").BeginArray();
    for (const ImportedImage& image : contents_.images) {
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
  const oci::Descriptor& root_;
  const ImageContents& contents_;
  const std::map<oci::Digest, ImageStatements>& statements_;
};

}  // namespace

absl::StatusOr<request::BuildResult> ImportImage(const oci::Context& context, const oci::Descriptor& root,
                                                 const ImageParts& parts) {
  oci::content::GraphBudget budget;
  ABSL_ASSIGN_OR_RETURN(const ImageContents contents, ReadImageContents(context, root, parts, budget));
  using Statements = std::map<oci::Digest, ImageStatements>;
  ABSL_ASSIGN_OR_RETURN(const Statements statements, CollectStatements(context, root, contents, parts));
  const ResultMaker maker(context, parts, root, contents, statements);
  return contents.is_index ? maker.OfIndex() : maker.OfManifest();
}

void DropImageNames(request::BuildResult& result) {
  const auto is_image_name = [](const request::AttestationSubject& subject) {
    return subject.kind == request::AttestationSubject::Kind::kImage &&
           (subject.name == "_" || absl::StartsWith(subject.name, kImagePurl));
  };
  for (auto& [platform, attestations] : result.attestations) {
    for (request::Attestation& attestation : attestations) {
      std::vector<request::AttestationSubject>& subjects = attestation.subjects;
      const auto first = std::find_if(subjects.begin(), subjects.end(), is_image_name);
      if (first == subjects.end()) continue;
      *first = {.kind = request::AttestationSubject::Kind::kSelf};
      subjects.erase(std::remove_if(first + 1, subjects.end(), is_image_name), subjects.end());
    }
  }
}

}  // namespace waybill::exporter::input::image
