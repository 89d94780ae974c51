// SPDX-License-Identifier: Apache-2.0
// Parts of results that the recorder did not see, restored from what BuildKit wrote.
#ifndef WAYBILL_TOOLS_GOLDEN_RECORDED_UNSEEN_H_
#define WAYBILL_TOOLS_GOLDEN_RECORDED_UNSEEN_H_

#include <string>

#include "absl/status/status.h"
#include "tools/golden/recorded/case.h"

namespace waybill::golden::recorded {

// The file systems of results that a frontend made for an export of files. They are the files that came out, but for
// the statements, which alone have the mode 0600. In the one case with several platforms each file names its own.
absl::Status AddFileSystems(const Case& record, const std::string& directory, Json& result);

// The provenance of exports of files, which the daemon adds after the recorder has looked. Its predicate is that of the
// statement that came out; the statement's subjects and form are left to the exporter.
absl::Status AddProvenance(const Case& record, const std::string& directory, Json& result);

}  // namespace waybill::golden::recorded

#endif  // WAYBILL_TOOLS_GOLDEN_RECORDED_UNSEEN_H_
