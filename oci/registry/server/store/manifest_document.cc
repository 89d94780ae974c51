// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/server/store/manifest_document.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry::server::store {
namespace {

using nlohmann::json;

constexpr int kMaxDepth = 100;

// The member, or null.
const json& Member(const json& object, const char* name) {
  static const json* const kNull = new json();
  const auto found = object.find(name);
  return found == object.end() ? *kNull : *found;
}

absl::StatusOr<std::string> Text(const json& object, const char* name) {
  const json& value = Member(object, name);
  if (value.is_null()) return std::string();
  if (!value.is_string()) return InvalidInputError(absl::StrCat(name, " is not a string"));
  return value.get<std::string>();
}

absl::StatusOr<std::map<std::string, std::string>> ReadAnnotations(const json& document) {
  std::map<std::string, std::string> annotations;
  const json& object = Member(document, "annotations");
  if (object.is_null()) return annotations;
  if (!object.is_object()) return InvalidInputError("annotations is not an object");
  for (const auto& [key, value] : object.items()) {
    if (!value.is_string()) return InvalidInputError(absl::StrCat("annotation ", key, " is not a string"));
    annotations[key] = value.get<std::string>();
  }
  return annotations;
}

absl::StatusOr<Link> ReadLink(const json& value, absl::string_view what) {
  if (!value.is_object()) return InvalidInputError(absl::StrCat(what, " is not a descriptor"));
  ABSL_ASSIGN_OR_RETURN(std::string media_type, Text(value, "mediaType"));
  ABSL_ASSIGN_OR_RETURN(const std::string digest_text, Text(value, "digest"));
  absl::StatusOr<Digest> digest = Digest::Parse(digest_text);
  if (!digest.ok()) return Annotate(digest.status(), what);
  if (!Member(value, "size").is_number_integer() || Member(value, "size") < 0) {
    return InvalidInputError(absl::StrCat(what, ": size is missing or negative"));
  }
  ABSL_ASSIGN_OR_RETURN(auto annotations, ReadAnnotations(value));
  return Link{.media_type = std::move(media_type),
              .digest = *std::move(digest),
              .has_data = !Member(value, "data").is_null(),
              .has_urls = !Member(value, "urls").is_null(),
              .annotations = std::move(annotations)};
}

absl::StatusOr<std::vector<Link>> ReadLinks(const json& document, const char* name) {
  std::vector<Link> links;
  const json& list = Member(document, name);
  if (list.is_null()) return links;
  if (!list.is_array()) return InvalidInputError(absl::StrCat(name, " is not a list"));
  for (const json& item : list) {
    ABSL_ASSIGN_OR_RETURN(Link link, ReadLink(item, name));
    links.push_back(std::move(link));
  }
  return links;
}

}  // namespace

absl::StatusOr<ManifestDocument> ReadManifestDocument(absl::string_view bytes) {
  int deepest = 0;
  const json::parser_callback_t limit = [&](int depth, json::parse_event_t, json&) {
    deepest = std::max(deepest, depth);
    return depth <= kMaxDepth;
  };
  const json parsed = json::parse(bytes.begin(), bytes.end(), limit, false);
  if (deepest > kMaxDepth || !parsed.is_object()) return InvalidInputError("manifest invalid: not a JSON object");
  if (Member(parsed, "schemaVersion") != 2) return InvalidInputError("manifest invalid: schemaVersion is not 2");
  ManifestDocument document;
  ABSL_ASSIGN_OR_RETURN(document.media_type, Text(parsed, "mediaType"));
  ABSL_ASSIGN_OR_RETURN(document.artifact_type, Text(parsed, "artifactType"));
  ABSL_ASSIGN_OR_RETURN(document.annotations, ReadAnnotations(parsed));
  ABSL_ASSIGN_OR_RETURN(document.manifests, ReadLinks(parsed, "manifests"));
  ABSL_ASSIGN_OR_RETURN(document.blobs, ReadLinks(parsed, "layers"));
  if (parsed.contains("config")) {
    ABSL_ASSIGN_OR_RETURN(document.config, ReadLink(parsed["config"], "config"));
    document.blobs.insert(document.blobs.begin(), *document.config);
  } else if (!parsed.contains("manifests")) {
    return InvalidInputError("manifest invalid: neither config nor manifests");
  }
  if (parsed.contains("subject")) {
    ABSL_ASSIGN_OR_RETURN(document.subject, ReadLink(parsed["subject"], "subject"));
  }
  return document;
}

}  // namespace waybill::oci::registry::server::store
