// SPDX-License-Identifier: Apache-2.0
#include "tools/golden/recorded/inputs.h"

#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/status_macros.h"
#include "oci/time.h"
#include "tools/golden/recorded/result_blobs.h"
#include "tools/golden/recorded/unseen.h"

namespace waybill::golden::recorded {
namespace {

constexpr char kAnyResult[] = "oci-single";
constexpr absl::string_view kWallClock[] = {"gw-config-empty-times", "gw-config-no-created",
                                            "oci-single-epoch-attr-empty", "oci-single-noepoch"};

// Error cases about layers, which only another case of the same build has.
struct Borrowed {
  absl::string_view name;
  absl::string_view from;
};
constexpr Borrowed kBorrowed[] = {{"gw-exotic-force-estargz", "gw-exotic-plain"},
                                  {"gw-exotic-force-estargz", "gw-exotic-plain"}};

// What BuildKit v0.32 allowed, and a file one byte larger.
constexpr int64_t kRecordedLimit = 41943040;

// Every string of the document that is a digest of the pool. Diff ids are not in the pool, unless as blobs.
absl::Status CopyBlobs(const Json& json, const std::string& directory) {
  if (json.is_string()) {
    const std::string text = json.get<std::string>();
    if (!absl::StartsWith(text, "sha256:")) return absl::OkStatus();
    const absl::StatusOr<std::string> bytes = ReadBlob(text);
    return bytes.ok() ? WriteFile(BlobPath(directory, text), *bytes) : absl::OkStatus();
  }
  if (!json.is_structured()) return absl::OkStatus();
  for (const Json& element : json) ABSL_RETURN_IF_ERROR(CopyBlobs(element, directory));
  return absl::OkStatus();
}

using Maker = absl::StatusOr<Json> (*)(const std::string& directory);

absl::StatusOr<Json> WithoutPath(const std::string& directory) {
  ABSL_ASSIGN_OR_RETURN(const std::string content, AddBlob(directory, "{}"));
  return Json{{"kind", "in-toto"}, {"path", ""}, {"predicate_type", "x"}, {"content", content}};
}

absl::StatusOr<Json> DirectoryAsContent(const std::string& directory) {
  const std::string digest = oci::Digest::Of("a directory").ToString();
  std::error_code error;
  std::filesystem::create_directory(BlobPath(directory, digest), error);
  if (error) return oci::ErrnoError(error.value(), "create a directory");
  return Json{{"kind", "in-toto"}, {"path", "/d"}, {"predicate_type", "x"}, {"content", digest}};
}

absl::StatusOr<Json> TooBig(const std::string& directory) {
  ABSL_ASSIGN_OR_RETURN(const std::string content,
                        AddBlob(directory, std::string(static_cast<size_t>(kRecordedLimit + 1), ' ')));
  return Json{{"kind", "in-toto"}, {"path", "/big.json"}, {"predicate_type", "x"}, {"content", content}};
}

absl::StatusOr<Json> BundleWithDirectory(const std::string& directory) {
  ABSL_ASSIGN_OR_RETURN(const std::string content, AddBlob(directory, "{}"));
  return Json{{"kind", "bundle"}, {"path", "/"}, {"predicate_type", ""}, {"files", {{"d/p.json", content}}}};
}

// Cases whose recorded input lacks the fault, because it does not fit into a case: the attestation that has it.
struct Made {
  absl::string_view name;
  Maker make;
};
constexpr Made kMade[] = {
    {"err-att-no-path", WithoutPath},
    {"err-att-directory", DirectoryAsContent},
    {"err-att-too-big", TooBig},
    {"err-att-bundle-subdir", BundleWithDirectory},
};

absl::StatusOr<Json> RecordedResult(absl::string_view name) {
  ABSL_ASSIGN_OR_RETURN(const Case record, LoadCase(std::string(name)));
  if (!record.result.has_value()) return oci::NotFoundError(absl::StrCat(name, " has no result"));
  return *record.result;
}

absl::StatusOr<Json> ResultOf(const Case& record) {
  for (const Borrowed& row : kBorrowed) {
    if (row.name == record.name) return RecordedResult(row.from);
  }
  if (!record.result.has_value()) return RecordedResult(kAnyResult);
  Json result = *record.result;
  // Error cases were recorded without their file system, but had one.
  const bool writes_files = record.request.type == "local" && record.directory.has_value();
  if (!result.contains("refs") && !writes_files && !result.value("is_map", false)) {
    ABSL_ASSIGN_OR_RETURN(const Json any, RecordedResult(kAnyResult));
    result["refs"] = any["refs"];
  }
  return result;
}

}  // namespace

absl::Status WriteBundle(const Case& record, const std::string& directory) {
  std::error_code error;
  std::filesystem::create_directories(absl::StrCat(directory, "/blobs/sha256"), error);
  if (error) return oci::ErrnoError(error.value(), absl::StrCat("create ", directory));
  ABSL_ASSIGN_OR_RETURN(Json result, ResultOf(record));
  if (!result.contains("refs") && record.request.type == "local" && record.directory.has_value()) {
    ABSL_RETURN_IF_ERROR(AddFileSystems(record, directory, result));
  }
  ABSL_RETURN_IF_ERROR(AddProvenance(record, directory, result));
  ABSL_RETURN_IF_ERROR(CopyBlobs(result, directory));
  for (const Made& made : kMade) {
    if (made.name != record.name) continue;
    ABSL_ASSIGN_OR_RETURN(const Json attestation, made.make(directory));
    result["attestations"] = {{"linux/amd64", Json::array({attestation})}};
  }
  return WriteFile(absl::StrCat(directory, "/result.json"), result.dump());
}

exporter::request::ExportRequest RequestOf(const Case& record) {
  exporter::request::ExportRequest request = record.request;
  // BuildKit's solver gives the build argument to every exporter that was not told otherwise.
  if (record.build_epoch.has_value()) request.attributes.emplace("source-date-epoch", *record.build_epoch);
  if (record.name == "err-att-too-big") {
    request.attributes["attestation-content-limit"] = absl::StrCat(kRecordedLimit);
  }
  return request;
}

absl::Time ClockOf(const Case& record) {
  if (const absl::StatusOr<oci::Timestamp> time = oci::ParseTimestamp(record.clock); time.ok()) return time->time;
  for (const absl::string_view name : kWallClock) {
    if (record.name != name) continue;
    const Json& created = record.metadata_file["containerimage.descriptor"]["annotations"];
    const absl::StatusOr<oci::Timestamp> time =
        oci::ParseTimestamp(created.value("org.opencontainers.image.created", std::string()));
    // Recorded in whole seconds: any fraction must be cut.
    if (time.ok()) return time->time + absl::Milliseconds(999);
  }
  return absl::FromUnixSeconds(1234567890);
}

}  // namespace waybill::golden::recorded
