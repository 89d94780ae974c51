// SPDX-License-Identifier: Apache-2.0
// The export in this process.
#ifndef WAYBILL_TOOLS_GOLDEN_IN_PROCESS_EXPORTER_H_
#define WAYBILL_TOOLS_GOLDEN_IN_PROCESS_EXPORTER_H_

#include <map>
#include <string>
#include <utility>

#include "oci/registry/server/behavior/behavior.h"
#include "tools/golden/recorded/exporter_under_test.h"

namespace waybill::golden {

class InProcessExporter : public recorded::ExporterUnderTest {
 public:
  // Pushes go to a registry that behaves like this.
  explicit InProcessExporter(oci::registry::server::behavior::Behavior registry = {})
      : registry_(std::move(registry)) {}

  absl::StatusOr<std::map<std::string, std::string>> Export(const recorded::Job& job) override;

 private:
  const oci::registry::server::behavior::Behavior registry_;
};

}  // namespace waybill::golden

#endif  // WAYBILL_TOOLS_GOLDEN_IN_PROCESS_EXPORTER_H_
