// SPDX-License-Identifier: Apache-2.0
#include "tools/golden/recorded/case.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::golden::recorded {
namespace {

constexpr char kEpochArgument[] = "build-arg:SOURCE_DATE_EPOCH";

std::string Text(const Json& object, const char* key) { return object.value(key, std::string()); }

EntryRecord ReadEntry(const Json& json) {
  // A directory's files have their whole mode, those of an archive its last four digits.
  return {.path = json.contains("path") ? Text(json, "path") : Text(json, "name"),
          .sha256 = Text(json, "sha256"),
          .size = json.value("size", int64_t{0}),
          .type = Text(json, "type"),
          .mode = json.contains("mode") && json["mode"].is_string() ? Text(json, "mode") : "",
          .mtime = json.value("mtime", int64_t{0}),
          .link = json.contains("linkname") ? Text(json, "linkname") : Text(json, "link")};
}

std::vector<EntryRecord> ReadEntries(const Json& list) {
  std::vector<EntryRecord> entries;
  for (const Json& entry : list) entries.push_back(ReadEntry(entry));
  return entries;
}

// Tags of images that were in the registry before the recording.
bool IsOlder(const std::string& repository, const std::string& tag) { return repository == "base53" && tag == "1"; }

std::map<std::string, RepositoryRecord> ReadRegistry(const Json& json) {
  std::map<std::string, RepositoryRecord> registry;
  for (const auto& [name, content] : json.items()) {
    RepositoryRecord& repository = registry[name];
    for (const Json& digest : content["blobs"]) repository.digests.insert(digest.get<std::string>());
    for (const Json& digest : content["manifests"]) repository.digests.insert(digest.get<std::string>());
    for (const Json& tag : content["tags"]["tags"]) {
      if (!IsOlder(name, tag.get<std::string>())) repository.tags.insert(tag.get<std::string>());
    }
  }
  return registry;
}

void ReadExpectation(const Json& expect, Case& record) {
  record.error = Text(expect, "error");
  if (expect.contains("response")) {
    record.response.emplace();
    if (expect["response"].is_object()) record.response = expect["response"].get<std::map<std::string, std::string>>();
  }
  if (expect.contains("metadata_file")) record.metadata_file = expect["metadata_file"];
  for (const Json& document : expect.value("documents", Json::array())) {
    record.documents.push_back({.kind = Text(document, "kind"),
                                .digest = Text(document, "digest"),
                                .media_type = Text(document, "media_type"),
                                .size = document.value("size", int64_t{0})});
  }
  if (expect.contains("tar")) {
    const Json& tar = expect["tar"];
    record.tar = TarRecord{.sha256 = Text(tar, "sha256"),
                           .size = tar.value("size", int64_t{0}),
                           .entries = ReadEntries(tar.value("entries", Json::array()))};
  }
  if (expect.contains("directory")) record.directory = ReadEntries(expect["directory"]);
  if (expect.contains("registry")) record.registry = ReadRegistry(expect["registry"]);
}

}  // namespace

std::vector<std::string> CaseNames() {
  std::vector<std::string> names;
  std::error_code error;
  const std::string directory = absl::StrCat(kGoldenDirectory, "/cases");
  for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    if (it->path().extension() == ".json") names.push_back(it->path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return oci::NotFoundError(absl::StrCat("cannot open ", path));
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

absl::StatusOr<std::string> ReadBlob(const std::string& digest) {
  return ReadFile(absl::StrCat(kGoldenDirectory, "/blobs/", absl::StripPrefix(digest, "sha256:")));
}

absl::StatusOr<Case> LoadCase(const std::string& name) {
  ABSL_ASSIGN_OR_RETURN(const std::string text, ReadFile(absl::StrCat(kGoldenDirectory, "/cases/", name, ".json")));
  const Json json = Json::parse(text, nullptr, false);
  if (json.is_discarded() || !json.contains("exporter") || !json.contains("expect")) {
    return oci::InvalidInputError(absl::StrCat(name, " is not a case"));
  }
  Case record{.name = name};
  record.request.type = Text(json["exporter"], "type");
  record.request.attributes = json["exporter"]["attrs"].get<std::map<std::string, std::string>>();
  record.deviation = Text(json, "deviation");
  record.clock = Text(json, "clock");
  record.request.compatibility_version = json.value("compatibility_version", 0);
  const Json recorded_with = json.value("recorded_with", Json::object());
  if (recorded_with.contains(kEpochArgument)) record.build_epoch = Text(recorded_with, kEpochArgument);
  if (json.contains("result")) record.result = json["result"];
  ReadExpectation(json["expect"], record);
  return record;
}

}  // namespace waybill::golden::recorded
