// SPDX-License-Identifier: Apache-2.0
// What is exported: --result or --from, and --attest.
#ifndef WAYBILL_TOOLS_CLI_EXPORTING_INPUT_FLAGS_H_
#define WAYBILL_TOOLS_CLI_EXPORTING_INPUT_FLAGS_H_

#include <memory>
#include <string>
#include <vector>

#include "CLI/App.hpp"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "exporter/input/attest.h"
#include "exporter/request/build_result.h"
#include "oci/content/content.h"
#include "oci/context.h"

namespace waybill::cli::exporting {

struct InputFlags {
  std::string result;
  std::string from;
  std::vector<std::string> platforms;  // of `from`
  std::vector<std::string> attest;
  std::string source_date_epoch;  // of the environment; "" is unset
  bool retry = false;             // a host of --from that cannot be reached
};

// Declares the options.
void AddInputFlags(CLI::App& command, InputFlags& flags);

// A result and its blobs.
class Input {
 public:
  virtual ~Input() = default;
  // `renamed`: the export gives the image names of its own, which replace those that an existing image's statements
  // know.
  virtual const exporter::request::BuildResult& result(bool renamed) const = 0;
  virtual oci::content::Fetcher& blobs() = 0;
};

// Opens what the flags name. Errors: INVALID_ARGUMENT unless there is exactly one of --result and --from; those of
// reading it, with the flag's name. A result without an epoch gets the environment's.
absl::StatusOr<std::unique_ptr<Input>> OpenInput(const oci::Context& context, const InputFlags& flags);

// "type=NAME|URI,path=FILE[,platform=P]", see exporter::input::AttestationFile. INVALID_ARGUMENT naming what is wrong.
absl::StatusOr<exporter::input::AttestationFile> ParseAttestFlag(absl::string_view text);

}  // namespace waybill::cli::exporting

#endif  // WAYBILL_TOOLS_CLI_EXPORTING_INPUT_FLAGS_H_
