// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/terminal/tty_progress.h"

#include <string>

namespace waybill::cli::terminal {
namespace {

constexpr absl::Duration kInterval = absl::Milliseconds(100);

}  // namespace

TtyProgress::TtyProgress(const ProgressDeps& deps) : deps_(deps), block_(deps.now()), drawer_([this] { Draw(); }) {}

TtyProgress::~TtyProgress() {
  {
    absl::MutexLock lock(&mutex_);
    closing_ = true;
  }
  drawer_.join();
}

void TtyProgress::Report(const oci::ProgressEvent& event) {
  absl::MutexLock lock(&mutex_);
  block_.Add(event);
}

void TtyProgress::Draw() {
  for (bool last = false; !last;) {
    std::string drawing;
    {
      absl::MutexLock lock(&mutex_);
      last = mutex_.AwaitWithTimeout(absl::Condition(&closing_), kInterval);
      drawing = block_.Render(deps_.now(), deps_.screen(), last);
    }
    deps_.out << drawing << std::flush;
  }
}

}  // namespace waybill::cli::terminal
