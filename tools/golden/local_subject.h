// SPDX-License-Identifier: Apache-2.0
// The export in this process.
#ifndef WAYBILL_TOOLS_GOLDEN_LOCAL_SUBJECT_H_
#define WAYBILL_TOOLS_GOLDEN_LOCAL_SUBJECT_H_

#include <map>
#include <string>
#include <utility>

#include "oci/registry/testing/behavior.h"
#include "tools/golden/subject.h"

namespace waybill::golden {

class LocalSubject : public Subject {
 public:
  // Pushes go to a registry that behaves like this.
  explicit LocalSubject(oci::registry::testing::Behavior registry = {}) : registry_(std::move(registry)) {}

  absl::StatusOr<std::map<std::string, std::string>> Export(const Job& job) override;

 private:
  const oci::registry::testing::Behavior registry_;
};

}  // namespace waybill::golden

#endif  // WAYBILL_TOOLS_GOLDEN_LOCAL_SUBJECT_H_
