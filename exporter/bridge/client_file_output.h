// SPDX-License-Identifier: Apache-2.0
// An archive that the client writes (`type=oci,dest=FILE`, `type=docker`): made here, sent over the session.
#ifndef WAYBILL_EXPORTER_BRIDGE_CLIENT_FILE_OUTPUT_H_
#define WAYBILL_EXPORTER_BRIDGE_CLIENT_FILE_OUTPUT_H_

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "exporter/exporter.h"
#include "exporter/request/options.h"
#include "oci/io/stream.h"

namespace waybill::exporter::bridge {

class ClientFileOutput : public Output {
 public:
  // The output that writes an archive into `file`, which the caller closes.
  using ArchiveFactory = std::function<absl::StatusOr<std::unique_ptr<Output>>(const request::ExportOptions& options,
                                                                               oci::io::Writer& file)>;

  // `exporter` is the index in the build; the channel is gRPC's own handle.
  ClientFileOutput(ArchiveFactory make_archive, std::shared_ptr<grpc::ChannelInterface> client, int exporter)
      : make_archive_(std::move(make_archive)), client_(std::move(client)), exporter_(exporter) {}
  absl::StatusOr<answers::Delivery> Deliver(const oci::Context& context, const Image& image,
                                            const request::ExportOptions& options) override;

 private:
  const ArchiveFactory make_archive_;
  const std::shared_ptr<grpc::ChannelInterface> client_;
  const int exporter_;
};

}  // namespace waybill::exporter::bridge

#endif  // WAYBILL_EXPORTER_BRIDGE_CLIENT_FILE_OUTPUT_H_
