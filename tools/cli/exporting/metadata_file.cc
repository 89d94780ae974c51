// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/exporting/metadata_file.h"

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/status_macros.h"
#include "tools/cli/files/stream_file.h"

namespace waybill::cli::exporting {
namespace {

using DestinationKind = OutputFlag::DestinationKind;

absl::Status CheckApart(const std::string& path, files::PathKind kind, const std::vector<CheckedOutput>& outputs) {
  for (const CheckedOutput& checked : outputs) {
    const OutputFlag& output = checked.flag;
    const bool both_stdout = kind == files::PathKind::kStdout && output.destination == DestinationKind::kStdout;
    const bool both_file = kind == files::PathKind::kFile && output.destination == DestinationKind::kFile;
    if (both_stdout || (both_file && files::IsSamePath(path, output.path))) {
      return oci::InvalidInputError("an output goes to the same place");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<MetadataFile>> MetadataFile::Open(const std::string& path,
                                                                 const std::vector<CheckedOutput>& outputs) {
  if (path.empty()) return std::unique_ptr<MetadataFile>(new MetadataFile(nullptr, ""));
  ABSL_ASSIGN_OR_RETURN(const files::PathKind kind, files::KindOfPath(path));
  ABSL_RETURN_IF_ERROR(CheckApart(path, kind, outputs));
  if (kind == files::PathKind::kStdout || kind == files::PathKind::kStream) {
    return std::unique_ptr<MetadataFile>(new MetadataFile(nullptr, path));
  }
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<oci::file::AtomicFile> file, oci::file::AtomicFile::Create(path, {}));
  return std::unique_ptr<MetadataFile>(new MetadataFile(std::move(file), ""));
}

absl::Status MetadataFile::Write(const oci::Context& context, absl::string_view text) {
  if (file_ != nullptr) {
    ABSL_RETURN_IF_ERROR(file_->Write(text));
    return file_->Commit();
  }
  if (stream_.empty()) return absl::OkStatus();
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Writer> stream, files::OpenStream(context, stream_));
  ABSL_RETURN_IF_ERROR(stream->Write(text));
  return stream->Close();
}

}  // namespace waybill::cli::exporting
