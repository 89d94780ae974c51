// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/tty_progress.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace waybill::cli {
namespace {

using State = oci::ProgressEvent::State;

constexpr absl::Duration kInterval = absl::Milliseconds(100);
constexpr absl::Duration kRateWindow = absl::Seconds(3);
constexpr absl::string_view kClearLine = "\r\x1b[K";
constexpr size_t kMaxItemBytes = 40;

std::string LineOf(const oci::ProgressEvent& event) {
  std::string line = absl::StrCat("  ", event.item.substr(0, kMaxItemBytes), " ", StateName(event.state));
  if (event.total > 0) absl::StrAppend(&line, " ", FormatBytes(event.current), " / ", FormatBytes(event.total));
  if (!event.detail.empty()) absl::StrAppend(&line, ": ", event.detail);
  return line;
}

}  // namespace

TtyProgress::TtyProgress(const ProgressDeps& deps) : deps_(deps), start_(deps.now()), drawer_([this] { Draw(); }) {}

TtyProgress::~TtyProgress() {
  {
    absl::MutexLock lock(&mutex_);
    closing_ = true;
  }
  drawer_.join();
}

void TtyProgress::Report(const oci::ProgressEvent& event) {
  absl::MutexLock lock(&mutex_);
  if (event.state == State::kWarning) {
    lines_.push_back(absl::StrCat("warning: ", event.detail));
    return;
  }
  // What became of a destination as a whole is worth more than a count.
  if (event.state == State::kDone && event.item.empty() && !event.detail.empty()) {
    lines_.push_back(absl::StrCat(event.target, " ", event.detail));
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

void TtyProgress::Draw() {
  for (bool last = false; !last;) {
    std::string block;
    {
      absl::MutexLock lock(&mutex_);
      last = mutex_.AwaitWithTimeout(absl::Condition(&closing_), kInterval);
      block = Render();
    }
    deps_.out << block << std::flush;
  }
}

std::string TtyProgress::Render() {
  std::string block;
  if (drawn_lines_ > 0) block = absl::StrFormat("\x1b[%dA", drawn_lines_);
  for (const std::string& line : lines_) absl::StrAppend(&block, kClearLine, line, "\n");
  lines_.clear();
  size_t lines = 0;
  for (const oci::ProgressEvent& item : items_) {
    if (lines == kMaxLines) break;
    if (IsFinal(item.state) && item.state != State::kFailed) continue;
    absl::StrAppend(&block, kClearLine, LineOf(item), "\n");
    ++lines;
  }
  absl::StrAppend(&block, kClearLine, Summary(), "\n");
  ++lines;
  // What the block before had more is emptied, and the cursor comes back.
  absl::StrAppend(&block, "\x1b[J");
  drawn_lines_ = lines;
  return block;
}

int64_t TtyProgress::Rate(int64_t moved) {
  const absl::Time now = deps_.now();
  moved_.emplace_back(now, moved);
  while (moved_.size() > 1 && moved_[1].first <= now - kRateWindow) moved_.pop_front();
  // The last drawing tells of the whole.
  const auto [since, before] = closing_ ? std::pair(start_, int64_t{0}) : moved_.front();
  const double seconds = absl::ToDoubleSeconds(now - since);
  return seconds > 0 ? static_cast<int64_t>(static_cast<double>(moved - before) / seconds) : 0;
}

std::string TtyProgress::Summary() {
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
  const int64_t rate = Rate(moved);
  return absl::StrFormat("%d/%d done, %s / %s, %s%.1fs", ended, items_.size(), FormatBytes(current), FormatBytes(total),
                         rate > 0 ? absl::StrCat(FormatBytes(rate), "/s, ") : "",
                         absl::ToDoubleSeconds(deps_.now() - start_));
}

}  // namespace waybill::cli
