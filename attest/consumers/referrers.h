// SPDX-License-Identifier: Apache-2.0
// What a consumer sees of a manifest's referrers. Part of look_up.h's implementation.
#ifndef WAYBILL_ATTEST_CONSUMERS_REFERRERS_H_
#define WAYBILL_ATTEST_CONSUMERS_REFERRERS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "attest/reader/tree.h"

namespace waybill::attest::consumers {

// One entry of the list, in its order.
struct Seen {
  std::string listed_type;  // artifact type that the list tells; programs filter by it
  // The list's "in-toto.io/predicate-type" of the entry.
  std::optional<std::string> announced_type;
  const reader::Node* node = nullptr;  // null: it was not read
  const reader::Item* item = nullptr;  // its first layer; null: there is none

  // Whether it is listed as a Sigstore bundle, of any version.
  bool IsBundle() const;
  // Of its statement; "" when there is none.
  const std::string& predicate_type() const;
  int64_t size() const { return item == nullptr ? 0 : item->descriptor.size; }
};

std::vector<Seen> ReferrersOf(const reader::ImageTree& tree, size_t number);

}  // namespace waybill::attest::consumers

#endif  // WAYBILL_ATTEST_CONSUMERS_REFERRERS_H_
