// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/terminal/progress.h"

#include <map>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/synchronization/mutex.h"
#include "oci/error.h"
#include "oci/json/json.h"
#include "oci/time.h"
#include "tools/cli/terminal/tty_progress.h"

namespace waybill::cli::terminal {
namespace {

using oci::ProgressEvent;
using State = ProgressEvent::State;

constexpr absl::Duration kRawInterval = absl::Milliseconds(100);

// One line for each change of an item's state; bytes alone are no change.
class PlainProgress final : public oci::ProgressSink {
 public:
  explicit PlainProgress(const ProgressDeps& deps) : deps_(deps), start_(deps.now()) {}

  void Report(const ProgressEvent& event) override {
    absl::MutexLock lock(&mutex_);
    const auto [known, fresh] = states_.try_emplace({event.target, event.item}, event.state);
    if (!fresh && std::exchange(known->second, event.state) == event.state && event.state != State::kWarning) return;
    deps_.out << absl::StrFormat("%.1fs ", absl::ToDoubleSeconds(deps_.now() - start_));
    for (const std::string* part : {&event.target, &event.item}) {
      if (!part->empty()) deps_.out << *part << ' ';
    }
    deps_.out << StateName(event.state);
    if (event.total > 0 && IsFinal(event.state)) deps_.out << ' ' << FormatBytes(event.total);
    if (!event.detail.empty()) deps_.out << ": " << Printable(event.detail);
    deps_.out << std::endl;
  }

 private:
  const ProgressDeps deps_;
  const absl::Time start_;
  absl::Mutex mutex_;
  std::map<std::pair<std::string, std::string>, State> states_ ABSL_GUARDED_BY(mutex_);
};

// One JSON object per event and line. Of bytes that move each item tells at most ten times a second.
class RawJsonProgress final : public oci::ProgressSink {
 public:
  explicit RawJsonProgress(const ProgressDeps& deps) : deps_(deps) {}

  void Report(const ProgressEvent& event) override {
    absl::MutexLock lock(&mutex_);
    const absl::Time now = deps_.now();
    if (!IsNews(event, now)) return;
    oci::json::Writer json;
    json.BeginObject().Key("time").String(oci::FormatTimestamp({now}));
    if (!event.target.empty()) json.Key("target").String(event.target);
    if (!event.item.empty()) json.Key("item").String(event.item);
    json.Key("state").String(StateName(event.state)).Key("current").Int(event.current).Key("total").Int(event.total);
    if (!event.detail.empty()) json.Key("detail").String(event.detail);
    deps_.out << json.EndObject().Take() << std::endl;
  }

 private:
  struct Told {
    State state;
    absl::Time at;
  };

  bool IsNews(const ProgressEvent& event, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto [told, fresh] = told_.try_emplace({event.target, event.item}, Told{event.state, now});
    const bool moved = !fresh && event.state == State::kTransferring && told->second.state == event.state;
    if (moved && now - told->second.at < kRawInterval) return false;
    told->second = {event.state, now};
    return true;
  }

  const ProgressDeps deps_;
  absl::Mutex mutex_;  // one line at a time
  std::map<std::pair<std::string, std::string>, Told> told_ ABSL_GUARDED_BY(mutex_);
};

class WarningsOnly final : public oci::ProgressSink {
 public:
  explicit WarningsOnly(const ProgressDeps& deps) : deps_(deps) {}

  void Report(const ProgressEvent& event) override {
    if (event.state != State::kWarning) return;
    absl::MutexLock lock(&mutex_);
    const absl::string_view separator = event.target.empty() ? "" : ": ";
    deps_.out << Printable(absl::StrCat("waybill: warning: ", event.target, separator, event.detail)) << std::endl;
  }

 private:
  const ProgressDeps deps_;
  absl::Mutex mutex_;  // one line at a time
};

}  // namespace

absl::StatusOr<ProgressMode> ParseProgressMode(absl::string_view text, bool can_redraw) {
  if (text == "auto") return can_redraw ? ProgressMode::kTty : ProgressMode::kPlain;
  if (text == "tty") return ProgressMode::kTty;
  if (text == "plain") return ProgressMode::kPlain;
  if (text == "rawjson") return ProgressMode::kRawJson;
  if (text == "quiet") return ProgressMode::kQuiet;
  return oci::InvalidInputError(absl::StrCat("--progress ", text, ": expected auto, tty, plain, rawjson or quiet"));
}

std::unique_ptr<oci::ProgressSink> NewProgress(ProgressMode mode, const ProgressDeps& deps) {
  switch (mode) {
    case ProgressMode::kTty:
      return std::make_unique<TtyProgress>(deps);
    case ProgressMode::kPlain:
      return std::make_unique<PlainProgress>(deps);
    case ProgressMode::kRawJson:
      return std::make_unique<RawJsonProgress>(deps);
    case ProgressMode::kQuiet:
      break;
  }
  return std::make_unique<WarningsOnly>(deps);
}

std::string FormatBytes(int64_t bytes) {
  static constexpr const char* kUnits[] = {"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  for (; value >= 999.5 && unit + 1 < std::size(kUnits); ++unit) value /= 1000;
  if (unit == 0 || value >= 99.95) return absl::StrFormat("%.0f%s", value, kUnits[unit]);
  return absl::StrFormat("%.*f%s", value < 9.995 ? 2 : 1, value, kUnits[unit]);
}

absl::string_view StateName(State state) {
  switch (state) {
    case State::kStarted:
      return "started";
    case State::kChecking:
      return "checking";
    case State::kExists:
      return "exists";
    case State::kMounted:
      return "mounted";
    case State::kTransferring:
      return "transferring";
    case State::kCommitting:
      return "committing";
    case State::kRetrying:
      return "retrying";
    case State::kDone:
      return "done";
    case State::kFailed:
      return "failed";
    case State::kWarning:
      return "warning";
  }
  return "unknown";
}

bool IsFinal(State state) {
  return state == State::kExists || state == State::kMounted || state == State::kDone || state == State::kFailed;
}

}  // namespace waybill::cli::terminal
