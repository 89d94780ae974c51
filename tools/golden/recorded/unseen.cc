// SPDX-License-Identifier: Apache-2.0
#include "tools/golden/recorded/unseen.h"

#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "oci/error.h"
#include "oci/io/string.h"
#include "oci/status_macros.h"
#include "oci/tar/writer.h"
#include "tools/golden/recorded/result_blobs.h"

namespace waybill::golden::recorded {
namespace {

constexpr absl::string_view kProvenance = "provenance.json";

const std::vector<EntryRecord>* EntriesOf(const Case& record) {
  if (record.request.type == "local" && record.directory.has_value()) return &*record.directory;
  if (record.request.type == "tar" && record.tar.has_value()) return &record.tar->entries;
  return nullptr;
}

bool HasProvenance(const Json& attestations) {
  for (const Json& attestation : attestations) {
    if (attestation.value("path", "") == kProvenance) return true;
  }
  return false;
}

}  // namespace

absl::Status AddFileSystems(const Case& record, const std::string& directory, Json& result) {
  const std::vector<std::string> keys =
      result.value("is_map", false) ? result["ref_keys"].get<std::vector<std::string>>() : std::vector<std::string>{""};
  for (const std::string& key : keys) {
    std::string layer;
    oci::io::StringWriter out(layer);
    oci::tar::Writer archive(out);
    for (const EntryRecord& file : *record.directory) {
      const bool own = key.empty() || absl::EndsWith(file.path, "-" + absl::StrReplaceAll(key, {{"/", "-"}}));
      if (file.mode == "100600" || !own) continue;
      ABSL_ASSIGN_OR_RETURN(const std::string bytes, ReadBlob(file.sha256));
      ABSL_RETURN_IF_ERROR(archive.Begin({.name = file.path, .mode = 0644, .size = file.size}));
      ABSL_RETURN_IF_ERROR(archive.Write(bytes));
    }
    ABSL_RETURN_IF_ERROR(archive.Close());
    ABSL_ASSIGN_OR_RETURN(const std::string digest, AddBlob(directory, layer));
    result["refs"][key]["layers"] = Json::array({Json{{"media_type", "application/vnd.oci.image.layer.v1.tar"},
                                                      {"digest", digest},
                                                      {"size", layer.size()},
                                                      {"diff_id", digest}}});
  }
  return absl::OkStatus();
}

absl::Status AddProvenance(const Case& record, const std::string& directory, Json& result) {
  const std::vector<EntryRecord>* const entries = EntriesOf(record);
  if (entries == nullptr || !result.contains("attestations")) return absl::OkStatus();
  for (auto& [platform, attestations] : result["attestations"].items()) {
    if (HasProvenance(attestations)) continue;
    const std::string folder = absl::StrCat(absl::StrReplaceAll(platform, {{"/", "_"}}), "/");
    const bool is_split = result.value("is_map", false);
    for (const EntryRecord& entry : *entries) {
      if (!absl::EndsWith(entry.path, kProvenance) || (is_split && !absl::StartsWith(entry.path, folder))) continue;
      ABSL_ASSIGN_OR_RETURN(const std::string bytes, ReadBlob(entry.sha256));
      const Json statement = Json::parse(bytes, nullptr, false);
      if (statement.is_discarded()) return oci::InvalidInputError(absl::StrCat(entry.path, " is no JSON"));
      ABSL_ASSIGN_OR_RETURN(const std::string content, AddBlob(directory, statement["predicate"].dump()));
      attestations.push_back(Json{{"kind", "in-toto"},
                                  {"path", kProvenance},
                                  {"predicate_type", statement["predicateType"]},
                                  {"metadata", {{"reason", "provenance"}}},
                                  {"content", content}});
    }
  }
  return absl::OkStatus();
}

}  // namespace waybill::golden::recorded
