// SPDX-License-Identifier: Apache-2.0
#include "exporter/request/unknown_key.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "exporter/request/annotations.h"
#include "oci/words/nearest_name.h"
#include "oci/words/quote.h"

namespace waybill::exporter::request {
namespace {

using oci::words::NearestName;

constexpr size_t kShown = 200;
constexpr ExporterType kAllTypes[] = {ExporterType::kImage, ExporterType::kOci, ExporterType::kDocker,
                                      ExporterType::kLocal, ExporterType::kTar};

std::vector<std::string> AnnotationTypes() { return {"manifest", "manifest-descriptor", "index", "index-descriptor"}; }

bool IsAnnotationType(absl::string_view word) {
  const std::vector<std::string> types = AnnotationTypes();
  return std::find(types.begin(), types.end(), word) != types.end();
}

bool IsNearlyAnnotation(absl::string_view word) {
  return word == "anno" || word == "annot" || word == "annotate" || !NearestName(word, {"annotation"}).empty();
}

// What stands before the platform and the key: "annotation-index" for "annotations-index" and "index", nothing for
// words that are near none of them.
std::optional<std::string> PrefixMeantBy(absl::string_view word, char next) {
  // A result may have other metadata under names that begin with "index.".
  if (IsAnnotationType(word) && (next == ':' || next == '[')) return absl::StrCat("annotation-", word);
  const size_t dash = word.find_first_of("-_");
  if (!IsNearlyAnnotation(word.substr(0, dash))) return std::nullopt;
  if (dash == absl::string_view::npos) return "annotation";
  const absl::string_view type = word.substr(dash + 1);
  if (IsAnnotationType(type)) return absl::StrCat("annotation-", type);
  const std::string nearest = NearestName(type, AnnotationTypes());
  if (nearest.empty()) return std::nullopt;
  return absl::StrCat("annotation-", nearest);
}

std::string WithoutSpaces(absl::string_view text) {
  std::string out(text);
  std::erase_if(out, [](char c) { return absl::ascii_isspace(static_cast<unsigned char>(c)); });
  return out;
}

// The key of which `key` is the end: "registry.insecure" for "insecure".
std::string LongerKey(absl::string_view key, const std::vector<std::string>& known) {
  constexpr size_t kShortestEnd = 5;
  if (key.size() < kShortestEnd) return "";
  for (const std::string& candidate : known) {
    if (absl::EndsWith(candidate, absl::StrCat(".", key)) || absl::EndsWith(candidate, absl::StrCat("-", key))) {
      return candidate;
    }
  }
  return "";
}

std::string KeyMeantBy(absl::string_view key, ExporterType type) {
  if (!WritesFiles(type)) {
    std::string annotation = AnnotationMeantBy(key);
    if (!annotation.empty()) return annotation;
  }
  const std::vector<absl::string_view> keys = AttributeKeys(type);
  std::vector<std::string> known(keys.begin(), keys.end());
  const std::string name = absl::AsciiStrToLower(key);
  std::string longer = LongerKey(name, known);
  if (!longer.empty()) return longer;
  // Clients read these two themselves.
  known.insert(known.end(), {"dest", "type"});
  return NearestName(name, known);
}

// Where the key would mean something: "type=image"; empty where it means nothing at all.
std::string TypesOf(absl::string_view key) {
  const absl::StatusOr<std::optional<AnnotationKey>> annotation = ParseAnnotationKey(key);
  if (annotation.ok() && annotation->has_value()) return "images";
  for (const ExporterType type : kAllTypes) {
    const std::vector<absl::string_view> keys = AttributeKeys(type);
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) return absl::StrCat("type=", TypeName(type));
  }
  return "";
}

}  // namespace

std::string AnnotationMeantBy(absl::string_view key) {
  const size_t end = std::min(key.find_first_of(".:[] \t"), key.size());
  absl::string_view rest = key.substr(end);
  std::optional<std::string> meant =
      PrefixMeantBy(absl::AsciiStrToLower(key.substr(0, end)), rest.empty() ? '\0' : rest.front());
  if (!meant.has_value()) return "";
  if (absl::StartsWith(rest, "[")) {
    const size_t close = rest.find(']');
    if (close == absl::string_view::npos) return "";
    absl::StrAppend(&*meant, WithoutSpaces(rest.substr(0, close + 1)));
    rest.remove_prefix(close + 1);
  }
  if (!rest.empty() && absl::StrContains(".: \t", rest.front())) rest.remove_prefix(1);
  absl::StrAppend(&*meant, ".", rest.empty() ? "KEY" : WithoutSpaces(rest));
  const absl::StatusOr<std::optional<AnnotationKey>> parsed = ParseAnnotationKey(*meant);
  return parsed.ok() && parsed->has_value() && *meant != key ? *meant : "";
}

std::string DescribeUnknownKey(absl::string_view key, ExporterType type) {
  std::string line = absl::StrCat(oci::words::Quoted(key, kShown), " is no key of type=", TypeName(type));
  const std::string elsewhere = TypesOf(key);
  if (!elsewhere.empty()) return absl::StrCat(line, ", but of ", elsewhere, "; nothing reads it here");
  const std::string meant = KeyMeantBy(key, type);
  absl::StrAppend(&line, ", and nothing reads it");
  if (!meant.empty() && meant != key) absl::StrAppend(&line, "; did you mean ", oci::words::Quoted(meant, kShown), "?");
  return line;
}

}  // namespace waybill::exporter::request
