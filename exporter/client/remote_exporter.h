// SPDX-License-Identifier: Apache-2.0
// The client of the service: brings a result's blobs, exports, and takes the events.
#ifndef WAYBILL_EXPORTER_CLIENT_REMOTE_EXPORTER_H_
#define WAYBILL_EXPORTER_CLIENT_REMOTE_EXPORTER_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "exporter/exporter.h"
#include "exporter/request/build_result.h"
#include "exporter/request/export_request.h"
#include "exporter/rpc/content/content_client.h"
#include "exporter/rpc/listen/address.h"
#include "grpcpp/channel.h"
#include "oci/clock.h"
#include "oci/content/content.h"
#include "oci/context.h"
#include "oci/io/stream.h"

namespace waybill::exporter::client {

// Thread-safe.
class RemoteExporter {
 public:
  // `channel` is that of rpc::Connect, to the address. `clock` is for waits between attempts and outlives this.
  RemoteExporter(const rpc::listen::Address& address, std::shared_ptr<grpc::Channel> channel, oci::Clock& clock);

  // Uploads what the service lacks of the result's blobs. Each is verified by the service. Goes on where an upload of
  // the same blob stopped, be it this one or an earlier run's.
  absl::Status Upload(const oci::Context& context, const request::BuildResult& result, oci::content::Fetcher& blobs);

  // Exports a result whose blobs were uploaded. The bytes of an archive go to `archive`, which is not closed, and are
  // worth nothing unless a report comes. Any other image can then be read from content().
  absl::StatusOr<Report> Export(const oci::Context& context, const request::BuildResult& result,
                                const request::ExportRequest& request, oci::io::Writer& archive);

  rpc::content::ContentClient& content() { return content_; }

 private:
  absl::Status UploadBlob(const oci::Context& context, const oci::Descriptor& blob, oci::content::Fetcher& blobs);

  const std::string name_;
  const std::shared_ptr<grpc::Channel> channel_;
  rpc::content::ContentClient content_;
};

}  // namespace waybill::exporter::client

#endif  // WAYBILL_EXPORTER_CLIENT_REMOTE_EXPORTER_H_
