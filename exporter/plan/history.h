// SPDX-License-Identifier: Apache-2.0
// The history of an image config (image-spec, config.md "history"): made to fit the layers, clamped to an epoch.
#ifndef WAYBILL_EXPORTER_PLAN_HISTORY_H_
#define WAYBILL_EXPORTER_PLAN_HISTORY_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "exporter/request/build_result.h"
#include "oci/json/json.h"
#include "oci/time.h"

namespace waybill::exporter::plan {

struct HistoryEntry {
  std::optional<oci::Timestamp> created;
  std::string created_by;
  std::string author;
  std::string comment;
  bool empty_layer = false;
  friend bool operator==(const HistoryEntry&, const HistoryEntry&) = default;
};

// `raw` is a JSON array, or empty for none. Unknown fields of entries are dropped.
// Errors: INVALID_ARGUMENT naming the entry.
absl::StatusOr<std::vector<HistoryEntry>> ParseHistory(absl::string_view raw);

// One entry that is not empty per layer and a time on every entry, as far as any is known: entries beyond the layers
// become empty ones, missing entries and times come from the layers, then from neighbours.
std::vector<HistoryEntry> NormalizeHistory(std::vector<HistoryEntry> history,
                                           const std::vector<request::Layer>& layers);

// True when `history` claims more layers than there are; NormalizeHistory then drops claims.
bool HasUnaccountedLayers(const std::vector<HistoryEntry>& history, size_t layers);

// Times later than `epoch`, and missing ones, become the epoch; the unchanged start that comes from the base image's
// history keeps its times.
std::vector<HistoryEntry> ClampHistory(std::vector<HistoryEntry> history, const std::vector<HistoryEntry>& base,
                                       absl::Time epoch);

// An array; null when there are no entries.
void WriteHistory(oci::json::Writer& writer, const std::vector<HistoryEntry>& history);

}  // namespace waybill::exporter::plan

#endif  // WAYBILL_EXPORTER_PLAN_HISTORY_H_
