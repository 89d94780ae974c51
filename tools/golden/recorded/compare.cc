// SPDX-License-Identifier: Apache-2.0
#include "tools/golden/recorded/compare.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "exporter/answers/delivery.h"
#include "exporter/answers/response.h"

namespace waybill::golden::recorded {
namespace {

void Expect(Differences& differences, absl::string_view what, const std::string& expected, const std::string& actual) {
  if (expected == actual) return;
  differences.push_back(absl::StrCat(what, ":\n  expected ", expected, "\n  actual   ", actual));
}

// The same text for equal entries. Layout directories have no types, modes and times in the recordings.
std::string Line(const EntryRecord& entry) {
  return absl::StrCat(entry.path, " type=", entry.type, " mode=", entry.mode, " size=", entry.size,
                      " mtime=", entry.mtime, " link=", entry.link, " sha256=", entry.sha256);
}

void CompareEntries(const std::vector<EntryRecord>& expected, const std::vector<EntryRecord>& actual,
                    Differences& differences) {
  const size_t count = std::max(expected.size(), actual.size());
  for (size_t i = 0; i < count; ++i) {
    Expect(differences, absl::StrCat("entry ", i), i < expected.size() ? Line(expected[i]) : "none",
           i < actual.size() ? Line(actual[i]) : "none");
  }
}

void CompareDocuments(const Case& record, const Layout& layout, Differences& differences) {
  for (const DocumentRecord& document : record.documents) {
    const auto found = layout.files.find(BlobPath(document.digest));
    if (found == layout.files.end()) {
      differences.push_back(absl::StrCat(document.kind, " ", document.digest, " is missing"));
      continue;
    }
    const Json json = Json::parse(found->second, nullptr, false);
    Expect(differences, absl::StrCat(document.kind, " ", document.digest), document.media_type,
           json.is_object() ? json.value("mediaType", std::string()) : "no JSON object");
    Expect(differences, absl::StrCat(document.kind, " ", document.digest), absl::StrCat(document.size),
           absl::StrCat(found->second.size()));
  }
}

}  // namespace

Differences CompareResponse(const Case& record, Response response) {
  Differences differences;
  // What BuildKit does not tell.
  const bool pushed = response.erase(std::string(exporter::answers::kPushedKey)) > 0;
  if (pushed == record.registry.empty())
    differences.push_back(pushed ? "pushed something" : "does not say what it pushed");
  const Response expected = record.response.value_or(Response());
  for (const auto& [key, value] : expected) {
    const auto found = response.find(key);
    Expect(differences, absl::StrCat("response ", key), value, found == response.end() ? "none" : found->second);
  }
  for (const auto& [key, value] : response) {
    if (expected.count(key) == 0) Expect(differences, absl::StrCat("response ", key), "none", value);
  }
  // As Go writes JSON.
  const std::string file =
      absl::StrReplaceAll(record.metadata_file.dump(2), {{"<", "\\u003c"}, {">", "\\u003e"}, {"&", "\\u0026"}});
  Expect(differences, "metadata file", file, exporter::answers::MetadataFile(response));
  return differences;
}

Differences CompareLayout(const Case& record, const Layout& layout) {
  Differences differences;
  CompareDocuments(record, layout, differences);
  if (record.tar.has_value()) {
    CompareEntries(record.tar->entries, layout.entries, differences);
    Expect(differences, "archive size", absl::StrCat(record.tar->size), absl::StrCat(layout.size));
    Expect(differences, "archive sha256", record.tar->sha256, layout.sha256);
  } else if (record.directory.has_value()) {
    CompareEntries(*record.directory, layout.entries, differences);
  }
  return differences;
}

Differences CompareRegistry(const Case& record, const std::map<std::string, RepositoryRecord>& registry) {
  Differences differences;
  for (const auto& [name, expected] : record.registry) {
    const auto found = registry.find(name);
    const RepositoryRecord actual = found == registry.end() ? RepositoryRecord() : found->second;
    Expect(differences, absl::StrCat("tags of ", name), absl::StrJoin(expected.tags, " "),
           absl::StrJoin(actual.tags, " "));
    Expect(differences, absl::StrCat("content of ", name), absl::StrJoin(expected.digests, "\n"),
           absl::StrJoin(actual.digests, "\n"));
  }
  for (const auto& [name, actual] : registry) {
    if (record.registry.count(name) == 0) differences.push_back(absl::StrCat("unexpected repository ", name));
  }
  return differences;
}

}  // namespace waybill::golden::recorded
