// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/listen/process.h"

#include <grpc/support/log.h>
#include <malloc.h>
#include <sys/resource.h>

#include <cstdlib>

namespace waybill::exporter::rpc::listen {

void RaiseFileLimit() {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);  // as before when that fails
}

void SilenceGrpcLog() {
  if (std::getenv("GRPC_VERBOSITY") == nullptr) gpr_set_log_function([](gpr_log_func_args*) {});
}

void GiveMemoryBack() {
  // By itself the C library raises the first to 32 MiB with the sizes that it sees, and has eight heaps for each
  // processor.
  constexpr int kLargeBytes = 256 << 10;
  constexpr int kHeaps = 4;
  mallopt(M_MMAP_THRESHOLD, kLargeBytes);
  mallopt(M_ARENA_MAX, kHeaps);
}

}  // namespace waybill::exporter::rpc::listen
