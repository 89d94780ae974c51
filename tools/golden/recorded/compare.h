// SPDX-License-Identifier: Apache-2.0
// Compares an export with a recording byte for byte.
#ifndef WAYBILL_TOOLS_GOLDEN_RECORDED_COMPARE_H_
#define WAYBILL_TOOLS_GOLDEN_RECORDED_COMPARE_H_

#include <map>
#include <string>
#include <vector>

#include "tools/golden/recorded/case.h"
#include "tools/golden/recorded/layout.h"

namespace waybill::golden::recorded {

using Response = std::map<std::string, std::string>;
// One line each; empty when there are none.
using Differences = std::vector<std::string>;

// The response and the metadata file that a client makes of it.
Differences CompareResponse(const Case& record, Response response);
// Archive or directory, entry by entry and as a whole, and the documents in it.
Differences CompareLayout(const Case& record, const Layout& layout);
// Every repository after a push: tags, and blobs and manifests, no more and no fewer.
Differences CompareRegistry(const Case& record, const std::map<std::string, RepositoryRecord>& registry);

}  // namespace waybill::golden::recorded

#endif  // WAYBILL_TOOLS_GOLDEN_RECORDED_COMPARE_H_
