// SPDX-License-Identifier: Apache-2.0
// All --output of one command, checked before anything is written.
#ifndef WAYBILL_TOOLS_CLI_EXPORTING_OUTPUTS_H_
#define WAYBILL_TOOLS_CLI_EXPORTING_OUTPUTS_H_

#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "exporter/plan/files_plan.h"
#include "exporter/plan/plan.h"
#include "exporter/request/build_result.h"
#include "exporter/request/options.h"
#include "oci/context.h"
#include "oci/progress.h"
#include "tools/cli/exporting/input_flags.h"
#include "tools/cli/exporting/output_flag.h"

namespace waybill::cli::exporting {

struct CheckedOutput {
  OutputFlag flag;
  exporter::request::ExportOptions options;  // of flag.request
};

// Reads `texts`; empty ones are passed over, as in buildx. Outputs of images get the context's annotations. Errors:
// those of ParseOutputFlag and FromRequest, with the text, and what stands in the way of creating a file;
// INVALID_ARGUMENT when nothing is left, when two archives go to one file, for keys that no part of an export reads,
// unless the context allows them, and for annotations without an output of images.
absl::StatusOr<std::vector<CheckedOutput>> CheckOutputs(const std::vector<std::string>& texts,
                                                        int compatibility_version, const OutputContext& context);

// One output with what goes there. Refers to the input and to the checked output.
struct PlannedOutput {
  const CheckedOutput& output;
  const exporter::request::BuildResult& result;                        // as the output gets it
  std::variant<exporter::plan::Plan, exporter::plan::FilesPlan> plan;  // of the result, by output.options
};

// What each of the outputs is going to hold, so that a fault that the result shows is found before any export. Errors:
// those of MakePlan and MakeFilesPlan, with the output's type.
absl::StatusOr<std::vector<PlannedOutput>> PlanOutputs(const Input& input, const std::vector<CheckedOutput>& outputs);

// Passes progress on, with the output's path for the "-" that a stream is called.
class OutputProgress final : public oci::ProgressSink {
 public:
  OutputProgress(const oci::Context& outer, const OutputFlag& output);
  void Report(const oci::ProgressEvent& event) override;

  // Where the output goes: "oci out.tar".
  const std::string& target() const { return target_; }

 private:
  const oci::Context outer_;
  const std::string stream_;
  const std::string target_;
};

}  // namespace waybill::cli::exporting

#endif  // WAYBILL_TOOLS_CLI_EXPORTING_OUTPUTS_H_
