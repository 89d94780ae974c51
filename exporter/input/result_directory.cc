// SPDX-License-Identifier: Apache-2.0
#include "exporter/input/result_directory.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "exporter/input/object_reader.h"
#include "exporter/input/path_kind.h"
#include "exporter/request/annotations.h"
#include "oci/content/store/file_store.h"
#include "oci/error.h"
#include "oci/file/fd.h"
#include "oci/file/file.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"
#include "oci/time.h"

namespace waybill::exporter::input {
namespace {

namespace json = oci::json;

struct SubjectKind {
  absl::string_view name;
  request::AttestationSubject::Kind kind;
};
constexpr SubjectKind kSubjectKinds[] = {{"Self", request::AttestationSubject::Kind::kSelf},
                                         {"Raw", request::AttestationSubject::Kind::kRaw},
                                         {"Image", request::AttestationSubject::Kind::kImage}};

// One walk over the document.
class ResultReader {
 public:
  ResultReader(const oci::Context& context, oci::content::Fetcher& blobs) : context_(context), blobs_(blobs) {}

  absl::StatusOr<request::BuildResult> Read(const Value& document) {
    request::BuildResult result;
    ABSL_ASSIGN_OR_RETURN(ObjectReader object, ObjectReader::Parse(document));
    ABSL_ASSIGN_OR_RETURN(result.is_map, object.RequiredBool("is_map"));
    ABSL_RETURN_IF_ERROR(ReadMetadata(object.Take("metadata"), result));
    ABSL_RETURN_IF_ERROR(ReadRefs(object, result));
    ABSL_RETURN_IF_ERROR(ReadAttestations(object.Take("attestations"), result));
    ABSL_RETURN_IF_ERROR(ReadAnnotations(object.Take("annotations"), result));
    ABSL_RETURN_IF_ERROR(object.Finish());
    return result;
  }

 private:
  absl::Status ReadMetadata(const Value& value, request::BuildResult& result);
  absl::StatusOr<std::string> ReadMetadataValue(const Value& value);
  absl::Status ReadRefs(ObjectReader& object, request::BuildResult& result);
  absl::StatusOr<request::Ref> ReadRef(const Value& value);
  absl::StatusOr<request::Layer> ReadLayer(const Value& value);
  absl::Status ReadAttestations(const Value& value, request::BuildResult& result);
  absl::StatusOr<request::Attestation> ReadAttestation(const Value& value);
  static absl::Status ReadAnnotations(const Value& value, request::BuildResult& result);
  absl::Status ReadFiles(const Value& value, request::Attestation& attestation);
  absl::StatusOr<request::AttestationSubject> ReadSubject(const Value& value);

  // The blob that a string names, with its size.
  absl::StatusOr<oci::Descriptor> ReadBlob(const Value& value);
  absl::StatusOr<std::string> ReadBytes(const Value& value);
  // Finds the blob; a negative size is replaced by the real one.
  absl::Status Look(const Value& value, oci::Descriptor& blob);

