// SPDX-License-Identifier: Apache-2.0
// Progress of a delivery, with the name of where it goes.
#ifndef WAYBILL_EXPORTER_OUTPUT_TARGET_PROGRESS_H_
#define WAYBILL_EXPORTER_OUTPUT_TARGET_PROGRESS_H_

#include <string>
#include <utility>

#include "oci/context.h"
#include "oci/progress.h"

namespace waybill::exporter::output {

// Passes events on to the outer context, for `target`.
class TargetProgress : public oci::ProgressSink {
 public:
  TargetProgress(oci::Context outer, std::string target) : outer_(std::move(outer)), target_(std::move(target)) {}
  void Report(const oci::ProgressEvent& event) override {
    oci::ProgressEvent named = event;
    named.target = target_;
    outer_.Report(named);
  }

 private:
  const oci::Context outer_;
  const std::string target_;
};

// Drops events.
class SilentProgress : public oci::ProgressSink {
 public:
  void Report(const oci::ProgressEvent&) override {}
};

}  // namespace waybill::exporter::output

#endif  // WAYBILL_EXPORTER_OUTPUT_TARGET_PROGRESS_H_
