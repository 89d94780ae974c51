// SPDX-License-Identifier: Apache-2.0
// exporter/image_config and history: a config that can be patched stays JSON, and patching it again changes nothing.
#include "exporter/plan/image_config.h"

#include "absl/time/time.h"
#include "exporter/plan/history.h"
#include "oci/digest.h"
#include "oci/json/json.h"
#include "tools/fuzz/require.h"

namespace exporter = waybill::exporter;
using waybill::fuzz::Is;
using waybill::fuzz::Require;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view raw = waybill::fuzz::View(data, size);
  (void)exporter::plan::ParseBaseConfig(raw).ok();
  (void)exporter::plan::ParsePlatformFields(raw).ok();
  (void)exporter::plan::ParseHistory(raw).ok();
  auto history = exporter::plan::HistoryOf(raw);
  if (!history.ok()) return 0;
  const waybill::oci::Digest digest = waybill::oci::Digest::Of("layer");
  const exporter::request::Layer layer = {.blob = {.digest = digest}, .diff_id = digest};
  const exporter::plan::ImageConfigPatch patch = {
      .diff_ids = {digest},
      .history = exporter::plan::ClampHistory(exporter::plan::NormalizeHistory(*history, {layer}), {},
                                              absl::FromUnixSeconds(1)),
      .epoch = absl::FromUnixSeconds(1),
  };
  Require(!exporter::plan::HasUnaccountedLayers(patch.history, 1), "a normal history fits its layers");
  const auto patched = exporter::plan::PatchImageConfig(raw, patch);
  if (!patched.ok()) return 0;
  Require(waybill::oci::json::Validate(*patched).ok(), "a patched config is JSON");
  Require(Is(exporter::plan::PatchImageConfig(*patched, patch), *patched), "patching is stable");
  return 0;
}
