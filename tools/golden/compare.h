// SPDX-License-Identifier: Apache-2.0
// Compares an export with a recording byte for byte.
#ifndef WAYBILL_TOOLS_GOLDEN_COMPARE_H_
#define WAYBILL_TOOLS_GOLDEN_COMPARE_H_

#include <map>
#include <string>
#include <vector>

#include "tools/golden/case.h"
#include "tools/golden/layout.h"

namespace waybill::golden {

using Response = std::map<std::string, std::string>;
// One line each; empty when there are none.
using Differences = std::vector<std::string>;

// The response and the metadata file that a client makes of it.
Differences CompareResponse(const Case& record, Response response);
// Archive or directory, entry by entry and as a whole, and the documents in it.
Differences CompareLayout(const Case& record, const Layout& layout);
// Every repository after a push: tags, and blobs and manifests, no more and no fewer.
Differences CompareRegistry(const Case& record, const std::map<std::string, RepositoryRecord>& registry);

}  // namespace waybill::golden

#endif  // WAYBILL_TOOLS_GOLDEN_COMPARE_H_
