// SPDX-License-Identifier: Apache-2.0
// What follows from a tree once it is whole: the order of its nodes, and what they are to each other.
#ifndef WAYBILL_ATTEST_READER_ORDER_H_
#define WAYBILL_ATTEST_READER_ORDER_H_

#include "attest/reader/tree.h"

namespace waybill::attest::reader {

// The nodes in the order of the lists, level by level, whichever came first over the wire; attestation manifests told
// from other manifests; subjects compared.
ImageTree InOrder(ImageTree tree);

}  // namespace waybill::attest::reader

#endif  // WAYBILL_ATTEST_READER_ORDER_H_
