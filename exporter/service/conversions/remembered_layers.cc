// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/conversions/remembered_layers.h"

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <system_error>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "oci/file/atomic_file.h"
#include "oci/file/fd.h"
#include "oci/file/file.h"
#include "oci/image/manifest.h"
#include "oci/io/stream.h"
#include "oci/json/json.h"

namespace waybill::exporter::service::conversions {
namespace {

namespace fs = std::filesystem;
using oci::layer::Conversion;
using oci::layer::Form;
using oci::layer::GzipEngine;

// In the names of records. To be raised when conversions make other bytes than before, and those of before are wrong.
constexpr int kVersion = 1;
constexpr int64_t kMaxRecordBytes = 64 << 10;
constexpr absl::string_view kDiffId = "containerd.io/uncompressed";

absl::string_view NameOf(Form form) {
  switch (form) {
    case Form::kUncompressed:
      return "uncompressed";
    case Form::kGzip:
      return "gzip";
    case Form::kEstargz:
      return "estargz";
    case Form::kZstd:
      break;
  }
  return "zstd";
}

// All that decides about the bytes.
std::string NameOf(const Conversion& conversion) {
  std::string name(NameOf(conversion.form));
  if (conversion.form == Form::kGzip && conversion.gzip_engine == GzipEngine::kFast) absl::StrAppend(&name, ".fast");
  if (conversion.level.has_value()) absl::StrAppend(&name, ".level", *conversion.level);
  if (conversion.epoch.has_value()) absl::StrAppend(&name, ".epoch", *conversion.epoch);
  if (conversion.layer_bytes.has_value()) absl::StrAppend(&name, ".first", *conversion.layer_bytes);
  return absl::StrCat(name, ".v", kVersion);
}

std::string SumOf(const std::string& path, absl::string_view json) {
  return oci::Digest::Of(absl::StrCat(fs::path(path).filename().string(), "\n", json)).ToString();
}

// The descriptor in a record; nothing when it is damaged.
std::optional<MadeLayer> Parse(const std::string& path, absl::string_view record) {
  const size_t end = record.find('\n');
  if (end == record.npos) return std::nullopt;
  const absl::string_view json = record.substr(0, end);
  if (record.substr(end + 1) != absl::StrCat(SumOf(path, json), "\n") || !oci::json::Validate(json).ok()) {
    return std::nullopt;
  }
  absl::StatusOr<oci::Descriptor> blob = oci::image::ParseDescriptor(json);
  if (!blob.ok()) return std::nullopt;
  const auto diff_id = blob->annotations.find(std::string(kDiffId));
  if (diff_id == blob->annotations.end()) return std::nullopt;
  const absl::StatusOr<oci::Digest> parsed = oci::Digest::Parse(diff_id->second);
  if (!parsed.ok()) return std::nullopt;
  return MadeLayer{.blob = *std::move(blob), .diff_id = *parsed};
}

}  // namespace

std::string RememberedLayers::PathOf(const oci::Digest& from, const Conversion& conversion) const {
  return absl::StrCat(blobs_.root(), "/conversions/", from.algorithm(), "/", from.hex(), ".", NameOf(conversion));
}

std::optional<MadeLayer> RememberedLayers::Read(const oci::Context& context, const std::string& path) {
  const auto file = oci::file::FileSource::Open(path, oci::file::Links::kNever);
  if (!file.ok()) return std::nullopt;
  const absl::StatusOr<std::string> record = oci::io::ReadAll(context, **file, kMaxRecordBytes);
  std::optional<MadeLayer> made;
  if (record.ok()) made = Parse(path, *record);
  if (made.has_value()) {
    const absl::StatusOr<bool> exists = blobs_.Exists(context, made->blob);
    // It may be there when the disk cannot tell.
    if (!exists.ok()) return std::nullopt;
    if (*exists) return made;
  }
  if (context.Check().ok()) unlink(path.c_str());
  return std::nullopt;
}

std::optional<MadeLayer> RememberedLayers::Find(const oci::Context& context, const oci::Digest& from,
                                                const Conversion& conversion) {
  return Read(context, PathOf(from, conversion));
}

void RememberedLayers::Add(const oci::Context&, const oci::Digest& from, const Conversion& conversion,
                           const MadeLayer& made) {
  if (!on_made_(from, made).ok()) return;
  const std::string path = PathOf(from, conversion);
  const std::string json = oci::image::ToCompactJson(made.blob);
  if (!oci::file::MakeDirectories(oci::file::ParentOf(path)).ok()) return;
  const absl::Status written =
      oci::file::WriteFileAtomically(path, absl::StrCat(json, "\n", SumOf(path, json), "\n"), {.mode = 0600});
  // It may have its name already, and not be on the disk.
  if (!written.ok()) unlink(path.c_str());
}

void RememberedLayers::RemoveStale(const oci::Context& context) {
  std::error_code error;
  for (fs::recursive_directory_iterator entry(absl::StrCat(blobs_.root(), "/conversions"), error), end;
       !error && entry != end; entry.increment(error)) {
    if (!context.Check().ok()) return;
    std::error_code gone;
    if (!entry->is_regular_file(gone) || absl::StartsWith(entry->path().filename().string(), ".")) continue;
    Read(context, entry->path().string());
  }
}

}  // namespace waybill::exporter::service::conversions
