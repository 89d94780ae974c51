// SPDX-License-Identifier: Apache-2.0
// Limits of consumers that what is published may cross. They were found by running the consumers
// (docs/guide-sign.md).
#ifndef WAYBILL_ATTEST_PUBLISH_LIMITS_H_
#define WAYBILL_ATTEST_PUBLISH_LIMITS_H_

#include <string>
#include <vector>

#include "attest/publish/publish.h"
#include "attest/reader/tree.h"

namespace waybill::attest::publish {

// A sentence for each limit that is crossed, naming the consumer and the object.
std::vector<std::string> LimitsCrossed(const reader::ImageTree& tree, const Published& published);

}  // namespace waybill::attest::publish

#endif  // WAYBILL_ATTEST_PUBLISH_LIMITS_H_
