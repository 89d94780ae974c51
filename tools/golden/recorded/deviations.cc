// SPDX-License-Identifier: Apache-2.0
#include "tools/golden/recorded/deviations.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "tools/golden/recorded/sbom.h"

namespace waybill::golden::recorded {
namespace {

constexpr char kInToto[] = "application/vnd.in-toto+json";
constexpr char kReferenceDigest[] = "vnd.docker.reference.digest";

class GraphComparison {
 public:
  GraphComparison(const Case& record, Deviation deviation, const Layout& layout)
      : record_(record), deviation_(deviation), layout_(layout) {}

  // Both are descriptors. Afterwards the actual digest is mapped to the expected one.
  void Compare(const Json& expected, const Json& actual);
  // `json` with mapped digests, and the sizes beside them, replaced by the expected ones.
  Json Map(Json json) const;
  void Expect(absl::string_view what, const std::string& expected, const std::string& actual);
  void CompareEntries();
  Response MapResponse(const Response& response) const;

  Differences& differences() { return differences_; }

 private:
  struct Expected {
    std::string digest;
    int64_t size = 0;
  };
  void CompareDocument(const Json& expected, const Json& actual, const Json& descriptor);
  void CompareChildren(const Json& expected, const Json& actual, const char* field);
  void CompareStatement(const std::string& expected, const std::string& actual);
  EntryRecord MapEntry(EntryRecord entry) const;

  const Case& record_;
  const Deviation deviation_;
  const Layout& layout_;
  std::map<std::string, Expected> mapping_;  // by actual digest
  std::string exporter_;                     // the image that the current attestation manifest is about
  Differences differences_;
};

void GraphComparison::Expect(absl::string_view what, const std::string& expected, const std::string& actual) {
  if (expected == actual) return;
  differences_.push_back(absl::StrCat(what, ":\n  expected ", expected, "\n  actual   ", actual));
}

Json GraphComparison::Map(Json json) const {
  if (json.is_string()) {
    const auto found = mapping_.find(json.get<std::string>());
    return found == mapping_.end() ? json : Json(found->second.digest);
  }
  if (json.is_object() && json.contains("digest") && json.contains("size") && json["digest"].is_string()) {
    const auto found = mapping_.find(json["digest"].get<std::string>());
    if (found != mapping_.end()) json["size"] = found->second.size;
  }
  if (json.is_structured()) {
    for (Json& element : json) element = Map(element);
  }
  return json;
}

void GraphComparison::CompareChildren(const Json& expected, const Json& actual, const char* field) {
  const Json none = Json::array();
  const Json& left = expected.contains(field) && expected[field].is_array() ? expected[field] : none;
  const Json& right = actual.contains(field) && actual[field].is_array() ? actual[field] : none;
  Expect(absl::StrCat("number of ", field), absl::StrCat(left.size()), absl::StrCat(right.size()));
  for (size_t i = 0; i < std::min(left.size(), right.size()); ++i) Compare(left[i], right[i]);
}

void GraphComparison::CompareDocument(const Json& expected, const Json& actual, const Json& descriptor) {
  if (descriptor.contains("annotations")) exporter_ = descriptor["annotations"].value(kReferenceDigest, std::string());
  CompareChildren(expected, actual, "manifests");
  CompareChildren(expected, actual, "layers");
  if (expected.contains("config") && expected["config"].contains("digest")) {
    Compare(expected["config"], actual.value("config", Json::object()));
  }
  Expect("document", expected.dump(2), Map(actual).dump(2));
}

void GraphComparison::CompareStatement(const std::string& expected, const std::string& actual) {
  if (deviation_ == Deviation::kSubject) {
    const std::string subject = absl::StrCat(R"("subject":[{"name":"_","digest":{"sha256":")",
                                             absl::StripPrefix(exporter_, "sha256:"), R"("}}])");
    Expect("statement", absl::StrReplaceAll(expected, {{R"("subject":[])", subject}}), actual);
    return;
  }
  constexpr char kPredicate[] = "\"predicate\":";
  Expect("statement before its predicate", expected.substr(0, expected.find(kPredicate)),
         actual.substr(0, actual.find(kPredicate)));
  const std::string difference = CompareSbom(record_, expected, actual);
  if (!difference.empty()) differences_.push_back(difference);
}

