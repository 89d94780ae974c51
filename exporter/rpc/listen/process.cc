// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/listen/process.h"

#include <grpc/support/log.h>
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

}  // namespace waybill::exporter::rpc::listen
