// SPDX-License-Identifier: Apache-2.0
#include "tools/golden/recorded/verdicts.h"

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"

namespace waybill::golden::recorded {
namespace {

constexpr Deviating kDeviating[] = {
    {"gw-att-bundle-pred", Deviation::kSubject},
    {"gw-att-inline-only-mixed", Deviation::kSubject},
    {"gw-att-noname", Deviation::kSubject},
    {"gw-att-two-same", Deviation::kSubject},
    {"gw-multi-platforms", Deviation::kSubject},
    {"oci-multi-prov-inline-only", Deviation::kSubject},
    {"oci-prov-noname", Deviation::kSubject},
    {"oci-prov-v02-legacy", Deviation::kSubject},
    {"gw-att-sbom-order", Deviation::kSpdx},
    {"gw-att-spdx21", Deviation::kSpdx},
    {"gw-att-spdx22", Deviation::kSpdx},
    {"gw-att-spdx23", Deviation::kSpdx},
    {"gw-att-spdx23-bundle", Deviation::kSpdx},
    {"oci-multi-sbom-prov-artifact", Deviation::kSpdx},
    {"oci-multi-sbom-prov-legacy", Deviation::kSpdx},
    {"oci-sbom-artifact", Deviation::kSpdx},
    {"oci-sbom-legacy", Deviation::kSpdx},
};

struct Rewording {
  absl::string_view name;
  absl::string_view text;
};
// The recordings name temporary mounts of the daemon.
constexpr Rewording kRewordings[] = {
    {"err-att-bundle-subdir", "d is not a regular file"},
    {"err-att-directory", "it is a directory"},
    {"err-att-too-big", "exceeds 41943040 bytes"},
};

}  // namespace

absl::Span<const Deviating> DeviatingCases() { return kDeviating; }

absl::string_view DeviationName(Deviation deviation) {
  return deviation == Deviation::kSpdx ? "SBOM patched in place" : "subject of an unnamed image";
}

const Deviating* FindDeviating(absl::string_view name) {
  for (const Deviating& row : kDeviating) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

std::optional<Deviation> DeviationNamed(absl::string_view name) {
  if (name == "subject") return Deviation::kSubject;
  if (name == "spdx") return Deviation::kSpdx;
  return std::nullopt;
}

std::string ExpectedError(absl::string_view name, absl::string_view recorded) {
  for (const Rewording& row : kRewordings) {
    if (row.name == name) return std::string(row.text);
  }
  // The recordings lack white space at the end.
  return std::string(absl::StripTrailingAsciiWhitespace(absl::StripPrefix(recorded, "failed to solve: ")));
}

}  // namespace waybill::golden::recorded
