// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/solve/status_rows.h"

#include <gtest/gtest.h>

namespace waybill::exporter::bridge::solve {
namespace {

using oci::ProgressEvent;

TEST(StatusRowsTest, VertexOfAnExporter) {
  // printf 'kfj8bq4x8h27zt0kdo6vwbgjp-export-0' | sha256sum
  EXPECT_EQ(ExporterVertex("kfj8bq4x8h27zt0kdo6vwbgjp", 0),
            "sha256:43ae2ffc330299fcbec4a1bb99fdd0d4ddb092a2dd9663f67112e475f829aad9");
}

TEST(StatusRowsTest, RenamesOnlyItsVertex) {
  moby::buildkit::v1::StatusResponse status;
  status.add_vertexes()->set_digest("sha256:a");
  status.mutable_vertexes(0)->set_name("exporting to oci image format");
  status.add_vertexes()->set_digest("sha256:b");
  status.mutable_vertexes(1)->set_name("other");
  EXPECT_TRUE(RenameVertex("sha256:a", "exporting to image (waybill)", status));
  EXPECT_EQ(status.vertexes(0).name(), "exporting to image (waybill)");
  EXPECT_EQ(status.vertexes(1).name(), "other");
  EXPECT_FALSE(RenameVertex("sha256:c", "x", status));
}

TEST(StatusRowsTest, RowOfAnEvent) {
  const absl::Time started = absl::FromUnixMillis(1'700'000'000'250);
  const absl::Time now = started + absl::Seconds(2);
  ProgressEvent event{.target = "h/a:1",
                      .item = "sha256:1234",
                      .state = ProgressEvent::State::kTransferring,
                      .current = 5,
                      .total = 10};
  const auto row = Row("sha256:v", TakenKind::kRegistry, event, started, now);
  EXPECT_EQ(row.id(), "pushing sha256:1234 to h/a:1");
  EXPECT_EQ(row.name(), row.id());
  EXPECT_EQ(row.vertex(), "sha256:v");
  EXPECT_EQ(row.current(), 5);
  EXPECT_EQ(row.total(), 10);
  EXPECT_EQ(row.started().seconds(), 1'700'000'000);
  EXPECT_EQ(row.started().nanos(), 250'000'000);
  EXPECT_EQ(row.timestamp().seconds(), 1'700'000'002);
  EXPECT_FALSE(row.has_completed());

  event.state = ProgressEvent::State::kExists;
  const auto exists = Row("sha256:v", TakenKind::kRegistry, event, started, now);
  EXPECT_EQ(exists.id(), row.id());
  EXPECT_EQ(exists.name(), "pushing sha256:1234 to h/a:1 (exists)");
  EXPECT_TRUE(exists.has_completed());

  const ProgressEvent name{.target = "h/a:1", .state = ProgressEvent::State::kDone, .detail = "referrers API"};
  EXPECT_EQ(Row("sha256:v", TakenKind::kRegistry, name, started, now).id(), "pushing h/a:1");
  EXPECT_EQ(Row("sha256:v", TakenKind::kRegistry, name, started, now).name(), "pushing h/a:1 (referrers API)");
  const ProgressEvent warning{.target = "h/a:1", .state = ProgressEvent::State::kWarning, .detail = "no fallback tag"};
  EXPECT_EQ(Row("sha256:v", TakenKind::kRegistry, warning, started, now).name(), "warning: no fallback tag");
}

TEST(StatusRowsTest, AClientsFileIsNotPushed) {
  const ProgressEvent event{.target = "oci -", .item = "sha256:1234", .current = 5, .total = 10};
  EXPECT_EQ(Row("sha256:v", TakenKind::kClientFile, event, {}, {}).name(), "sending sha256:1234");
  EXPECT_EQ(Row("sha256:v", TakenKind::kClientLayout, event, {}, {}).name(), "sending sha256:1234");
  EXPECT_EQ(Row("sha256:v", TakenKind::kClientFile, {.target = "oci -"}, {}, {}).name(), "sending tarball");
}

}  // namespace
}  // namespace waybill::exporter::bridge::solve
