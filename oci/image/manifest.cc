// SPDX-License-Identifier: Apache-2.0
#include "oci/image/manifest.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/image/media_types.h"
#include "oci/status_macros.h"

namespace waybill::oci::image {
namespace {

constexpr int64_t kSchemaVersion = 2;

void WriteStrings(json::Writer& writer, const std::vector<std::string>& strings) {
  writer.BeginArray();
  for (const std::string& string : strings) writer.String(string);
  writer.EndArray();
}

void WriteOptional(json::Writer& writer, absl::string_view key, absl::string_view value) {
  if (!value.empty()) writer.Key(key).String(value);
}

void WriteAnnotations(json::Writer& writer, const Annotations& annotations) {
  if (annotations.empty()) return;
  writer.Key("annotations").BeginObject();
  for (const auto& [key, value] : annotations) writer.Key(key).String(value);
  writer.EndObject();
}

void WritePlatform(json::Writer& writer, const Platform& platform) {
  writer.BeginObject();
  writer.Key("architecture").String(platform.architecture);
  writer.Key("os").String(platform.os);
  WriteOptional(writer, "os.version", platform.os_version);
  if (!platform.os_features.empty()) WriteStrings(writer.Key("os.features"), platform.os_features);
  WriteOptional(writer, "variant", platform.variant);
  writer.EndObject();
}

void WriteDescriptors(json::Writer& writer, const std::vector<Descriptor>& descriptors) {
  writer.BeginArray();
  for (const Descriptor& descriptor : descriptors) WriteDescriptor(writer, descriptor);
  writer.EndArray();
}

void BeginDocument(json::Writer& writer, absl::string_view media_type, absl::string_view artifact_type) {
  writer.BeginObject().Key("schemaVersion").Int(kSchemaVersion);
  WriteOptional(writer, "mediaType", media_type);
  WriteOptional(writer, "artifactType", artifact_type);
}

void EndDocument(json::Writer& writer, const std::optional<Descriptor>& subject, const Annotations& annotations) {
  if (subject.has_value()) WriteDescriptor(writer.Key("subject"), *subject);
  WriteAnnotations(writer, annotations);
  writer.EndObject();
}

// The object's field `name`, decoded by `decode`; errors name the field.
template <typename T>
absl::Status Decode(const json::Fields& fields, absl::string_view name, absl::StatusOr<T> (*decode)(absl::string_view),
                    T& to) {
  absl::StatusOr<T> value = decode(fields.Find(name));
  if (!value.ok()) return Annotate(value.status(), name);
  to = *std::move(value);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> DecodeStrings(absl::string_view raw) {
  std::vector<std::string> strings;
  ABSL_ASSIGN_OR_RETURN(const std::vector<absl::string_view> elements, json::Elements(raw));
  for (absl::string_view element : elements) {
    ABSL_ASSIGN_OR_RETURN(strings.emplace_back(), json::DecodeString(element));
  }
  return strings;
}

absl::StatusOr<std::string> DecodeBytes(absl::string_view raw) {
  ABSL_ASSIGN_OR_RETURN(const std::string text, json::DecodeString(raw));
  std::string bytes;
  if (!absl::Base64Unescape(text, &bytes)) return InvalidInputError("illegal base64 data");
  return bytes;
}

absl::StatusOr<int64_t> DecodeSize(absl::string_view raw) {
  ABSL_ASSIGN_OR_RETURN(const int64_t size, json::DecodeInt(raw));
  if (size < 0) return InvalidInputError(absl::StrCat("negative size ", size));
  return size;
}

absl::StatusOr<std::optional<Digest>> DecodeDigest(absl::string_view raw) {
  ABSL_ASSIGN_OR_RETURN(const std::string text, json::DecodeString(raw));
  ABSL_ASSIGN_OR_RETURN(Digest digest, Digest::Parse(text));
  return std::optional<Digest>(std::move(digest));
}

absl::StatusOr<std::optional<Platform>> DecodePlatform(absl::string_view raw) {
  if (raw.empty()) return std::optional<Platform>();
  ABSL_ASSIGN_OR_RETURN(const json::Fields fields, json::Fields::Parse(raw));
  Platform platform;
  ABSL_RETURN_IF_ERROR(Decode(fields, "architecture", json::DecodeString, platform.architecture));
  ABSL_RETURN_IF_ERROR(Decode(fields, "os", json::DecodeString, platform.os));
  ABSL_RETURN_IF_ERROR(Decode(fields, "os.version", json::DecodeString, platform.os_version));
  ABSL_RETURN_IF_ERROR(Decode(fields, "os.features", DecodeStrings, platform.os_features));
  ABSL_RETURN_IF_ERROR(Decode(fields, "variant", json::DecodeString, platform.variant));
  return std::optional<Platform>(std::move(platform));
}

absl::StatusOr<std::optional<Descriptor>> DecodeOptionalDescriptor(absl::string_view raw) {
  if (raw.empty()) return std::optional<Descriptor>();
  ABSL_ASSIGN_OR_RETURN(Descriptor descriptor, ParseDescriptor(raw));
  return std::optional<Descriptor>(std::move(descriptor));
}

absl::StatusOr<std::vector<Descriptor>> DecodeDescriptors(const json::Fields& fields, absl::string_view name) {
  std::vector<Descriptor> descriptors;
  absl::StatusOr<std::vector<absl::string_view>> elements = json::Elements(fields.Find(name));
  if (!elements.ok()) return Annotate(elements.status(), name);
  for (absl::string_view element : *elements) {
    absl::StatusOr<Descriptor> descriptor = ParseDescriptor(element);
    if (!descriptor.ok()) {
      return Annotate(descriptor.status(), absl::StrCat(name, "[", descriptors.size(), "]"));
    }
    descriptors.push_back(*std::move(descriptor));
  }
  return descriptors;
}

// The fields of a manifest or index, which must not have those of the other kind.
absl::StatusOr<json::Fields> ParseDocument(absl::string_view bytes, std::initializer_list<absl::string_view> foreign) {
  if (static_cast<int64_t>(bytes.size()) > kMaxManifestBytes) {
    return InvalidInputError(absl::StrCat("manifest exceeds ", kMaxManifestBytes, " bytes"));
  }
  ABSL_ASSIGN_OR_RETURN(json::Fields fields, json::Fields::Parse(bytes));
  int64_t version = 0;
  ABSL_RETURN_IF_ERROR(Decode(fields, "schemaVersion", json::DecodeInt, version));
  if (version != 0 && version != kSchemaVersion)
    return InvalidInputError(absl::StrCat("unsupported schemaVersion ", version));
  for (absl::string_view name : foreign) {
    if (!fields.Find(name).empty()) {
      return InvalidInputError(absl::StrCat("unexpected field ", name, ": the document may be taken for another kind"));
    }
  }
  return fields;
}

// What manifests and indexes have in common.
template <typename Document>
absl::Status DecodeHead(const json::Fields& fields, Document& document) {
  ABSL_RETURN_IF_ERROR(Decode(fields, "mediaType", json::DecodeString, document.media_type));
  ABSL_RETURN_IF_ERROR(Decode(fields, "artifactType", json::DecodeString, document.artifact_type));
  ABSL_RETURN_IF_ERROR(Decode(fields, "subject", DecodeOptionalDescriptor, document.subject));
  return Decode(fields, "annotations", json::DecodeStringMap, document.annotations);
}

}  // namespace

void WriteDescriptor(json::Writer& writer, const Descriptor& descriptor) {
  writer.BeginObject();
  writer.Key("mediaType").String(descriptor.media_type);
  writer.Key("digest").String(descriptor.digest.ToString());
  writer.Key("size").Int(descriptor.size);
  if (!descriptor.urls.empty()) WriteStrings(writer.Key("urls"), descriptor.urls);
  WriteAnnotations(writer, descriptor.annotations);
  if (!descriptor.data.empty()) writer.Key("data").String(absl::Base64Escape(descriptor.data));
  if (descriptor.platform.has_value()) WritePlatform(writer.Key("platform"), *descriptor.platform);
  WriteOptional(writer, "artifactType", descriptor.artifact_type);
  writer.EndObject();
}

std::string ToCompactJson(const Descriptor& descriptor) {
  json::Writer writer;
  WriteDescriptor(writer, descriptor);
  return writer.Take();
}

std::string ToCompactJson(const Index& index) {
  json::Writer writer;
  BeginDocument(writer, index.media_type, index.artifact_type);
  WriteDescriptors(writer.Key("manifests"), index.manifests);
  EndDocument(writer, index.subject, index.annotations);
  return writer.Take();
}

std::string ToIndentedJson(const Index& index) { return json::Indent(ToCompactJson(index)); }

std::string ToIndentedJson(const Manifest& manifest) {
  json::Writer writer;
  BeginDocument(writer, manifest.media_type, manifest.artifact_type);
  WriteDescriptor(writer.Key("config"), manifest.config);
  writer.Key("layers");
  if (manifest.layers.empty()) {
    writer.Null();
  } else {
    WriteDescriptors(writer, manifest.layers);
  }
  EndDocument(writer, manifest.subject, manifest.annotations);
  return json::Indent(writer.Take());
}

absl::StatusOr<Descriptor> ParseDescriptor(absl::string_view raw) {
  ABSL_ASSIGN_OR_RETURN(const json::Fields fields, json::Fields::Parse(raw));
  std::optional<Digest> digest;
  ABSL_RETURN_IF_ERROR(Decode(fields, "digest", DecodeDigest, digest));
  Descriptor descriptor{.digest = *std::move(digest)};
  ABSL_RETURN_IF_ERROR(Decode(fields, "mediaType", json::DecodeString, descriptor.media_type));
  ABSL_RETURN_IF_ERROR(Decode(fields, "size", DecodeSize, descriptor.size));
  ABSL_RETURN_IF_ERROR(Decode(fields, "urls", DecodeStrings, descriptor.urls));
  ABSL_RETURN_IF_ERROR(Decode(fields, "annotations", json::DecodeStringMap, descriptor.annotations));
  ABSL_RETURN_IF_ERROR(Decode(fields, "data", DecodeBytes, descriptor.data));
  ABSL_RETURN_IF_ERROR(Decode(fields, "platform", DecodePlatform, descriptor.platform));
  ABSL_RETURN_IF_ERROR(Decode(fields, "artifactType", json::DecodeString, descriptor.artifact_type));
  return descriptor;
}

absl::StatusOr<Manifest> ParseManifest(absl::string_view bytes) {
  ABSL_ASSIGN_OR_RETURN(const json::Fields fields, ParseDocument(bytes, {"manifests"}));
  absl::StatusOr<Descriptor> config = ParseDescriptor(fields.Find("config"));
  if (!config.ok()) return Annotate(config.status(), "config");
  Manifest manifest{.config = *std::move(config)};
  ABSL_RETURN_IF_ERROR(DecodeHead(fields, manifest));
  ABSL_ASSIGN_OR_RETURN(manifest.layers, DecodeDescriptors(fields, "layers"));
  return manifest;
}

absl::StatusOr<Index> ParseIndex(absl::string_view bytes) {
  ABSL_ASSIGN_OR_RETURN(const json::Fields fields, ParseDocument(bytes, {"config", "layers"}));
  Index index;
  ABSL_RETURN_IF_ERROR(DecodeHead(fields, index));
  ABSL_ASSIGN_OR_RETURN(index.manifests, DecodeDescriptors(fields, "manifests"));
  return index;
}

absl::StatusOr<std::vector<Descriptor>> Successors(absl::string_view media_type, absl::string_view bytes) {
  if (IsIndex(media_type)) {
    ABSL_ASSIGN_OR_RETURN(Index index, ParseIndex(bytes));
    return std::move(index.manifests);
  }
  if (!IsManifest(media_type)) return std::vector<Descriptor>();
  ABSL_ASSIGN_OR_RETURN(Manifest manifest, ParseManifest(bytes));
  std::vector<Descriptor> successors = {std::move(manifest.config)};
  successors.insert(successors.end(), manifest.layers.begin(), manifest.layers.end());
  return successors;
}

}  // namespace waybill::oci::image
