// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/messages/result_codec.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/status_macros.h"
#include "oci/time.h"

namespace waybill::exporter::service::messages {
namespace {

constexpr std::pair<request::AttestationSubject::Kind, v1::Subject::Kind> kSubjectKinds[] = {
    {request::AttestationSubject::Kind::kSelf, v1::Subject::KIND_SELF},
    {request::AttestationSubject::Kind::kRaw, v1::Subject::KIND_RAW},
    {request::AttestationSubject::Kind::kImage, v1::Subject::KIND_IMAGE},
};

template <typename Map>
std::map<std::string, std::string> ToMap(const Map& map) {
  return {map.begin(), map.end()};
}

// Values can be large, and there are few copies of them.
template <typename Map>
std::map<std::string, std::string> TakeMap(Map& map) {
  std::map<std::string, std::string> taken;
  for (auto& [key, value] : map) taken.emplace(key, std::move(value));
  map.clear();
  return taken;
}

oci::Platform DecodePlatform(const v1::Platform& message) {
  return {.architecture = message.architecture(),
          .os = message.os(),
          .os_version = message.os_version(),
          .os_features = {message.os_features().begin(), message.os_features().end()},
          .variant = message.variant()};
}

absl::StatusOr<oci::Digest> DigestField(const std::string& text, absl::string_view field) {
  absl::StatusOr<oci::Digest> digest = oci::Digest::Parse(text);
  if (!digest.ok()) return oci::Annotate(digest.status(), field);
  return digest;
}

absl::StatusOr<request::Layer> DecodeLayer(const v1::Layer& message) {
  absl::StatusOr<oci::Descriptor> blob = FromProto(message.blob());
  if (!blob.ok()) return oci::Annotate(blob.status(), "blob");
  ABSL_ASSIGN_OR_RETURN(oci::Digest diff_id, DigestField(message.diff_id(), "diff_id"));
  request::Layer layer{.blob = *std::move(blob),
                       .diff_id = std::move(diff_id),
                       .created_at = std::nullopt,
                       .description = message.description()};
  if (!message.created_at().empty()) {
    absl::StatusOr<oci::Timestamp> created_at = oci::ParseTimestamp(message.created_at());
    if (!created_at.ok()) return oci::Annotate(created_at.status(), "created_at");
    layer.created_at = *created_at;
  }
  return layer;
}

absl::StatusOr<request::Ref> DecodeRef(v1::Ref& message) {
  request::Ref ref;
  for (int i = 0; i < message.layers_size(); ++i) {
    absl::StatusOr<request::Layer> layer = DecodeLayer(message.layers(i));
    if (!layer.ok()) return oci::Annotate(layer.status(), absl::StrCat("layers[", i, "]"));
    ref.layers.push_back(*std::move(layer));
  }
  if (message.has_inline_cache()) ref.inline_cache = std::move(*message.mutable_inline_cache());
  return ref;
}

absl::StatusOr<request::AttestationSubject> DecodeSubject(const v1::Subject& message) {
  request::AttestationSubject subject{.name = message.name(), .digests = ToMap(message.digests())};
  for (const auto& [kind, number] : kSubjectKinds) {
    if (number != message.kind()) continue;
    subject.kind = kind;
    return subject;
  }
  return oci::InvalidInputError(absl::StrCat("kind: ", static_cast<int>(message.kind()), " is no kind of subject"));
}

absl::StatusOr<request::Attestation::Kind> KindOf(const v1::Attestation& message) {
  switch (message.kind()) {
    case v1::Attestation::KIND_IN_TOTO:
      return request::Attestation::Kind::kInToto;
    case v1::Attestation::KIND_BUNDLE:
      return request::Attestation::Kind::kBundle;
    default:
      return oci::InvalidInputError(
          absl::StrCat("kind: ", static_cast<int>(message.kind()), " is no kind of attestation"));
  }
}

absl::StatusOr<request::Attestation> DecodeAttestation(v1::Attestation& message) {
  request::Attestation attestation{.path = message.path(),
                                   .predicate_type = message.predicate_type(),
                                   .statement_type = message.statement_type(),
                                   .metadata = TakeMap(*message.mutable_metadata())};
  ABSL_ASSIGN_OR_RETURN(attestation.kind, KindOf(message));
  for (int i = 0; i < message.subjects_size(); ++i) {
    absl::StatusOr<request::AttestationSubject> subject = DecodeSubject(message.subjects(i));
    if (!subject.ok()) return oci::Annotate(subject.status(), absl::StrCat("subjects[", i, "]"));
    attestation.subjects.push_back(*std::move(subject));
  }
  if (message.has_content()) {
    absl::StatusOr<oci::Descriptor> content = FromProto(message.content());
    if (!content.ok()) return oci::Annotate(content.status(), "content");
    attestation.content = *std::move(content);
  }
  for (const auto& [name, file] : message.files()) {
    absl::StatusOr<oci::Descriptor> descriptor = FromProto(file);
    if (!descriptor.ok()) return oci::Annotate(descriptor.status(), absl::StrCat("files[", name, "]"));
    attestation.files.emplace(name, *std::move(descriptor));
  }
  return attestation;
}

request::AnnotationGroup DecodeAnnotations(v1::AnnotationGroup& message) {
  return {.manifest = TakeMap(*message.mutable_manifest()),
          .manifest_descriptor = TakeMap(*message.mutable_manifest_descriptor()),
          .index = TakeMap(*message.mutable_index()),
          .index_descriptor = TakeMap(*message.mutable_index_descriptor())};
}

v1::AnnotationGroup EncodeAnnotations(const request::AnnotationGroup& group) {
  v1::AnnotationGroup message;
  message.mutable_manifest()->insert(group.manifest.begin(), group.manifest.end());
  message.mutable_manifest_descriptor()->insert(group.manifest_descriptor.begin(), group.manifest_descriptor.end());
  message.mutable_index()->insert(group.index.begin(), group.index.end());
  message.mutable_index_descriptor()->insert(group.index_descriptor.begin(), group.index_descriptor.end());
  return message;
}

v1::Layer EncodeLayer(const request::Layer& layer) {
  v1::Layer message;
  *message.mutable_blob() = ToProto(layer.blob);
  message.set_diff_id(layer.diff_id.ToString());
  if (layer.created_at.has_value()) message.set_created_at(oci::FormatTimestamp(*layer.created_at));
  message.set_description(layer.description);
  return message;
}

v1::Attestation EncodeAttestation(const request::Attestation& attestation) {
  v1::Attestation message;
  message.set_kind(attestation.kind == request::Attestation::Kind::kInToto ? v1::Attestation::KIND_IN_TOTO
                                                                           : v1::Attestation::KIND_BUNDLE);
  message.set_path(attestation.path);
  message.set_predicate_type(attestation.predicate_type);
  message.set_statement_type(attestation.statement_type);
  message.mutable_metadata()->insert(attestation.metadata.begin(), attestation.metadata.end());
  for (const request::AttestationSubject& subject : attestation.subjects) {
    v1::Subject& out = *message.add_subjects();
    for (const auto& [kind, number] : kSubjectKinds) {
      if (kind == subject.kind) out.set_kind(number);
    }
    out.set_name(subject.name);
    out.mutable_digests()->insert(subject.digests.begin(), subject.digests.end());
  }
  if (attestation.content.has_value()) *message.mutable_content() = ToProto(*attestation.content);
  for (const auto& [name, file] : attestation.files) (*message.mutable_files())[name] = ToProto(file);
  return message;
}

}  // namespace

v1::Descriptor ToProto(const oci::Descriptor& descriptor) {
  v1::Descriptor message;
  message.set_media_type(descriptor.media_type);
  message.set_digest(descriptor.digest.ToString());
  message.set_size(descriptor.size);
  message.mutable_urls()->Add(descriptor.urls.begin(), descriptor.urls.end());
  message.mutable_annotations()->insert(descriptor.annotations.begin(), descriptor.annotations.end());
  message.set_data(descriptor.data);
  message.set_artifact_type(descriptor.artifact_type);
  if (descriptor.platform.has_value()) {
    const oci::Platform& platform = *descriptor.platform;
    v1::Platform& out = *message.mutable_platform();
    out.set_architecture(platform.architecture);
    out.set_os(platform.os);
    out.set_os_version(platform.os_version);
    out.mutable_os_features()->Add(platform.os_features.begin(), platform.os_features.end());
    out.set_variant(platform.variant);
  }
  return message;
}

v1::BuildResult ToProto(const request::BuildResult& result) {
  v1::BuildResult message;
  message.set_is_map(result.is_map);
  for (const auto& [key, ref] : result.refs) {
    v1::Ref& out = (*message.mutable_refs())[key];
    for (const request::Layer& layer : ref.layers) *out.add_layers() = EncodeLayer(layer);
    if (ref.inline_cache.has_value()) out.set_inline_cache(*ref.inline_cache);
  }
  message.mutable_metadata()->insert(result.metadata.begin(), result.metadata.end());
  for (const auto& [platform, attestations] : result.attestations) {
    v1::Attestations& out = (*message.mutable_attestations())[platform];
    for (const request::Attestation& attestation : attestations)
      *out.add_attestations() = EncodeAttestation(attestation);
  }
  for (const auto& [platform, group] : result.annotations) {
    (*message.mutable_annotations())[platform] = EncodeAnnotations(group);
  }
  return message;
}

absl::StatusOr<oci::Descriptor> FromProto(const v1::Descriptor& message) {
  ABSL_ASSIGN_OR_RETURN(oci::Digest digest, DigestField(message.digest(), "digest"));
  if (message.size() < 0) return oci::InvalidInputError(absl::StrCat("size: ", message.size(), " is negative"));
  oci::Descriptor descriptor{.media_type = message.media_type(),
                             .digest = std::move(digest),
                             .size = message.size(),
                             .urls = {message.urls().begin(), message.urls().end()},
                             .annotations = ToMap(message.annotations()),
                             .data = message.data(),
                             .artifact_type = message.artifact_type()};
  if (message.has_platform()) descriptor.platform = DecodePlatform(message.platform());
  return descriptor;
}

absl::StatusOr<request::BuildResult> FromProto(v1::BuildResult&& message) {
  request::BuildResult result{.is_map = message.is_map(), .metadata = TakeMap(*message.mutable_metadata())};
  for (auto& [platform, group] : *message.mutable_annotations()) {
    result.annotations.emplace(platform, DecodeAnnotations(group));
  }
  for (auto& [key, ref_message] : *message.mutable_refs()) {
    absl::StatusOr<request::Ref> ref = DecodeRef(ref_message);
    if (!ref.ok()) return oci::Annotate(ref.status(), absl::StrCat("refs[", key, "]"));
    result.refs.emplace(key, *std::move(ref));
  }
  for (auto& [platform, list] : *message.mutable_attestations()) {
    std::vector<request::Attestation>& attestations = result.attestations[platform];
    for (int i = 0; i < list.attestations_size(); ++i) {
      absl::StatusOr<request::Attestation> attestation = DecodeAttestation(*list.mutable_attestations(i));
      if (!attestation.ok()) {
        return oci::Annotate(attestation.status(), absl::StrCat("attestations[", platform, "][", i, "]"));
      }
      attestations.push_back(*std::move(attestation));
    }
  }
  return result;
}

}  // namespace waybill::exporter::service::messages
