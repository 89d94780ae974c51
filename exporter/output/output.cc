// SPDX-License-Identifier: Apache-2.0
#include "exporter/output/output.h"

#include "absl/strings/str_cat.h"
#include "exporter/output/archive_output.h"
#include "exporter/output/directory_output.h"
#include "exporter/output/files_archive_output.h"
#include "exporter/output/files_directory_output.h"
#include "exporter/output/image_output.h"
#include "exporter/output/registry_output.h"
#include "oci/error.h"

namespace waybill::exporter::output {
namespace {

using oci::InvalidInputError;
using oci::UnsupportedError;

absl::StatusOr<std::unique_ptr<Output>> NewLayoutOutput(const request::ExportOptions& options,
                                                        const Destination& destination) {
  const absl::string_view type = request::TypeName(options.type);
  if (destination.path.empty() == (destination.stream == nullptr)) {
    return InvalidInputError(absl::StrCat("type=", type, " needs one destination"));
  }
  if (!options.tar) {
    if (destination.stream != nullptr) {
      return InvalidInputError(absl::StrCat("type=", type, " with tar=false needs a directory as destination"));
    }
    return std::make_unique<DirectoryOutput>(destination.path);
  }
  if (destination.stream != nullptr) return std::make_unique<ArchiveStreamOutput>(*destination.stream);
  return std::make_unique<ArchiveFileOutput>(destination.path);
}

absl::StatusOr<std::unique_ptr<Output>> NewImageOutput(const request::ExportOptions& options,
                                                       const Destination& destination) {
  if (!destination.path.empty() || destination.stream != nullptr) {
    return InvalidInputError("type=image takes no destination");
  }
  if (!options.push) return std::make_unique<ImageOutput>();
  if (destination.registry == nullptr) return UnsupportedError("push=true without a registry client");
  return std::make_unique<RegistryOutput>(*destination.registry);
}

}  // namespace

absl::StatusOr<std::unique_ptr<Output>> NewOutput(const request::ExportOptions& options,
                                                  const Destination& destination) {
  switch (options.type) {
    case request::ExporterType::kOci:
    case request::ExporterType::kDocker:
      return NewLayoutOutput(options, destination);
    case request::ExporterType::kImage:
      return NewImageOutput(options, destination);
    case request::ExporterType::kLocal:
    case request::ExporterType::kTar:
      break;
  }
  return absl::InternalError(absl::StrCat("type=", request::TypeName(options.type), " makes no image"));
}

absl::StatusOr<std::unique_ptr<files::FilesOutput>> NewFilesOutput(const request::ExportOptions& options,
                                                                   const Destination& destination) {
  if (!request::WritesFiles(options.type)) {
    return absl::InternalError(absl::StrCat("type=", request::TypeName(options.type), " makes no files"));
  }
  const absl::string_view type = request::TypeName(options.type);
  if (destination.path.empty() == (destination.stream == nullptr)) {
    return InvalidInputError(absl::StrCat("type=", type, " needs one destination"));
  }
  if (options.type == request::ExporterType::kLocal) {
    if (destination.stream != nullptr) return InvalidInputError("type=local needs a directory as destination");
    return std::make_unique<FilesDirectoryOutput>(destination.path);
  }
  if (destination.stream != nullptr) return std::make_unique<FilesArchiveStreamOutput>(*destination.stream);
  return std::make_unique<FilesArchiveOutput>(destination.path);
}

}  // namespace waybill::exporter::output
