// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/host_memory.h"

#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace waybill::oci::registry {
namespace {

TEST(HostMemoryTest, KnowsNothingAtFirst) {
  HostMemory memory;
  EXPECT_EQ(memory.single_post(), Learned::kUnknown);
  EXPECT_EQ(memory.tag_parameter(), Learned::kUnknown);
  EXPECT_EQ(memory.referrers_api("library/app"), Learned::kUnknown);
  EXPECT_FALSE(memory.refuses_mounts("library/app"));
  EXPECT_EQ(memory.chunks().SizeFor(int64_t{1} << 40), 0);
}

TEST(HostMemoryTest, TheHostsAbilitiesAreApart) {
  HostMemory memory;
  memory.set_single_post(Learned::kYes);
  EXPECT_EQ(memory.tag_parameter(), Learned::kUnknown);
  memory.set_tag_parameter(Learned::kNo);
  EXPECT_EQ(memory.single_post(), Learned::kYes);
  memory.set_single_post(Learned::kNo);
  EXPECT_EQ(memory.single_post(), Learned::kNo);
}

TEST(HostMemoryTest, ARepositoryIsNoOther) {
  HostMemory memory;
  memory.set_referrers_api("library/app", Learned::kYes);
  memory.set_referrers_api("library/ap", Learned::kNo);
  EXPECT_EQ(memory.referrers_api("library/app"), Learned::kYes);
  EXPECT_EQ(memory.referrers_api("library/ap"), Learned::kNo);
  EXPECT_EQ(memory.referrers_api("library"), Learned::kUnknown);
  memory.set_referrers_api("library/app", Learned::kNo);
  EXPECT_EQ(memory.referrers_api("library/app"), Learned::kNo);

  memory.set_refuses_mounts("library/app");
  EXPECT_TRUE(memory.refuses_mounts("library/app"));
  EXPECT_FALSE(memory.refuses_mounts("library/ap"));
}

// Chunks as large as fit are used for what is as large as a body that was refused.
TEST(HostMemoryTest, RemembersTheSizesOfChunks) {
  HostMemory memory;
  memory.chunks().Refused(1000);
  memory.chunks().Took(100);
  EXPECT_EQ(memory.chunks().SizeFor(1000), 100);
  EXPECT_EQ(memory.chunks().SizeFor(999), 0);
}

TEST(HostMemoryTest, IsSharedByThreads) {
  HostMemory memory;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&memory, i] {
        for (int j = 0; j < 100; ++j) {
          memory.set_referrers_api(absl::StrCat("r", i, "/", j), Learned::kYes);
          memory.set_refuses_mounts(absl::StrCat("m", i, "/", j));
        }
      });
    }
  }
  for (int i = 0; i < 4; ++i) {
    for (int j = 0; j < 100; ++j) {
      EXPECT_EQ(memory.referrers_api(absl::StrCat("r", i, "/", j)), Learned::kYes);
      EXPECT_TRUE(memory.refuses_mounts(absl::StrCat("m", i, "/", j)));
    }
  }
}

}  // namespace
}  // namespace waybill::oci::registry
