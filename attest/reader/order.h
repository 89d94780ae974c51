// SPDX-License-Identifier: Apache-2.0
// What follows from a tree once it is whole: the order of its nodes, and what they are to each other.
#ifndef WAYBILL_ATTEST_READER_ORDER_H_
#define WAYBILL_ATTEST_READER_ORDER_H_

#include <vector>

#include "attest/reader/tree.h"
#include "oci/descriptor.h"

namespace waybill::attest::reader {

// The nodes in the order of the lists, level by level from `roots` on, whichever came first over the wire; attestation
// manifests told from other manifests; subjects compared. The roots are the tree's first nodes, each digest once.
ImageTree InOrder(ImageTree tree, const std::vector<oci::Descriptor>& roots);

}  // namespace waybill::attest::reader

#endif  // WAYBILL_ATTEST_READER_ORDER_H_
