// SPDX-License-Identifier: Apache-2.0
// Traces across gRPC: W3C trace context in metadata, as otelgrpc has it, which BuildKit's clients and daemon use.
#ifndef WAYBILL_EXPORTER_RPC_PROPAGATION_PROPAGATION_H_
#define WAYBILL_EXPORTER_RPC_PROPAGATION_PROPAGATION_H_

#include <map>

#include "grpcpp/client_context.h"
#include "grpcpp/support/string_ref.h"
#include "oci/context.h"
#include "oci/trace/span.h"

namespace waybill::exporter::rpc::propagation {

// The span in which a call was made (ServerContext::client_metadata). Not valid when the caller told none, or several.
oci::trace::SpanContext CallersTrace(const std::multimap<grpc::string_ref, grpc::string_ref>& metadata);

// Tells the server of a call that has not begun where the context stands; nothing outside of a trace.
void SendTrace(const oci::Context& context, grpc::ClientContext& call);

}  // namespace waybill::exporter::rpc::propagation

#endif  // WAYBILL_EXPORTER_RPC_PROPAGATION_PROPAGATION_H_
