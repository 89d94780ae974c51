// SPDX-License-Identifier: Apache-2.0
#include "tools/golden/recorded/sbom.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tools/golden/recorded/exporter_under_test.h"

namespace waybill::golden::recorded {
namespace {

using Value = nlohmann::json;  // members without an order

Value Predicate(const std::string& statement) {
  const Value json = Value::parse(statement, nullptr, false);
  return json.is_object() ? json.value("predicate", Value()) : Value();
}

void AddLayerComments(Value& files, const Value& recorded) {
  if (!files.is_array() || !recorded.is_array()) return;
  for (size_t i = 0; i < files.size() && i < recorded.size(); ++i) {
    if (!files[i].is_object() || !recorded[i].is_object() || !files[i].value("comment", std::string()).empty())
      continue;
    const std::string comment = recorded[i].value("comment", std::string());
    if (absl::StartsWith(comment, "layerID: ")) files[i]["comment"] = comment;
  }
}

Value Supplement(Value sbom, const Value& recorded) {
  if (!sbom.is_object()) return sbom;
  sbom["creationInfo"]["creators"].push_back(absl::StrCat("Tool: buildkit-", kRecordedVersion));
  if (sbom.contains("files")) AddLayerComments(sbom["files"], recorded.value("files", Value()));
  if (!sbom.contains("packages") || !sbom["packages"].is_array()) return sbom;
  const Value packages = recorded.value("packages", Value::array());
  for (size_t i = 0; i < sbom["packages"].size() && i < packages.size(); ++i) {
    Value& package = sbom["packages"][i];
    if (package.is_object() && package.contains("files")) {
      AddLayerComments(package["files"], packages[i].value("files", Value()));
    }
  }
  return sbom;
}

// The SBOMs of the case, on their own or inside bundled statements.
std::vector<Value> Sboms(const Case& record) {
  std::vector<Value> sboms;
  for (const Json& list : record.result->value("attestations", Json::object())) {
    for (const Json& attestation : list) {
      if (attestation.contains("content")) {
        const absl::StatusOr<std::string> bytes = ReadBlob(attestation["content"].get<std::string>());
        if (bytes.ok()) sboms.push_back(Value::parse(*bytes, nullptr, false));
      }
      for (const Json& file : attestation.value("files", Json::object())) {
        const absl::StatusOr<std::string> bytes = ReadBlob(file.get<std::string>());
        if (bytes.ok()) sboms.push_back(Predicate(*bytes));
      }
    }
  }
  return sboms;
}

}  // namespace

std::string CompareSbom(const Case& record, const std::string& expected, const std::string& actual) {
  const Value recorded = Predicate(expected);
  const Value predicate = Predicate(actual);
  for (const Value& sbom : Sboms(record)) {
    if (Supplement(sbom, recorded) == predicate) return "";
  }
  return absl::StrCat("SBOM is not one of the case's with the recorded additions: ", predicate.dump());
}

}  // namespace waybill::golden::recorded
