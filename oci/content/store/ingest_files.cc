// SPDX-License-Identifier: Apache-2.0
#include "oci/content/store/ingest_files.h"

#include <sys/stat.h>

#include <cerrno>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "oci/error.h"
#include "oci/file/atomic_file.h"
#include "oci/file/file.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"
#include "oci/time.h"

namespace waybill::oci::content::store {
namespace {

constexpr int64_t kMaxAboutBytes = 64 << 10;

std::string AboutOf(const std::string& path) { return path + "/about.json"; }

std::string ToJson(const IngestStatus& status) {
  json::Writer writer;
  writer.BeginObject().Key("ref").String(status.ref);
  if (status.expected.size.has_value()) writer.Key("size").Int(*status.expected.size);
  if (status.expected.digest.has_value()) writer.Key("digest").String(status.expected.digest->ToString());
  if (!status.owner.empty()) writer.Key("owner").String(status.owner);
  writer.Key("startedAt").String(FormatTimestamp({status.started_at})).EndObject();
  return writer.Take();
}

absl::StatusOr<IngestStatus> FromJson(absl::string_view text) {
  ABSL_RETURN_IF_ERROR(json::Validate(text));
  ABSL_ASSIGN_OR_RETURN(const json::Fields fields, json::Fields::Parse(text));
  IngestStatus status;
  ABSL_ASSIGN_OR_RETURN(status.ref, json::DecodeString(fields.Find("ref")));
  ABSL_ASSIGN_OR_RETURN(const std::string started_at, json::DecodeString(fields.Find("startedAt")));
  ABSL_ASSIGN_OR_RETURN(const Timestamp started, ParseTimestamp(started_at));
  status.started_at = started.time;
  if (const absl::string_view size = fields.Find("size"); !size.empty()) {
    ABSL_ASSIGN_OR_RETURN(status.expected.size, json::DecodeInt(size));
  }
  if (const absl::string_view digest = fields.Find("digest"); !digest.empty()) {
    ABSL_ASSIGN_OR_RETURN(const std::string digest_text, json::DecodeString(digest));
    ABSL_ASSIGN_OR_RETURN(status.expected.digest, Digest::Parse(digest_text));
  }
  if (const absl::string_view owner = fields.Find("owner"); !owner.empty()) {
    ABSL_ASSIGN_OR_RETURN(status.owner, json::DecodeString(owner));
  }
  return status;
}

// Hashes what is written to it and keeps nothing.
class HashOnly : public io::Writer {
 public:
  explicit HashOnly(Hasher& hasher) : hasher_(hasher) {}
  absl::Status Write(absl::string_view bytes) override {
    hasher_.Update(bytes);
    return absl::OkStatus();
  }
  absl::Status Close() override { return absl::OkStatus(); }

 private:
  Hasher& hasher_;
};

}  // namespace

std::string IngestData(const std::string& path) { return path + "/data"; }

absl::StatusOr<IngestStatus> ReadIngestStatus(const std::string& path) {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<file::FileSource> about,
                        file::FileSource::Open(AboutOf(path), file::Links::kNever));
  ABSL_ASSIGN_OR_RETURN(const std::string text, io::ReadAll(Context(), *about, kMaxAboutBytes));
  absl::StatusOr<IngestStatus> status = FromJson(text);
  if (!status.ok()) return NotFoundError(absl::StrCat(AboutOf(path), ": ", status.status().message()));
  struct stat info;
  if (stat(IngestData(path).c_str(), &info) != 0) return ErrnoError(errno, absl::StrCat("stat ", IngestData(path)));
  status->offset = info.st_size;
  status->updated_at = absl::TimeFromTimespec(info.st_mtim);
  return status;
}

absl::Status WriteIngestStatus(const std::string& path, const IngestStatus& status) {
  ABSL_RETURN_IF_ERROR(file::MakeDirectories(path));
  return file::WriteFileAtomically(AboutOf(path), ToJson(status), {.mode = kIngestMode, .sync = false});
}

absl::StatusOr<Hasher> HashIngestData(const Context& context, const std::string& path, Hasher hasher) {
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<file::FileSource> file,
                        file::FileSource::Open(IngestData(path), file::Links::kNever));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<io::Reader> reader, file->Open(context, 0));
  HashOnly writer(hasher);
  ABSL_RETURN_IF_ERROR(io::Copy(context, *reader, writer).status());
  return hasher;
}

Hasher HasherFor(const std::optional<Digest>& expected) { return expected.has_value() ? Hasher(*expected) : Hasher(); }

}  // namespace waybill::oci::content::store
