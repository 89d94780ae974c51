// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/stdout.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "oci/error.h"
#include "oci/io/fd.h"
#include "oci/io/file.h"

namespace waybill::cli {

absl::StatusOr<std::unique_ptr<oci::io::Writer>> OpenStdout() {
  std::signal(SIGPIPE, SIG_IGN);
  oci::io::Fd fd(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0));
  if (!fd.valid()) return oci::ErrnoError(errno, "open standard output");
  return std::make_unique<oci::io::FileWriter>(std::move(fd), "standard output");
}

}  // namespace waybill::cli
