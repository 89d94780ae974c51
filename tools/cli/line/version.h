// SPDX-License-Identifier: Apache-2.0
// The versions that waybill tells of itself.
#ifndef WAYBILL_TOOLS_CLI_LINE_VERSION_H_
#define WAYBILL_TOOLS_CLI_LINE_VERSION_H_

namespace waybill::cli::line {

inline constexpr char kVersion[] = "0.1.0";

// The BuildKit whose rules exports follow; creators of SBOMs are named by it.
inline constexpr char kBuildKitVersion[] = "v0.34.2";

}  // namespace waybill::cli::line

#endif  // WAYBILL_TOOLS_CLI_LINE_VERSION_H_
