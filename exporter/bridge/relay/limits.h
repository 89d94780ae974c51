// SPDX-License-Identifier: Apache-2.0
// Limits of every connection of the bridge. BuildKit's peers take messages of 16 MiB on the API and of 4 MiB in a
// client's session; the bridge refuses only what none of them takes, so that nobody fills its memory with one message.
// Errors carry stacks and source excerpts in trailers far beyond gRPC's default of 8 KiB.
#ifndef WAYBILL_EXPORTER_BRIDGE_RELAY_LIMITS_H_
#define WAYBILL_EXPORTER_BRIDGE_RELAY_LIMITS_H_

#include <grpcpp/grpcpp.h>

namespace waybill::exporter::bridge::relay {

inline constexpr int kMaxMessageBytes = 32 << 20;
inline constexpr int kMaxMetadataBytes = 16 << 20;

// No retries of gRPC's own; a peer that was away is tried again within 200 ms.
grpc::ChannelArguments ChannelLimits();
void SetServerLimits(grpc::ServerBuilder& builder);

}  // namespace waybill::exporter::bridge::relay

#endif  // WAYBILL_EXPORTER_BRIDGE_RELAY_LIMITS_H_
