// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <utility>

#include "exporter/client/remote_exporter.h"
#include "exporter/files/unpack.h"
#include "exporter/output/directory_output.h"
#include "exporter/output/files_directory_output.h"
#include "exporter/request/build_result.h"
#include "exporter/rpc/client.h"
#include "exporter/rpc/listen/address.h"
#include "oci/clock.h"
#include "oci/content/content.h"
#include "oci/content/store/temporary_store.h"
#include "oci/error.h"
#include "oci/file/atomic_file.h"
#include "oci/io/stream.h"
#include "oci/status_macros.h"
#include "tools/cli/exporting/backend.h"
#include "tools/cli/files/stream_file.h"

namespace waybill::cli::exporting {
namespace {

using exporter::client::RemoteExporter;
using DestinationKind = OutputFlag::DestinationKind;

// For exports whose bytes do not come as an archive.
class NoArchive final : public oci::io::Writer {
 public:
  absl::Status Write(absl::string_view) override {
    return absl::InternalError("the service sent an archive that nobody asked for");
  }
  absl::Status Close() override { return absl::OkStatus(); }
};

// The image as the layout writer takes it; its blobs come from the service.
absl::Status WriteDirectory(const oci::Context& context, RemoteExporter& remote, const exporter::Report& report,
                            const CheckedOutput& output) {
  exporter::output::DirectoryOutput directory(output.flag.path);
  return directory
      .Deliver(context, {.root = *report.root, .referrers = {}, .names = report.names, .content = remote.content()},
               output.options)
      .status();
}

class RemoteBackend final : public Backend {
 public:
  RemoteBackend(const exporter::rpc::listen::Address& address, std::shared_ptr<grpc::Channel> channel)
      : remote_(address, std::move(channel), clock_) {}

  absl::StatusOr<exporter::Report> Export(const oci::Context& context, oci::content::Fetcher& blobs,
                                          const PlannedOutput& planned) override {
    const exporter::request::BuildResult& result = planned.result;
    const OutputFlag& output = planned.output.flag;
    ABSL_RETURN_IF_ERROR(remote_.Upload(context, result, blobs));
    switch (output.destination) {
      case DestinationKind::kFile:
        return ToFile(context, result, output);
      case DestinationKind::kStdout:
      case DestinationKind::kStream:
        return ToStream(context, result, output);
      case DestinationKind::kDirectory:
      case DestinationKind::kNone:
        break;
    }
    if (planned.output.options.type == exporter::request::ExporterType::kLocal) {
      return ToFiles(context, result, planned.output);
    }
    NoArchive none;
    ABSL_ASSIGN_OR_RETURN(exporter::Report report, remote_.Export(context, result, output.request, none));
    if (output.destination == DestinationKind::kDirectory) {
      if (!report.root.has_value()) return absl::InternalError("the service sent a report without the image");
      ABSL_RETURN_IF_ERROR(WriteDirectory(context, remote_, report, planned.output));
    }
    return report;
  }

 private:
  absl::StatusOr<exporter::Report> ToFile(const oci::Context& context, const exporter::request::BuildResult& result,
                                          const OutputFlag& output) {
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::file::AtomicFile> file,
                          oci::file::AtomicFile::Create(output.path, {}));
    ABSL_ASSIGN_OR_RETURN(exporter::Report report, remote_.Export(context, result, output.request, *file));
    ABSL_RETURN_IF_ERROR(file->Commit());
    return report;
  }

  absl::StatusOr<exporter::Report> ToStream(const oci::Context& context, const exporter::request::BuildResult& result,
                                            const OutputFlag& output) {
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Writer> stream, files::OpenStream(context, output.path));
    ABSL_ASSIGN_OR_RETURN(exporter::Report report, remote_.Export(context, result, output.request, *stream));
    ABSL_RETURN_IF_ERROR(stream->Close());
    return report;
  }

  // The archive comes first, in full: a service that fails leaves the destination as it was.
  absl::StatusOr<exporter::Report> ToFiles(const oci::Context& context, const exporter::request::BuildResult& result,
                                           const CheckedOutput& output) {
    using oci::content::store::TemporaryStore;
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<TemporaryStore> staging, TemporaryStore::Create(TemporaryDirectory()));
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::content::BlobWriter> blob, staging->store().NewWriter(context));
    ABSL_ASSIGN_OR_RETURN(exporter::Report report, remote_.Export(context, result, output.flag.request, *blob));
    ABSL_ASSIGN_OR_RETURN(const oci::Descriptor archive, blob->Commit(context, "application/x-tar", {}));
    ABSL_ASSIGN_OR_RETURN(std::unique_ptr<oci::io::Source> bytes, staging->store().Fetch(context, archive));
    ABSL_ASSIGN_OR_RETURN(exporter::files::Files files,
                          exporter::files::FilesOfArchive(context, std::move(bytes), TemporaryDirectory()));
    exporter::output::FilesDirectoryOutput directory(output.flag.path);
    ABSL_RETURN_IF_ERROR(directory.Deliver(context, files, output.options));
    return report;
  }

  oci::SystemClock clock_;
  RemoteExporter remote_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Backend>> NewRemoteBackend(const std::string& address,
                                                          const exporter::rpc::listen::TlsFiles& tls) {
  ABSL_ASSIGN_OR_RETURN(const exporter::rpc::listen::Address parsed, exporter::rpc::listen::Address::Parse(address));
  ABSL_ASSIGN_OR_RETURN(std::shared_ptr<grpc::Channel> channel, exporter::rpc::Connect(parsed, tls));
  return std::make_unique<RemoteBackend>(parsed, std::move(channel));
}

}  // namespace waybill::cli::exporting
