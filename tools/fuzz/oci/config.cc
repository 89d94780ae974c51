// SPDX-License-Identifier: Apache-2.0
// oci/registry/config (TOML): any text is taken, or refused with its place.
#include "oci/registry/config/config.h"

#include "absl/strings/match.h"
#include "tools/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto tables = waybill::oci::registry::config::ParseConfig(waybill::fuzz::View(data, size), "x.toml");
  if (tables.ok()) return 0;
  waybill::fuzz::Require(absl::StartsWith(tables.status().message(), "x.toml:"), "an error names the place");
  return 0;
}
