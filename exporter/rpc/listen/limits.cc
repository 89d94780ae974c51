// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/listen/limits.h"

#include <cstddef>

namespace waybill::exporter::rpc::listen {
namespace {

constexpr int kMaxMetadataBytes = 64 << 10;
constexpr int kMaxCallsPerConnection = 2000;
// Clients may ask as often whether we are there. gRPC's own limit of five minutes would end their connections.
constexpr int kMinPingIntervalMilliseconds = 10'000;
// gRPC's own 4 MiB let hundreds of calls on one connection go beyond the limit of all buffers by that much each.
constexpr int kMaxReadBytes = 256 << 10;

}  // namespace

void SetListenerLimits(grpc::ServerBuilder& builder, int64_t buffered) {
  grpc::ResourceQuota buffers("listener");
  buffers.Resize(static_cast<size_t>(buffered));
  SetListenerLimits(builder, buffers);
}

void SetListenerLimits(grpc::ServerBuilder& builder, const grpc::ResourceQuota& buffers) {
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxCallsPerConnection);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveMilliseconds);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMilliseconds);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, kMinPingIntervalMilliseconds);
  builder.AddChannelArgument(GRPC_ARG_TCP_MAX_READ_CHUNK_SIZE, kMaxReadBytes);
  builder.SetResourceQuota(buffers);
}

void SetAnswerLimits(grpc::ChannelArguments& arguments, int64_t buffered) {
  arguments.SetInt(GRPC_ARG_TCP_MAX_READ_CHUNK_SIZE, kMaxReadBytes);
  grpc::ResourceQuota quota("answers");
  quota.Resize(static_cast<size_t>(buffered));
  arguments.SetResourceQuota(quota);
}

}  // namespace waybill::exporter::rpc::listen
