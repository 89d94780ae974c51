// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/images/gc_report.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "oci/json/json.h"
#include "tools/cli/terminal/progress.h"
#include "tools/cli/terminal/terminal.h"

namespace waybill::cli::images {
namespace {

using oci::prune::Item;
using oci::prune::Outcome;
using oci::prune::Plan;

absl::string_view WordOf(Outcome::How how) {
  switch (how) {
    case Outcome::How::kRemoved:
      return "removed";
    case Outcome::How::kSkipped:
      return "skipped";
    case Outcome::How::kFailed:
      return "failed";
  }
  return "";
}

std::string WhyNot(const Outcome& outcome) {
  return outcome.how == Outcome::How::kFailed ? std::string(outcome.status.message()) : outcome.why;
}

std::string SizeOf(const Item& item) { return item.size < 0 ? "?" : terminal::FormatBytes(item.size); }

// "tag of a list" and its entry both need a name.
std::string NameOf(const Item& item) { return item.tag.empty() ? "-" : item.tag; }

void WriteItem(oci::json::Writer& writer, const Item& item, const Outcome* outcome) {
  writer.BeginObject().Key("kind").String(oci::prune::NameOf(item.kind));
  if (!item.tag.empty()) writer.Key("tag").String(item.tag);
  writer.Key("digest").String(item.digest.ToString());
  if (item.size >= 0) writer.Key("size").Int(item.size);
  if (item.subject.has_value()) writer.Key("subject").String(item.subject->ToString());
  writer.Key("why").String(item.why);
  if (outcome != nullptr) {
    writer.Key("outcome").String(WordOf(outcome->how));
    if (outcome->how != Outcome::How::kRemoved) writer.Key("reason").String(WhyNot(*outcome));
  }
  writer.EndObject();
}

}  // namespace

std::string GcText(const Plan& plan, const std::vector<Outcome>& outcomes, bool applied) {
  if (plan.items.empty()) return "nothing to remove\n";
  size_t name_width = 4;
  for (const Item& item : plan.items) name_width = std::max(name_width, std::min<size_t>(NameOf(item).size(), 80));
  std::string text = absl::StrFormat("%s%-12s  %-*s  %-71s  %9s  %s\n", applied ? "RESULT   " : "", "WHAT", name_width,
                                     "TAG", "DIGEST", "SIZE", "WHY");
  int64_t bytes = 0;
  size_t count = 0;
  for (size_t i = 0; i < plan.items.size(); ++i) {
    const Item& item = plan.items[i];
    std::string why = item.why;
    std::string result;
    if (applied) {
      result = absl::StrFormat("%-7s  ", WordOf(outcomes[i].how));
      if (outcomes[i].how != Outcome::How::kRemoved) why = WhyNot(outcomes[i]);
    }
    if (!applied || outcomes[i].how == Outcome::How::kRemoved) {
      ++count;
      bytes += std::max<int64_t>(item.size, 0);
    }
    const std::string line = absl::StrFormat("%s%-12s  %-*s  %-71s  %9s  %s", result, oci::prune::NameOf(item.kind),
                                             name_width, NameOf(item), item.digest.ToString(), SizeOf(item), why);
    absl::StrAppend(&text, terminal::Printable(line), "\n");
  }
  absl::StrAppend(&text, applied ? "removed: " : "to be removed with --apply: ", count, ", ",
                  terminal::FormatBytes(bytes), "\n");
  return text;
}

std::string GcJson(const std::string& place, const Plan& plan, const std::vector<Outcome>& outcomes, bool applied) {
  oci::json::Writer writer;
  writer.BeginObject().Key("place").String(place);
  writer.Key("applied").Bool(applied);
  writer.Key("items").BeginArray();
  for (size_t i = 0; i < plan.items.size(); ++i) WriteItem(writer, plan.items[i], applied ? &outcomes[i] : nullptr);
  writer.EndArray().Key("kept").BeginArray();
  for (const oci::prune::Doubt& doubt : plan.doubts) {
    writer.BeginObject().Key("name").String(doubt.name).Key("why").String(doubt.why).EndObject();
  }
  writer.EndArray().EndObject();
  return absl::StrCat(oci::json::Indent(writer.Take()), "\n");
}

}  // namespace waybill::cli::images
