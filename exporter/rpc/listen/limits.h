// SPDX-License-Identifier: Apache-2.0
// What one client of a listener may take of the process, and when a client is gone.
#ifndef WAYBILL_EXPORTER_RPC_LISTEN_LIMITS_H_
#define WAYBILL_EXPORTER_RPC_LISTEN_LIMITS_H_

#include <grpcpp/grpcpp.h>

#include <cstdint>

namespace waybill::exporter::rpc::listen {

// Finds peers whose machine went away without a word, or stands still.
inline constexpr int kKeepaliveMilliseconds = 60'000;
inline constexpr int kKeepaliveTimeoutMilliseconds = 20'000;

// Metadata of a call up to 64 KiB, calls at once on a connection, keepalive, and `buffered` bytes that the connections
// of this server together hold of received messages, whole ones and parts. Beyond that gRPC ends calls, one for each
// time that it reads from a connection, so that connections read little at a time. The size of a message is the
// service's matter.
void SetListenerLimits(grpc::ServerBuilder& builder, int64_t buffered);
// The same with buffers that several servers share.
void SetListenerLimits(grpc::ServerBuilder& builder, const grpc::ResourceQuota& buffers);
// The same limit of buffers for the answers that come on a channel.
void SetAnswerLimits(grpc::ChannelArguments& arguments, int64_t buffered);

}  // namespace waybill::exporter::rpc::listen

#endif  // WAYBILL_EXPORTER_RPC_LISTEN_LIMITS_H_
