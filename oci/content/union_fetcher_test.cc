// SPDX-License-Identifier: Apache-2.0
#include "oci/content/union_fetcher.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/content/store/memory_store.h"
#include "oci/error.h"

namespace waybill::oci::content {
namespace {

class Broken : public Fetcher {
 public:
  absl::StatusOr<std::unique_ptr<io::Source>> Fetch(const Context&, const Descriptor&) override {
    return StorageError("disk on fire");
  }
};

TEST(UnionFetcherTest, TheFirstThatHasItGivesIt) {
  store::MemoryStore first;
  store::MemoryStore second;
  const Descriptor a{.digest = first.Add("a"), .size = 1};
  const Descriptor b{.digest = second.Add("b"), .size = 1};
  UnionFetcher both({&first, &second});
  EXPECT_EQ(*VerifiedBytes(Context(), both, a, 10), "a");
  EXPECT_EQ(*VerifiedBytes(Context(), both, b, 10), "b");
}

TEST(UnionFetcherTest, NotFoundNamesTheDigest) {
  store::MemoryStore first;
  UnionFetcher one({&first});
  const Digest digest = Digest::Of("nowhere");
  const absl::Status status = one.Fetch(Context(), {.digest = digest, .size = 7}).status();
  EXPECT_EQ(ReasonOf(status), Reason::kNotFound);
  EXPECT_EQ(status.message(), absl::StrCat("blob ", digest.ToString(), " not found"));
}

TEST(UnionFetcherTest, OtherFailuresAreNotHidden) {
  Broken broken;
  store::MemoryStore second;
  const Descriptor b{.digest = second.Add("b"), .size = 1};
  UnionFetcher both({&broken, &second});
  const absl::Status status = both.Fetch(Context(), b).status();
  EXPECT_EQ(ReasonOf(status), Reason::kStorage);
  EXPECT_EQ(status.message(), "disk on fire");
}

}  // namespace
}  // namespace waybill::oci::content