void GraphComparison::Compare(const Json& expected, const Json& actual) {
  const std::string wanted = expected.value("digest", std::string());
  const std::string got = actual.value("digest", std::string());
  const absl::StatusOr<std::string> expected_bytes = ReadBlob(wanted);
  const auto file = layout_.files.find(BlobPath(got));
  if (!expected_bytes.ok() || file == layout_.files.end()) {
    differences_.push_back(absl::StrCat("cannot compare ", wanted, " with ", got));
    return;
  }
  const std::string media_type = actual.value("mediaType", std::string());
  Expect("media type", expected.value("mediaType", std::string()), media_type);
  if (wanted != got && media_type == kInToto) {
    CompareStatement(*expected_bytes, file->second);
  } else if (wanted != got) {
    CompareDocument(Json::parse(*expected_bytes, nullptr, false), Json::parse(file->second, nullptr, false), actual);
  }
  mapping_[got] = {.digest = wanted, .size = static_cast<int64_t>(expected_bytes->size())};
}

EntryRecord GraphComparison::MapEntry(EntryRecord entry) const {
  const auto found = mapping_.find(absl::StrCat("sha256:", entry.sha256));
  if (found == mapping_.end() || entry.path != BlobPath(entry.sha256)) return entry;
  entry.path = BlobPath(found->second.digest);
  entry.sha256 = std::string(absl::StripPrefix(found->second.digest, "sha256:"));
  entry.size = found->second.size;
  return entry;
}

void GraphComparison::CompareEntries() {
  const auto line = [](const EntryRecord& entry) {
    // The one file that names mapped digests; it is compared by itself.
    const bool index = entry.path == "index.json";
    return absl::StrCat(entry.path, " ", entry.type, " ", entry.mode, " ", entry.mtime, " ",
                        index ? "" : absl::StrCat(entry.size, " ", entry.sha256));
  };
  // Sets: statements that are equal without their subjects are one entry in the recording.
  std::set<std::string> expected;
  std::set<std::string> actual;
  std::string last;
  for (const EntryRecord& entry : record_.tar->entries) expected.insert(line(entry));
  for (const EntryRecord& entry : layout_.entries) {
    if (entry.path <= last) differences_.push_back(absl::StrCat("entry ", entry.path, " is out of order"));
    last = entry.path;
    actual.insert(line(MapEntry(entry)));
  }
  Expect("entries", absl::StrJoin(expected, "\n"), absl::StrJoin(actual, "\n"));
}

Response GraphComparison::MapResponse(const Response& response) const {
  Response mapped;
  for (const auto& [key, value] : response) {
    std::string decoded;
    if (key == "containerimage.descriptor" && absl::Base64Unescape(value, &decoded)) {
      mapped[key] = absl::Base64Escape(Map(Json::parse(decoded, nullptr, false)).dump());
    } else {
      mapped[key] = Map(Json(value)).get<std::string>();
    }
  }
  return mapped;
}

Json IndexOf(const Case& record) {
  for (const EntryRecord& entry : record.tar->entries) {
    if (entry.path != "index.json") continue;
    const absl::StatusOr<std::string> bytes = ReadBlob(entry.sha256);
    if (bytes.ok()) return Json::parse(*bytes, nullptr, false);
  }
  return Json();
}

}  // namespace

Differences CompareDeviating(const Case& record, Deviation deviation, const Response& response, const Layout& layout) {
  if (!record.tar.has_value()) return {"a deviating case has to be an archive"};
  const Json expected = IndexOf(record);
  const auto file = layout.files.find("index.json");
  const Json actual = file == layout.files.end() ? Json() : Json::parse(file->second, nullptr, false);
  if (!expected.is_object() || !actual.is_object() || actual.value("manifests", Json::array()).empty()) {
    return {"no index.json"};
  }
  GraphComparison comparison(record, deviation, layout);
  comparison.Compare(expected["manifests"][0], actual["manifests"][0]);
  comparison.Expect("index.json", expected.dump(), comparison.Map(actual).dump());
  comparison.CompareEntries();
  Differences differences = std::move(comparison.differences());
  for (const std::string& line : CompareResponse(record, comparison.MapResponse(response))) differences.push_back(line);
  return differences;
}

}  // namespace waybill::golden::recorded
