// SPDX-License-Identifier: Apache-2.0
// What a relayed gRPC call takes along besides its messages: metadata, deadline, status. Names that gRPC writes itself
// (user-agent, encodings, ...) stay behind; everything else passes byte for byte.
#ifndef WAYBILL_EXPORTER_BRIDGE_RELAY_METADATA_H_
#define WAYBILL_EXPORTER_BRIDGE_RELAY_METADATA_H_

#include <grpcpp/grpcpp.h>

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace waybill::exporter::bridge::relay {

using Metadata = std::multimap<grpc::string_ref, grpc::string_ref>;

// Values to send in place of those a caller sent under the same key (lower case).
using Replacements = std::multimap<std::string, std::string>;

// Request metadata and deadline of `from`, for the call that goes on to the next server.
void CopyRequest(const grpc::ServerContextBase& from, grpc::ClientContext& to, const Replacements& replaced);
void CopyInitialMetadata(const grpc::ClientContext& from, grpc::ServerContextBase& to);
// Without grpc-status-details-bin: the status carries the details, and gRPC writes them once.
void CopyTrailingMetadata(const grpc::ClientContext& from, grpc::ServerContextBase& to);

// The first value of `key` (lower case), or an empty view.
absl::string_view FirstValue(const Metadata& metadata, absl::string_view key);
std::vector<std::string> Values(const Metadata& metadata, absl::string_view key);

}  // namespace waybill::exporter::bridge::relay

#endif  // WAYBILL_EXPORTER_BRIDGE_RELAY_METADATA_H_
