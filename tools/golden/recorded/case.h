// SPDX-License-Identifier: Apache-2.0
// One recorded case (testdata/golden/README.md), read with another JSON library than the one under test.
#ifndef WAYBILL_TOOLS_GOLDEN_RECORDED_CASE_H_
#define WAYBILL_TOOLS_GOLDEN_RECORDED_CASE_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "exporter/request/export_request.h"
#include "nlohmann/json.hpp"

namespace waybill::golden::recorded {

using Json = nlohmann::ordered_json;

struct DocumentRecord {
  std::string kind;  // "index", "manifest", "attestation-manifest"
  std::string digest;
  std::string media_type;
  int64_t size = 0;
};

// One file of a directory, or one entry of an archive.
struct EntryRecord {
  std::string path;
  std::string sha256;
  int64_t size = 0;
  std::string type;  // archives: the type flag
  std::string mode;  // archives: "0644"; directories of type local: "100644"
  int64_t mtime = 0;
  std::string link;
};

struct TarRecord {
  std::string sha256;
  int64_t size = 0;
  std::vector<EntryRecord> entries;
};

// What is in one repository after a push.
struct RepositoryRecord {
  std::set<std::string> tags;
  std::set<std::string> digests;  // of blobs and manifests
};

struct Case {
  std::string name;
  exporter::request::ExportRequest request;
  std::optional<std::string> build_epoch;  // the build argument SOURCE_DATE_EPOCH
  std::optional<Json> result;              // absent: any result serves
  // What BuildKit did.
  std::string error;  // empty: it succeeded
  std::optional<std::map<std::string, std::string>> response;
  std::string
      deviation;  // what it shows of how waybill differs, where tools/golden/recorded/verdicts.h does not list the case
  std::string clock;  // the time of the recording, where it is in what was written
  Json metadata_file;
  std::vector<DocumentRecord> documents;
  std::optional<TarRecord> tar;
  std::optional<std::vector<EntryRecord>> directory;
  std::map<std::string, RepositoryRecord> registry;  // by repository; empty: nothing was pushed
};

// Where the recordings are, relative to the working directory of a test.
inline constexpr char kGoldenDirectory[] = "testdata/golden";

// The names of all cases, sorted. Empty when the directory cannot be read.
std::vector<std::string> CaseNames();
absl::StatusOr<Case> LoadCase(const std::string& name);
// A file of the blob pool. `digest` with or without "sha256:".
absl::StatusOr<std::string> ReadBlob(const std::string& digest);
absl::StatusOr<std::string> ReadFile(const std::string& path);

}  // namespace waybill::golden::recorded

#endif  // WAYBILL_TOOLS_GOLDEN_RECORDED_CASE_H_
