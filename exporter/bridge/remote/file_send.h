// SPDX-License-Identifier: Apache-2.0
// A file that the build client writes (moby.filesync.v1.FileSend): `--output type=oci,dest=FILE`.
#ifndef WAYBILL_EXPORTER_BRIDGE_REMOTE_FILE_SEND_H_
#define WAYBILL_EXPORTER_BRIDGE_REMOTE_FILE_SEND_H_

#include <grpcpp/grpcpp.h>

#include <map>
#include <memory>
#include <string>

#include "exporter/rpc/client.h"
#include "oci/context.h"
#include "oci/io/stream.h"
#include "proto/moby/filesync.grpc.pb.h"

namespace waybill::exporter::bridge::remote {

// Sends as it is written, as fast as the client takes it. Dropped without Close, the client learns that the file is not
// whole. Not thread-safe.
class FileSend : public oci::io::Writer {
 public:
  // `exporter` is the exporter's index in the build; `response` tells the client what it gets. The channel is gRPC's
  // own handle.
  FileSend(const oci::Context& context, const std::shared_ptr<grpc::ChannelInterface>& client, int exporter,
           const std::map<std::string, std::string>& response);
  ~FileSend() override;

  absl::Status Write(absl::string_view bytes) override;
  // OK when the client has written everything, or says that it has the file already.
  absl::Status Close() override;

 private:
  absl::Status Flush();
  absl::Status Finish();

  rpc::ClientCall call_;
  const std::unique_ptr<moby::filesync::v1::FileSend::Stub> stub_;
  std::unique_ptr<grpc::ClientReaderWriter<moby::filesync::v1::BytesMessage, moby::filesync::v1::BytesMessage>> stream_;
  moby::filesync::v1::BytesMessage message_;
  bool finished_ = false;
};

}  // namespace waybill::exporter::bridge::remote

#endif  // WAYBILL_EXPORTER_BRIDGE_REMOTE_FILE_SEND_H_
