// SPDX-License-Identifier: Apache-2.0
// The suites for everything that takes or gives blobs: ConformanceTest for all, WritersTest for stores, NamesTest for
// what can be tagged. Registering an implementation, once for each suite that applies to it:
//
//   INSTANTIATE_TEST_SUITE_P(FileStore, ConformanceTest, Values(ConformanceCase{"Synced", &MakeSyncedStore}),
//   CaseName);
#ifndef WAYBILL_OCI_CONTENT_TESTING_CONFORMANCE_H_
#define WAYBILL_OCI_CONTENT_TESTING_CONFORMANCE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "oci/content/content.h"

namespace waybill::oci::content::testing {

// A fresh, empty instance of the implementation under test.
struct Implementation {
  Fetcher* fetcher = nullptr;
  Pusher* pusher = nullptr;
  Store* store = nullptr;    // for WritersTest
  Tagger* tagger = nullptr;  // for NamesTest
  // Ends the delivery; verifies what was only collected so far. Empty when Push does it all.
  std::function<absl::Status(const Context&)> finish;
  // What somebody else sees of it: blobs, files, requests that stored something. Empty before the first push.
  std::function<std::vector<std::string>()> visible;
  std::shared_ptr<void> owner;  // keeps all of the above alive; type-erased, which unique_ptr is not
};

struct ConformanceCase {
  std::string name;
  std::function<Implementation()> make;
};

class ConformanceTest : public ::testing::TestWithParam<ConformanceCase> {
 protected:
  ConformanceTest() : implementation_(GetParam().make()) {}

  // Push, and finish where that belongs to it.
  absl::Status Deliver(const Context& context, Blob blob);

  Implementation implementation_;
};

class WritersTest : public ConformanceTest {};
class NamesTest : public ConformanceTest {};

inline std::string CaseName(const ::testing::TestParamInfo<ConformanceCase>& info) { return info.param.name; }

}  // namespace waybill::oci::content::testing

#endif  // WAYBILL_OCI_CONTENT_TESTING_CONFORMANCE_H_
