// SPDX-License-Identifier: Apache-2.0
// exporter/image_config and history: a config that can be patched stays JSON, and patching it again changes nothing.
#include "exporter/image_config.h"

#include "absl/time/time.h"
#include "exporter/history.h"
#include "oci/digest.h"
#include "oci/json.h"
#include "tools/fuzz/require.h"

namespace exporter = waybill::exporter;
using waybill::fuzz::Is;
using waybill::fuzz::Require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view raw = waybill::fuzz::View(data, size);
  (void)exporter::ParseBaseConfig(raw).ok();
  (void)exporter::ParsePlatformFields(raw).ok();
  (void)exporter::ParseHistory(raw).ok();
  auto history = exporter::HistoryOf(raw);
  if (!history.ok()) return 0;
  const waybill::oci::Digest digest = waybill::oci::Digest::Of("layer");
  const exporter::Layer layer = {.blob = {.digest = digest}, .diff_id = digest};
  const exporter::ImageConfigPatch patch = {
      .diff_ids = {digest},
      .history = exporter::ClampHistory(exporter::NormalizeHistory(*history, {layer}), {}, absl::FromUnixSeconds(1)),
      .epoch = absl::FromUnixSeconds(1),
  };
  Require(!exporter::HasUnaccountedLayers(patch.history, 1), "a normal history fits its layers");
  const auto patched = exporter::PatchImageConfig(raw, patch);
  if (!patched.ok()) return 0;
  Require(waybill::oci::json::Validate(*patched).ok(), "a patched config is JSON");
  Require(Is(exporter::PatchImageConfig(*patched, patch), *patched), "patching is stable");
  return 0;
}
