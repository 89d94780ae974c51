// SPDX-License-Identifier: Apache-2.0
#include "oci/content/store/memory_store.h"

#include <utility>

#include "gtest/gtest.h"
#include "oci/content/testing/conformance.h"
#include "oci/error.h"
#include "oci/image/media_types.h"
#include "oci/io/stream.h"

namespace waybill::oci::content::store {
namespace {

testing::Implementation MakeImplementation() {
  auto store = std::make_shared<MemoryStore>();
  MemoryStore* const raw = store.get();
  const auto visible = [raw] { return std::vector<std::string>(raw->blob_count(), "blob"); };
  return {.fetcher = raw, .pusher = raw, .store = raw, .tagger = raw, .visible = visible, .owner = std::move(store)};
}

using testing::ConformanceTest;
using testing::NamesTest;
using testing::WritersTest;
const auto kStore = ::testing::Values(testing::ConformanceCase{"MemoryStore", &MakeImplementation});
INSTANTIATE_TEST_SUITE_P(MemoryStore, ConformanceTest, kStore, testing::CaseName);
INSTANTIATE_TEST_SUITE_P(MemoryStore, WritersTest, kStore, testing::CaseName);
INSTANTIATE_TEST_SUITE_P(MemoryStore, NamesTest, kStore, testing::CaseName);

TEST(MemoryStoreTest, ResolvesTags) {
  MemoryStore store;
  const Descriptor root{.media_type = std::string(image::kOciIndex), .digest = store.Add("{}"), .size = 2};
  ASSERT_EQ(store.Tag(Context(), root, "example.com/app:1"), absl::OkStatus());
  const absl::StatusOr<Descriptor> found = store.Resolve("example.com/app:1");
  ASSERT_EQ(found.status(), absl::OkStatus());
  EXPECT_EQ(*found, root);

  const absl::Status missing = store.Resolve("example.com/app:2").status();
  EXPECT_EQ(ReasonOf(missing), Reason::kNotFound);
  EXPECT_EQ(missing.message(), "tag \"example.com/app:2\" not found");
}

TEST(MemoryStoreTest, ASourceOutlivesTheStore) {
  auto store = std::make_unique<MemoryStore>();
  const Descriptor blob{.digest = store->Add("hello"), .size = 5};
  const absl::StatusOr<std::unique_ptr<io::Source>> source = store->Fetch(Context(), blob);
  ASSERT_EQ(source.status(), absl::OkStatus());
  store.reset();
  EXPECT_EQ(*io::ReadAll(Context(), **source, 100), "hello");
}

}  // namespace
}  // namespace waybill::oci::content::store