  const oci::Context context_;
  oci::content::Fetcher& blobs_;
};

absl::StatusOr<oci::Digest> ReadDigest(const Value& value) {
  if (value.raw.empty()) return ErrorAt(value, "missing");
  if (json::KindOf(value.raw) != json::Kind::kString) return ErrorAt(value, "not a string");
  ABSL_ASSIGN_OR_RETURN(const std::string text, json::DecodeString(value.raw));
  absl::StatusOr<oci::Digest> digest = oci::Digest::Parse(text);
  if (!digest.ok()) return At(value, digest.status());
  return digest;
}

absl::Status ResultReader::Look(const Value& value, oci::Descriptor& blob) {
  const absl::StatusOr<std::unique_ptr<oci::io::Source>> source = blobs_.Fetch(context_, blob);
  if (!source.ok()) return At(value, source.status());
  if (blob.size < 0) blob.size = (*source)->size();
  return absl::OkStatus();
}

absl::StatusOr<oci::Descriptor> ResultReader::ReadBlob(const Value& value) {
  ABSL_ASSIGN_OR_RETURN(const oci::Digest digest, ReadDigest(value));
  oci::Descriptor blob{.digest = digest, .size = -1};
  ABSL_RETURN_IF_ERROR(Look(value, blob));
  return blob;
}

absl::StatusOr<std::string> ResultReader::ReadBytes(const Value& value) {
  ABSL_ASSIGN_OR_RETURN(const oci::Descriptor blob, ReadBlob(value));
  absl::StatusOr<std::string> bytes = oci::content::VerifiedBytes(context_, blobs_, blob, kMaxMetadataBytes);
  if (!bytes.ok()) return At(value, bytes.status());
  return bytes;
}

absl::StatusOr<std::string> ResultReader::ReadMetadataValue(const Value& value) {
  ABSL_ASSIGN_OR_RETURN(ObjectReader object, ObjectReader::Parse(value));
  const bool is_text = object.Has("text");
  if (is_text == object.Has("blob")) return ErrorAt(value, "either \"text\" or \"blob\" is expected");
  absl::StatusOr<std::string> bytes = is_text ? object.String("text") : ReadBytes(object.Take("blob"));
  ABSL_RETURN_IF_ERROR(bytes.status());
  ABSL_RETURN_IF_ERROR(object.Finish());
  return bytes;
}

absl::Status ResultReader::ReadMetadata(const Value& value, request::BuildResult& result) {
  if (value.raw.empty()) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const ObjectReader object, ObjectReader::Parse(value));
  for (const auto& [key, entry] : object.Entries()) {
    ABSL_ASSIGN_OR_RETURN(result.metadata[key], ReadMetadataValue(entry));
  }
  return absl::OkStatus();
}

absl::StatusOr<request::Layer> ResultReader::ReadLayer(const Value& value) {
  ABSL_ASSIGN_OR_RETURN(ObjectReader object, ObjectReader::Parse(value));
  ABSL_ASSIGN_OR_RETURN(const oci::Digest digest, ReadDigest(object.Take("digest")));
  ABSL_ASSIGN_OR_RETURN(const oci::Digest diff_id, ReadDigest(object.Take("diff_id")));
  request::Layer layer{.blob = {.digest = digest}, .diff_id = diff_id};
  ABSL_ASSIGN_OR_RETURN(layer.blob.media_type, object.RequiredString("media_type"));
  ABSL_ASSIGN_OR_RETURN(layer.blob.size, object.RequiredSize("size"));
  ABSL_ASSIGN_OR_RETURN(layer.blob.annotations, object.StringMap("annotations"));
  ABSL_RETURN_IF_ERROR(object.ForEach("urls", [&layer](const Value& url) {
    if (json::KindOf(url.raw) != json::Kind::kString) return ErrorAt(url, "not a string");
    ABSL_ASSIGN_OR_RETURN(layer.blob.urls.emplace_back(), json::DecodeString(url.raw));
    return absl::OkStatus();
  }));
  ABSL_ASSIGN_OR_RETURN(layer.description, object.String("description"));
  const Value created = object.Take("created_at");
  ABSL_ASSIGN_OR_RETURN(const std::string text, object.String("created_at"));
  if (!text.empty()) {
    absl::StatusOr<oci::Timestamp> time = oci::ParseTimestamp(text);
    if (!time.ok()) return At(created, time.status());
    layer.created_at = *time;
  }
  ABSL_RETURN_IF_ERROR(object.Finish());
  ABSL_RETURN_IF_ERROR(Look(value, layer.blob));
  return layer;
}

absl::StatusOr<request::Ref> ResultReader::ReadRef(const Value& value) {
  request::Ref ref;
  if (json::KindOf(value.raw) == json::Kind::kNull) return ref;
  ABSL_ASSIGN_OR_RETURN(ObjectReader object, ObjectReader::Parse(value));
  ABSL_RETURN_IF_ERROR(object.ForEach("layers", [this, &ref](const Value& layer) {
    ABSL_ASSIGN_OR_RETURN(request::Layer read, ReadLayer(layer));
    ref.layers.push_back(std::move(read));
    return absl::OkStatus();
  }));
  if (object.Has("inline_cache")) {
    ABSL_ASSIGN_OR_RETURN(ref.inline_cache, ReadBytes(object.Take("inline_cache")));
  }
  ABSL_RETURN_IF_ERROR(object.Finish());
  return ref;
}

absl::Status ResultReader::ReadRefs(ObjectReader& object, request::BuildResult& result) {
  ABSL_RETURN_IF_ERROR(object.ForEach("ref_keys", [&result](const Value& key) {
    if (json::KindOf(key.raw) != json::Kind::kString) return ErrorAt(key, "not a string");
    ABSL_ASSIGN_OR_RETURN(const std::string text, json::DecodeString(key.raw));
    return result.refs.emplace(text, request::Ref()).second ? absl::OkStatus() : ErrorAt(key, "given twice");
  }));
  const bool keys_given = !result.refs.empty();
  const Value refs = object.Take("refs");
  if (!refs.raw.empty()) {
    ABSL_ASSIGN_OR_RETURN(const ObjectReader entries, ObjectReader::Parse(refs));
    for (const auto& [key, entry] : entries.Entries()) {
      if (keys_given && result.refs.count(key) == 0) return ErrorAt(entry, "not among ref_keys");
      ABSL_ASSIGN_OR_RETURN(result.refs[key], ReadRef(entry));
    }
  }
  if (result.is_map && result.refs.empty()) return ErrorAt(refs, "a map has at least one ref");
  for (const auto& [key, ref] : result.refs) {
    if (key.empty() == result.is_map) {
      return ErrorAt(refs, result.is_map ? "a map's refs have keys" : "a result that is no map has one ref, \"\"");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<request::AttestationSubject> ResultReader::ReadSubject(const Value& value) {
  ABSL_ASSIGN_OR_RETURN(ObjectReader object, ObjectReader::Parse(value));
  request::AttestationSubject subject;
  const Value kind = object.Take("kind");
  ABSL_ASSIGN_OR_RETURN(const std::string kind_name, object.RequiredString("kind"));
  const auto* row = std::find_if(std::begin(kSubjectKinds), std::end(kSubjectKinds),
                                 [&](const SubjectKind& known) { return known.name == kind_name; });
  if (row == std::end(kSubjectKinds)) return ErrorAt(kind, "\"Self\", \"Raw\" or \"Image\" is expected");
  subject.kind = row->kind;
  ABSL_ASSIGN_OR_RETURN(subject.name, object.String("name"));
  ABSL_ASSIGN_OR_RETURN(subject.digests, object.StringMap("digest"));
  ABSL_RETURN_IF_ERROR(object.Finish());
  return subject;
}

// A bundle is one flat directory.
absl::Status CheckFileName(const std::string& name, const Value& value) {
  const size_t slash = name.find('/');
  if (name.empty() || name == "." || name == ".." || slash == 0 || name.find('\0') != name.npos) {
    return ErrorAt(value, "not a file name");
  }
  if (slash == name.npos) return absl::OkStatus();
  return ErrorAt(value, absl::StrCat(name.substr(0, slash), " is not a regular file: a bundle has no directories"));
}

absl::Status ResultReader::ReadFiles(const Value& value, request::Attestation& attestation) {
  if (value.raw.empty()) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const ObjectReader object, ObjectReader::Parse(value));
  for (const auto& [name, file] : object.Entries()) {
    ABSL_RETURN_IF_ERROR(CheckFileName(name, file));
    ABSL_ASSIGN_OR_RETURN(const oci::Descriptor blob, ReadBlob(file));
    attestation.files.emplace(name, blob);
  }
  return absl::OkStatus();
}

absl::StatusOr<request::Attestation> ResultReader::ReadAttestation(const Value& value) {
  ABSL_ASSIGN_OR_RETURN(ObjectReader object, ObjectReader::Parse(value));
  request::Attestation attestation;
  const Value kind = object.Take("kind");
  ABSL_ASSIGN_OR_RETURN(const std::string kind_name, object.RequiredString("kind"));
  if (kind_name != "in-toto" && kind_name != "bundle") return ErrorAt(kind, "\"in-toto\" or \"bundle\" is expected");
  const bool bundle = kind_name == "bundle";
  attestation.kind = bundle ? request::Attestation::Kind::kBundle : request::Attestation::Kind::kInToto;
  ABSL_ASSIGN_OR_RETURN(attestation.path, object.String("path"));
  ABSL_ASSIGN_OR_RETURN(attestation.predicate_type, object.String("predicate_type"));
  if (!bundle) {
    ABSL_ASSIGN_OR_RETURN(attestation.statement_type, object.String("statement_type"));
  }
  ABSL_ASSIGN_OR_RETURN(attestation.metadata, object.StringMap("metadata"));
  ABSL_RETURN_IF_ERROR(object.ForEach("subjects", [this, &attestation](const Value& subject) {
    ABSL_ASSIGN_OR_RETURN(attestation.subjects.emplace_back(), ReadSubject(subject));
    return absl::OkStatus();
  }));
  if (bundle) {
    ABSL_RETURN_IF_ERROR(ReadFiles(object.Take("files"), attestation));
  } else if (object.Has("content")) {
    ABSL_ASSIGN_OR_RETURN(attestation.content, ReadBlob(object.Take("content")));
  }
  ABSL_RETURN_IF_ERROR(object.Finish());
  return attestation;
}

absl::Status ResultReader::ReadAnnotations(const Value& value, request::BuildResult& result) {
  if (value.raw.empty()) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const ObjectReader object, ObjectReader::Parse(value));
  for (const auto& [platform, entry] : object.Entries()) {
    ABSL_ASSIGN_OR_RETURN(ObjectReader group, ObjectReader::Parse(entry));
    request::AnnotationGroup& annotations = result.annotations[platform];
    ABSL_ASSIGN_OR_RETURN(annotations.manifest, group.StringMap("manifest"));
    ABSL_ASSIGN_OR_RETURN(annotations.manifest_descriptor, group.StringMap("manifest_descriptor"));
    ABSL_ASSIGN_OR_RETURN(annotations.index, group.StringMap("index"));
    ABSL_ASSIGN_OR_RETURN(annotations.index_descriptor, group.StringMap("index_descriptor"));
    ABSL_RETURN_IF_ERROR(group.Finish());
  }
  return absl::OkStatus();
}

absl::Status ResultReader::ReadAttestations(const Value& value, request::BuildResult& result) {
  if (value.raw.empty()) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(ObjectReader object, ObjectReader::Parse(value));
  for (const auto& [platform, entry] : object.Entries()) {
    std::vector<request::Attestation>& list = result.attestations[platform];
    ABSL_RETURN_IF_ERROR(object.ForEach(platform, [this, &list](const Value& element) {
      ABSL_ASSIGN_OR_RETURN(list.emplace_back(), ReadAttestation(element));
      return absl::OkStatus();
    }));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<request::BuildResult> ParseResult(const oci::Context& context, absl::string_view text,
                                                 oci::content::Fetcher& blobs) {
  ABSL_RETURN_IF_ERROR(json::Validate(text));
  return ResultReader(context, blobs).Read({.raw = text, .path = ""});
}

absl::StatusOr<OpenedResult> OpenResultDirectory(const oci::Context& context, const std::string& directory) {
  const PathKind kind = KindOfPath(directory);
  if (kind == PathKind::kFile && absl::EndsWith(directory, "/result.json")) {
    return oci::InvalidInputError(absl::StrCat("--result takes the directory, not its result.json: write --result ",
                                               oci::file::ParentOf(directory)));
  }
  // A layout that holds a result as well is taken for the result.
  const std::string path = absl::StrCat(directory, "/result.json");
  std::error_code error;
  if (kind != PathKind::kResult && kind != PathKind::kDirectory && !std::filesystem::exists(path, error)) {
    return WrongKind(directory, kind, "a result directory (with a result.json)");
  }
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::file::FileSource> file,
                        oci::file::FileSource::Open(path, oci::file::Links::kFollow));
  absl::StatusOr<std::string> text = oci::io::ReadAll(context, *file, kMaxResultBytes);
  if (!text.ok()) return oci::Annotate(text.status(), path);
  auto blobs = std::make_unique<oci::content::store::FileStore>(directory, oci::content::store::FileStore::Options());
  absl::StatusOr<request::BuildResult> result = ParseResult(context, *text, *blobs);
  if (!result.ok()) return oci::Annotate(result.status(), path);
  return OpenedResult{*std::move(result), std::move(blobs)};
}

}  // namespace waybill::exporter::input
