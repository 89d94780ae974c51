// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/exporting/outputs.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "exporter/request/unknown_key.h"
#include "oci/error.h"
#include "oci/file/atomic_file.h"
#include "oci/platform.h"
#include "oci/status_macros.h"
#include "tools/cli/files/stream_file.h"

namespace waybill::cli::exporting {
namespace {

using DestinationKind = OutputFlag::DestinationKind;

// An output as its user wrote it, but for a PIN in the name of a key (RFC 7512), which is refused there.
std::string WithoutPin(absl::string_view text) {
  constexpr absl::string_view kPin = "pin-value=";
  const size_t at = text.find(kPin);
  return at == text.npos ? std::string(text) : absl::StrCat(text.substr(0, at + kPin.size()), "...");
}

// Two layouts may be one directory, which then gets both images.
absl::Status CheckFile(const OutputFlag& output, const std::vector<OutputFlag>& taken) {
  if (output.destination != DestinationKind::kFile) return absl::OkStatus();
  for (const OutputFlag& other : taken) {
    if (other.destination == DestinationKind::kFile && files::IsSamePath(other.path, output.path)) {
      return oci::InvalidInputError("another output goes to the same file");
    }
  }
  return oci::file::AtomicFile::Create(output.path, {}).status();
}

// BuildKit takes such keys for metadata, and says nothing.
absl::Status RefuseUnknown(const exporter::request::ExportOptions& options) {
  if (options.unknown.empty()) return absl::OkStatus();
  const auto describe = [&options](std::string* out, const std::string& key) {
    absl::StrAppend(out, exporter::request::DescribeUnknownKey(key, options.type));
  };
  return oci::InvalidInputError(absl::StrCat(absl::StrJoin(options.unknown, "; ", describe),
                                             " (metadata.KEY= sets metadata of the result, and --allow-unknown makes "
                                             "this a warning)"));
}

bool IsImage(const OutputFlag& flag) { return flag.request.type != "local" && flag.request.type != "tar"; }

absl::StatusOr<CheckedOutput> CheckOutput(const std::string& text, int compatibility_version,
                                          const OutputContext& context, const std::vector<OutputFlag>& taken) {
  ABSL_ASSIGN_OR_RETURN(OutputFlag flag, ParseOutputFlag(text, context, taken));
  flag.request.compatibility_version = compatibility_version;
  if (IsImage(flag)) {
    for (const auto& [key, value] : context.annotations) flag.request.attributes[key] = value;
  }
  ABSL_ASSIGN_OR_RETURN(exporter::request::ExportOptions options,
                        exporter::request::ExportOptions::FromRequest(flag.request));
  ABSL_RETURN_IF_ERROR(CheckFile(flag, taken));
  if (!context.allow_unknown) ABSL_RETURN_IF_ERROR(RefuseUnknown(options));
  return CheckedOutput{.flag = std::move(flag), .options = std::move(options)};
}

absl::Status Plan(PlannedOutput& planned) {
  const exporter::request::ExportOptions& options = planned.output.options;
  if (exporter::request::WritesFiles(options.type)) {
    ABSL_ASSIGN_OR_RETURN(planned.plan, exporter::plan::MakeFilesPlan(planned.result, options, oci::HostPlatform()));
  } else {
    ABSL_ASSIGN_OR_RETURN(planned.plan, exporter::plan::MakePlan(planned.result, options, oci::HostPlatform()));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<CheckedOutput>> CheckOutputs(const std::vector<std::string>& texts,
                                                        int compatibility_version, const OutputContext& context) {
  std::vector<CheckedOutput> outputs;
  std::vector<OutputFlag> taken;
  for (const std::string& text : texts) {
    if (text.empty()) continue;
    absl::StatusOr<CheckedOutput> output = CheckOutput(text, compatibility_version, context, taken);
    if (!output.ok()) return oci::Annotate(output.status(), absl::StrCat("--output ", WithoutPin(text)));
    taken.push_back(output->flag);
    outputs.push_back(*std::move(output));
  }
  if (outputs.empty()) return oci::InvalidInputError("--output is required");
  if (!context.annotations.empty() && std::none_of(taken.begin(), taken.end(), IsImage)) {
    return oci::InvalidInputError("--annotation: no --output writes an image, which annotations are for");
  }
  return outputs;
}

absl::StatusOr<std::vector<PlannedOutput>> PlanOutputs(const Input& input, const std::vector<CheckedOutput>& outputs) {
  std::vector<PlannedOutput> planned;
  for (const CheckedOutput& output : outputs) {
    const exporter::request::BuildResult& result =
        input.result(/*renamed=*/output.flag.request.attributes.contains("name"));
    planned.push_back({.output = output, .result = result, .plan = {}});
    if (const absl::Status made = Plan(planned.back()); !made.ok()) {
      return oci::Annotate(made, absl::StrCat("exporting type=", output.flag.request.type));
    }
  }
  return planned;
}

OutputProgress::OutputProgress(const oci::Context& outer, const OutputFlag& output)
    : outer_(outer),
      stream_(absl::StrCat(output.request.type, " -")),
      target_(output.path.empty() ? output.request.type : absl::StrCat(output.request.type, " ", output.path)) {}

void OutputProgress::Report(const oci::ProgressEvent& event) {
  if (event.target != stream_) return outer_.Report(event);
  oci::ProgressEvent named = event;
  named.target = target_;
  outer_.Report(named);
}

}  // namespace waybill::cli::exporting
