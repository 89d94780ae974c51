// SPDX-License-Identifier: Apache-2.0
#include "exporter/rpc/admission/client_places.h"

#include <optional>
#include <utility>

#include "gtest/gtest.h"

namespace waybill::exporter::rpc::admission {
namespace {

TEST(ClientPlacesTest, OneClientsLimitIsNotAnothers) {
  ClientPlaces places("exports", "--client-exports", 2);
  const absl::StatusOr<ClientPlaces::Place> first = places.Take("uid 1");
  std::optional<absl::StatusOr<ClientPlaces::Place>> second = places.Take("uid 1");
  EXPECT_TRUE(first.ok() && second->ok());
  EXPECT_EQ(places.Take("uid 1").status(),
            absl::ResourceExhaustedError(
                "client uid 1 has 2 exports here, at most 2 (--client-exports): end some of them first"));
  EXPECT_TRUE(places.Take("uid 2").ok());
  second.reset();
  EXPECT_TRUE(places.Take("uid 1").ok());
}

TEST(ClientPlacesTest, APlaceThatMovedIsLeftOnce) {
  ClientPlaces places("calls", "--client-calls", 1);
  {
    absl::StatusOr<ClientPlaces::Place> place = places.Take("a");
    const ClientPlaces::Place moved = *std::move(place);
    EXPECT_FALSE(places.Take("a").ok());
  }
  EXPECT_TRUE(places.Take("a").ok());
  EXPECT_TRUE(places.Take("a").ok());  // and the one before has gone
}

}  // namespace
}  // namespace waybill::exporter::rpc::admission
