// SPDX-License-Identifier: Apache-2.0
#include "exporter/plan/history.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::exporter::plan {
namespace {

namespace json = oci::json;

constexpr absl::string_view kComment = "buildkit.exporter.image.v0";
constexpr absl::string_view kNoDescription = "created by buildkit";

struct TextField {
  absl::string_view name;
  std::string HistoryEntry::*member;
};
constexpr TextField kTextFields[] = {
    {"created_by", &HistoryEntry::created_by},
    {"author", &HistoryEntry::author},
    {"comment", &HistoryEntry::comment},
};

absl::StatusOr<HistoryEntry> ParseEntry(absl::string_view raw) {
  ABSL_ASSIGN_OR_RETURN(const json::Fields fields, json::Fields::Parse(raw));
  HistoryEntry entry;
  if (const absl::string_view created = fields.Find("created"); !created.empty()) {
    ABSL_ASSIGN_OR_RETURN(const std::string text, json::DecodeString(created));
    ABSL_ASSIGN_OR_RETURN(entry.created, oci::ParseTimestamp(text));
  }
  for (const TextField& field : kTextFields) {
    if (const absl::string_view value = fields.Find(field.name); !value.empty()) {
      ABSL_ASSIGN_OR_RETURN(entry.*(field.member), json::DecodeString(value));
    }
  }
  if (const absl::string_view empty = fields.Find("empty_layer"); !empty.empty()) {
    ABSL_ASSIGN_OR_RETURN(entry.empty_layer, json::DecodeBool(empty));
  }
  return entry;
}

size_t CountLayers(const std::vector<HistoryEntry>& history) {
  return std::count_if(history.begin(), history.end(), [](const HistoryEntry& entry) { return !entry.empty_layer; });
}

void MarkSurplusEmpty(std::vector<HistoryEntry>& history, size_t layers) {
  size_t seen = 0;
  for (HistoryEntry& entry : history) {
    if (seen >= layers) entry.empty_layer = true;
    if (!entry.empty_layer) ++seen;
  }
}

void AppendMissing(std::vector<HistoryEntry>& history, const std::vector<request::Layer>& layers) {
  for (size_t i = CountLayers(history); i < layers.size(); ++i) {
    const request::Layer& layer = layers[i];
    history.push_back({.created = layer.created_at,
                       .created_by = layer.description.empty() ? std::string(kNoDescription) : layer.description,
                       .comment = std::string(kComment)});
  }
}

// The time that entries at the start take which have none: that of the first entry with one after the first gap,
// because an entry before it may be a base image's; without such an entry the last time there is.
std::optional<oci::Timestamp> FirstNewTime(const std::vector<HistoryEntry>& history) {
  std::optional<oci::Timestamp> created;
  bool gap = false;
  for (const HistoryEntry& entry : history) {
    if (!entry.created.has_value()) {
      gap = true;
      continue;
    }
    created = entry.created;
    if (gap) break;
  }
  return created;
}

void FillTimes(std::vector<HistoryEntry>& history) {
  std::optional<oci::Timestamp> created = FirstNewTime(history);
  bool gap = false;
  for (HistoryEntry& entry : history) {
    if (!entry.created.has_value()) {
      gap = true;
      entry.created = created;
    } else if (gap) {
      created = entry.created;
    }
  }
}

}  // namespace

absl::StatusOr<std::vector<HistoryEntry>> ParseHistory(absl::string_view raw) {
  std::vector<HistoryEntry> history;
  if (raw.empty() || json::KindOf(raw) == json::Kind::kNull) return history;
  const absl::StatusOr<std::vector<absl::string_view>> elements = json::Elements(raw);
  if (!elements.ok()) return oci::Annotate(elements.status(), "history");
  for (const absl::string_view element : *elements) {
    absl::StatusOr<HistoryEntry> entry = ParseEntry(element);
    if (!entry.ok()) return oci::Annotate(entry.status(), absl::StrCat("history[", history.size(), "]"));
    history.push_back(*std::move(entry));
  }
  return history;
}

bool HasUnaccountedLayers(const std::vector<HistoryEntry>& history, size_t layers) {
  return CountLayers(history) > layers;
}

std::vector<HistoryEntry> NormalizeHistory(std::vector<HistoryEntry> history,
                                           const std::vector<request::Layer>& layers) {
  if (HasUnaccountedLayers(history, layers.size())) MarkSurplusEmpty(history, layers.size());
  AppendMissing(history, layers);
  size_t layer = 0;
  for (HistoryEntry& entry : history) {
    if (entry.empty_layer) continue;
    if (!entry.created.has_value()) entry.created = layers[layer].created_at;
    ++layer;
  }
  FillTimes(history);
  return history;
}

std::vector<HistoryEntry> ClampHistory(std::vector<HistoryEntry> history, const std::vector<HistoryEntry>& base,
                                       absl::Time epoch) {
  bool diverged = false;
  for (size_t i = 0; i < history.size(); ++i) {
    HistoryEntry& entry = history[i];
    diverged = diverged || i >= base.size() || !(entry == base[i]);
    if (diverged && (!entry.created.has_value() || entry.created->time > epoch)) {
      entry.created = oci::Timestamp{.time = epoch};
    }
  }
  return history;
}

void WriteHistory(json::Writer& writer, const std::vector<HistoryEntry>& history) {
  if (history.empty()) {
    writer.Null();
    return;
  }
  writer.BeginArray();
  for (const HistoryEntry& entry : history) {
    writer.BeginObject();
    if (entry.created.has_value()) writer.Key("created").String(oci::FormatTimestamp(*entry.created));
    for (const TextField& field : kTextFields) {
      if (!(entry.*(field.member)).empty()) writer.Key(field.name).String(entry.*(field.member));
    }
    if (entry.empty_layer) writer.Key("empty_layer").Bool(true);
    writer.EndObject();
  }
  writer.EndArray();
}

}  // namespace waybill::exporter::plan
