// SPDX-License-Identifier: Apache-2.0
// `waybill attestations`: what is attested about an image, listed and written out.
#ifndef WAYBILL_TOOLS_CLI_IMAGES_ATTESTATIONS_COMMAND_H_
#define WAYBILL_TOOLS_CLI_IMAGES_ATTESTATIONS_COMMAND_H_

#include "CLI/App.hpp"
#include "tools/cli/line/invocation.h"

namespace waybill::cli::images {

void AddAttestationsCommand(CLI::App& app, line::Invocation& invocation);

}  // namespace waybill::cli::images

#endif  // WAYBILL_TOOLS_CLI_IMAGES_ATTESTATIONS_COMMAND_H_
