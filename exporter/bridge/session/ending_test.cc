// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/session/ending.h"

#include "gtest/gtest.h"

namespace waybill::exporter::bridge::session {
namespace {

TEST(EndingTest, TheDaemonMayBeFirst) {
  Ending ending;
  EXPECT_FALSE(ending.WritesDone());  // an ordinary write
  EXPECT_FALSE(ending.daemon_ended());
  ending.DaemonEnded();
  EXPECT_TRUE(ending.daemon_ended());
  EXPECT_FALSE(ending.ClientEnded());
  EXPECT_TRUE(ending.WritesDone());
  EXPECT_FALSE(ending.WritesDone());
}

TEST(EndingTest, TheClientMayBeFirst) {
  Ending ending;
  EXPECT_TRUE(ending.ClientEnded());
  EXPECT_FALSE(ending.ClientEnded());
  ending.DaemonEnded();
  EXPECT_TRUE(ending.WritesDone());
}

TEST(EndingTest, AClientThatOnlyClosedReadsWhatTheDaemonSaysLast) {
  Ending ending;
  EXPECT_TRUE(ending.ClientEnded());
  EXPECT_FALSE(ending.GraceOver());
  ending.DaemonEnded();
  EXPECT_TRUE(ending.WritesDone());
}

TEST(EndingTest, TheDaemonIsCancelledOnceTheClientIsGoneAndTheGraceIsOver) {
  Ending gone_first;
  EXPECT_FALSE(gone_first.ClientGone());
  EXPECT_TRUE(gone_first.ClientEnded());
  EXPECT_TRUE(gone_first.GraceOver());

  Ending grace_first;
  EXPECT_TRUE(grace_first.ClientEnded());
  EXPECT_FALSE(grace_first.GraceOver());
  EXPECT_TRUE(grace_first.ClientGone());
}

TEST(EndingTest, AGraceThatPassesAfterTheDaemonsEndChangesNothing) {
  Ending ending;
  EXPECT_FALSE(ending.ClientGone());
  EXPECT_TRUE(ending.ClientEnded());
  ending.DaemonEnded();
  EXPECT_FALSE(ending.GraceOver());
  EXPECT_FALSE(ending.ClientGone());
  EXPECT_TRUE(ending.WritesDone());
}

}  // namespace
}  // namespace waybill::exporter::bridge::session
