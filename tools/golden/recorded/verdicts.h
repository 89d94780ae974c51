// SPDX-License-Identifier: Apache-2.0
// The cases that do not simply have to match, by name: the only exceptions there are.
#ifndef WAYBILL_TOOLS_GOLDEN_RECORDED_VERDICTS_H_
#define WAYBILL_TOOLS_GOLDEN_RECORDED_VERDICTS_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace waybill::golden::recorded {

// Where waybill differs from BuildKit on purpose. Everything but the named difference is still compared.
enum class Deviation {
  kSubject,  // a statement about an unnamed image has the subject "_" instead of none
  kSpdx,     // SBOMs are patched in place: nothing is lost or escaped twice
};
// In a few words.
absl::string_view DeviationName(Deviation deviation);
struct Deviating {
  absl::string_view name;
  Deviation deviation;
};
absl::Span<const Deviating> DeviatingCases();
const Deviating* FindDeviating(absl::string_view name);

// "subject" or "spdx".
std::optional<Deviation> DeviationNamed(absl::string_view name);

// What an error of the case has to say: the recorded text without "failed to solve: ", or the accepted wording where
// the recorded one names a place that only that recording had.
std::string ExpectedError(absl::string_view name, absl::string_view recorded);

}  // namespace waybill::golden::recorded

#endif  // WAYBILL_TOOLS_GOLDEN_RECORDED_VERDICTS_H_
