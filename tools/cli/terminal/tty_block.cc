// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/terminal/tty_block.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/cli/terminal/progress.h"

namespace waybill::cli::terminal {
namespace {

using State = oci::ProgressEvent::State;

constexpr absl::Duration kRateWindow = absl::Seconds(3);
constexpr absl::string_view kClearLine = "\r\x1b[K";
constexpr absl::string_view kClearBelow = "\x1b[J";
// "sha256:" and as many digits as docker shows.
constexpr size_t kMaxItemBytes = 19;

std::string LineOf(const oci::ProgressEvent& event) {
  const absl::string_view name =
      event.item.empty() ? absl::string_view(event.target) : absl::string_view(event.item).substr(0, kMaxItemBytes);
  std::string line = absl::StrCat("  ", name, " ", StateName(event.state));
  if (event.total > 0) absl::StrAppend(&line, " ", FormatBytes(event.current), " / ", FormatBytes(event.total));
  if (!event.detail.empty()) absl::StrAppend(&line, ": ", event.detail);
  return Printable(line);
}

}  // namespace

void TtyBlock::Add(const oci::ProgressEvent& event) {
  if (event.state == State::kWarning) {
    const absl::string_view separator = event.target.empty() ? "" : ": ";
    stay_.push_back(Printable(absl::StrCat("warning: ", event.target, separator, event.detail)));
    return;
  }
  // What became of a destination as a whole is worth more than a count.
  if (event.state == State::kDone && event.item.empty() && !event.detail.empty()) {
    stay_.push_back(Printable(absl::StrCat(event.target, " ", event.detail)));
  }
  const auto known = std::find_if(items_.begin(), items_.end(), [&](const oci::ProgressEvent& item) {
    return item.target == event.target && item.item == event.item;
  });
  if (known == items_.end()) {
    items_.push_back(event);
  } else {
    *known = event;
  }
}

std::string TtyBlock::Render(absl::Time now, const ScreenSize& screen, bool last) {
  std::string drawing;
  const auto draw = [&](absl::string_view line) {
    absl::StrAppend(&drawing, kClearLine, CutToColumns(line, screen.columns - 1), "\n");
    ++drawn_lines_;
  };
  if (drawn_lines_ > 0) drawing = absl::StrFormat("\x1b[%dA", drawn_lines_);
  drawn_lines_ = 0;
  // These may take several rows, over more than a line of the drawing before.
  if (!stay_.empty()) absl::StrAppend(&drawing, kClearBelow);
  for (const std::string& line : stay_) absl::StrAppend(&drawing, kClearLine, line, "\n");
  stay_.clear();
  // A row for the sum, and one below it, where the cursor waits.
  const size_t rows = screen.rows > 2 ? std::min(screen.rows - 2, kMaxItems) : 0;
  for (const oci::ProgressEvent& item : items_) {
    if (drawn_lines_ == rows) break;
    if (!IsFinal(item.state) || item.state == State::kFailed) draw(LineOf(item));
  }
  draw(Summary(now, last));
  // What the drawing before had more is emptied.
  absl::StrAppend(&drawing, kClearBelow);
  return drawing;
}

int64_t TtyBlock::Rate(absl::Time now, int64_t moved, bool last) {
  moved_.emplace_back(now, moved);
  while (moved_.size() > 1 && moved_[1].first <= now - kRateWindow) moved_.pop_front();
  const auto [since, before] = last ? std::pair(start_, int64_t{0}) : moved_.front();
  const double seconds = absl::ToDoubleSeconds(now - since);
  return seconds > 0 ? static_cast<int64_t>(static_cast<double>(moved - before) / seconds) : 0;
}

std::string TtyBlock::Summary(absl::Time now, bool last) {
  size_t ended = 0;
  int64_t current = 0;
  int64_t total = 0;
  int64_t moved = 0;
  for (const oci::ProgressEvent& item : items_) {
    const bool is_final = IsFinal(item.state);
    if (is_final) ++ended;
    total += item.total;
    current += is_final ? item.total : item.current;
    if (item.state != State::kExists && item.state != State::kMounted) moved += item.current;
  }
  const int64_t rate = Rate(now, moved, last);
  return absl::StrFormat("%d/%d done, %s / %s, %s%.1fs", ended, items_.size(), FormatBytes(current), FormatBytes(total),
                         rate > 0 ? absl::StrCat(FormatBytes(rate), "/s, ") : "", absl::ToDoubleSeconds(now - start_));
}

}  // namespace waybill::cli::terminal
