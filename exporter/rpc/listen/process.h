// SPDX-License-Identifier: Apache-2.0
// What a program that speaks gRPC arranges once, before it does.
#ifndef WAYBILL_EXPORTER_RPC_LISTEN_PROCESS_H_
#define WAYBILL_EXPORTER_RPC_LISTEN_PROCESS_H_

namespace waybill::exporter::rpc::listen {

// Raises the limit of open files to what the process may have: each connection is one.
void RaiseFileLimit();

// Large buffers go back to the system when they are freed, and the threads share few heaps: what clients made the
// process hold does not stay. Before the process has threads.
void GiveMemoryBack();

// gRPC's own log lines stay off stderr, unless the environment asks for them (GRPC_VERBOSITY): errors are told by us.
void SilenceGrpcLog();

}  // namespace waybill::exporter::rpc::listen

#endif  // WAYBILL_EXPORTER_RPC_LISTEN_PROCESS_H_
