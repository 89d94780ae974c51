// SPDX-License-Identifier: Apache-2.0
// The export in this process.
#ifndef WAYBILL_TOOLS_GOLDEN_LOCAL_SUBJECT_H_
#define WAYBILL_TOOLS_GOLDEN_LOCAL_SUBJECT_H_

#include <map>
#include <string>

#include "tools/golden/subject.h"

namespace waybill::golden {

class LocalSubject : public Subject {
 public:
  absl::StatusOr<std::map<std::string, std::string>> Export(const Job& job) override;
  bool pushes() const override { return true; }
};

}  // namespace waybill::golden

#endif  // WAYBILL_TOOLS_GOLDEN_LOCAL_SUBJECT_H_
