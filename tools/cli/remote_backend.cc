// SPDX-License-Identifier: Apache-2.0
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "exporter/options.h"
#include "exporter/output/output.h"
#include "exporter/rpc/address.h"
#include "exporter/service/remote_exporter.h"
#include "oci/error.h"
#include "oci/io/atomic_file.h"
#include "oci/io/stream.h"
#include "oci/registry/clock.h"
#include "oci/status_macros.h"
#include "tools/cli/backend.h"
#include "tools/cli/stream_file.h"

namespace waybill::cli {
namespace {

using exporter::service::RemoteExporter;
using Destination = OutputFlag::Destination;

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
                            const OutputFlag& output) {
  ABSL_ASSIGN_OR_RETURN(const exporter::ExportOptions options, exporter::ExportOptions::FromRequest(output.request));
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<exporter::Output> directory,
                        exporter::output::NewOutput(options, {.path = output.path}));
  std::vector<std::string> names;
  if (const auto joined = report.response.find("image.name"); joined != report.response.end()) {
    names = absl::StrSplit(joined->second, ',');
  }
  return directory
      ->Deliver(context, {.root = report.root, .names = std::move(names), .content = remote.content()}, options)
      .status();
}

class RemoteBackend final : public Backend {
 public:
  explicit RemoteBackend(const exporter::rpc::Address& address) : remote_(address, clock_) {}

  absl::StatusOr<exporter::Report> Export(const oci::Context& context, const exporter::BuildResult& result,
                                          oci::content::Fetcher& blobs, const OutputFlag& output) override {
    ABSL_RETURN_IF_ERROR(remote_.Upload(context, result, blobs));
    switch (output.destination) {
      case Destination::kFile:
        return ToFile(context, result, output);
      case Destination::kStdout:
      case Destination::kStream:
        return ToStream(context, result, output);
      case Destination::kDirectory:
      case Destination::kNone:
        break;
    }
    NoArchive none;
    ABSL_ASSIGN_OR_RETURN(exporter::Report report, remote_.Export(context, result, output.request, none));
    if (output.destination == Destination::kDirectory) {
      ABSL_RETURN_IF_ERROR(WriteDirectory(context, remote_, report, output));
    }
    return report;
  }

 private:
  absl::StatusOr<exporter::Report> ToFile(const oci::Context& context, const exporter::BuildResult& result,
                                          const OutputFlag& output) {
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::AtomicFile> file,
                          oci::io::AtomicFile::Create(output.path, {}));
    ABSL_ASSIGN_OR_RETURN(exporter::Report report, remote_.Export(context, result, output.request, *file));
    ABSL_RETURN_IF_ERROR(file->Commit());
    return report;
  }

  absl::StatusOr<exporter::Report> ToStream(const oci::Context& context, const exporter::BuildResult& result,
                                            const OutputFlag& output) {
    ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Writer> stream, OpenStream(context, output.path));
    ABSL_ASSIGN_OR_RETURN(exporter::Report report, remote_.Export(context, result, output.request, *stream));
    ABSL_RETURN_IF_ERROR(stream->Close());
    return report;
  }

  oci::registry::SystemClock clock_;
  RemoteExporter remote_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Backend>> NewRemoteBackend(const std::string& address) {
  ABSL_ASSIGN_OR_RETURN(const exporter::rpc::Address parsed, exporter::rpc::Address::Parse(address));
  return std::make_unique<RemoteBackend>(parsed);
}

}  // namespace waybill::cli
