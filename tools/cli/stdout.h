// SPDX-License-Identifier: Apache-2.0
// Standard output as a place for an archive.
#ifndef WAYBILL_TOOLS_CLI_STDOUT_H_
#define WAYBILL_TOOLS_CLI_STDOUT_H_

#include <memory>

#include "absl/status/statusor.h"
#include "oci/io/stream.h"

namespace waybill::cli {

// On a descriptor of its own. A reader that goes away is an error of Write, not a signal.
absl::StatusOr<std::unique_ptr<oci::io::Writer>> OpenStdout();

}  // namespace waybill::cli

#endif  // WAYBILL_TOOLS_CLI_STDOUT_H_
