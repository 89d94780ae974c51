// SPDX-License-Identifier: Apache-2.0
#include "tools/golden/run.h"

#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "tools/golden/recorded/case.h"
#include "tools/golden/recorded/deviations.h"
#include "tools/golden/recorded/inputs.h"
#include "tools/golden/recorded/verdicts.h"

namespace waybill::golden {
namespace {

CaseResult Failure(std::string difference) {
  return {.outcome = Outcome::kFailure, .differences = {std::move(difference)}};
}

// A registry's directory is there before a push; it has to be empty.
bool LeftSomething(const recorded::Case& record, const std::string& destination) {
  std::error_code error;
  if (record.request.type == "image" && std::filesystem::is_directory(destination, error)) {
    return !std::filesystem::is_empty(destination, error);
  }
  return std::filesystem::exists(destination, error);
}

CaseResult JudgeError(const recorded::Case& record, const absl::Status& status, const std::string& destination) {
  if (record.error.empty()) return Failure(absl::StrCat("failed: ", status.ToString()));
  const std::string expected = recorded::ExpectedError(record.name, record.error);
  if (!absl::StrContains(status.message(), expected)) {
    return Failure(absl::StrCat("error text:\n  expected ", expected, "\n  actual   ", status.message()));
  }
  if (oci::ReasonOf(status) != oci::Reason::kInvalidInput) {
    return Failure(absl::StrCat("not told as invalid input: ", status.ToString()));
  }
  if (LeftSomething(record, destination)) return Failure("left something at the destination");
  return {.outcome = Outcome::kError};
}

std::optional<recorded::Deviation> DeviationOf(const recorded::Case& record) {
  if (const recorded::Deviating* row = recorded::FindDeviating(record.name); row != nullptr) return row->deviation;
  return recorded::DeviationNamed(record.deviation);
}

CaseResult JudgeSuccess(const recorded::Case& record, const recorded::Response& response,
                        const std::string& destination) {
  if (!record.error.empty()) return Failure(absl::StrCat("did not fail: expected ", record.error));
  recorded::Layout layout;
  if (record.tar.has_value() || record.directory.has_value()) {
    absl::StatusOr<recorded::Layout> read = record.tar.has_value()           ? recorded::ReadArchive(destination)
                                            : record.request.type == "local" ? recorded::ReadFiles(destination)
                                                                             : recorded::ReadDirectory(destination);
    if (!read.ok()) return Failure(absl::StrCat("cannot read the output: ", read.status().ToString()));
    layout = *std::move(read);
  }
  if (const std::optional<recorded::Deviation> deviation = DeviationOf(record); deviation.has_value()) {
    recorded::Differences differences = recorded::CompareDeviating(record, *deviation, response, layout);
    if (!differences.empty()) return {.outcome = Outcome::kFailure, .differences = std::move(differences)};
    if (layout.sha256 == record.tar->sha256) return Failure("matches: no longer a deviation");
    return {.outcome = Outcome::kDeviation, .detail = std::string(recorded::DeviationName(*deviation))};
  }
  recorded::Differences differences;
  if (!record.registry.empty()) {
    const auto registry = recorded::ReadRepositories(destination);
    if (!registry.ok()) return Failure(absl::StrCat("cannot read the registry: ", registry.status().ToString()));
    differences = recorded::CompareRegistry(record, *registry);
  } else {
    differences = recorded::CompareLayout(record, layout);
  }
  for (std::string& line : recorded::CompareResponse(record, response)) differences.push_back(std::move(line));
  if (!differences.empty()) return {.outcome = Outcome::kFailure, .differences = std::move(differences)};
  return {.outcome = Outcome::kMatch};
}

}  // namespace

absl::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kMatch:
      return "match";
    case Outcome::kDeviation:
      return "deviation";
    case Outcome::kError:
      return "error";
    case Outcome::kFailure:
      break;
  }
  return "failure";
}

CaseResult RunCase(const std::string& name, recorded::ExporterUnderTest& exporter, const std::string& scratch) {
  const absl::StatusOr<recorded::Case> record = recorded::LoadCase(name);
  if (!record.ok()) return Failure(record.status().ToString());
  const recorded::Job job{.bundle = absl::StrCat(scratch, "/bundle"),
                          .request = recorded::RequestOf(*record),
                          .destination = absl::StrCat(scratch, "/out"),
                          .now = recorded::ClockOf(*record)};
  if (const absl::Status status = recorded::WriteBundle(*record, job.bundle); !status.ok())
    return Failure(status.ToString());
  const absl::StatusOr<recorded::Response> response = exporter.Export(job);
  return response.ok() ? JudgeSuccess(*record, *response, job.destination)
                       : JudgeError(*record, response.status(), job.destination);
}

}  // namespace waybill::golden
