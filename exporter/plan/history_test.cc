// SPDX-License-Identifier: Apache-2.0
#include "exporter/plan/history.h"

#include "gtest/gtest.h"
#include "oci/digest.h"
#include "oci/error.h"

namespace waybill::exporter::plan {
namespace {

oci::Timestamp At(int64_t seconds) { return {.time = absl::FromUnixSeconds(seconds)}; }

request::Layer MakeLayer(std::optional<oci::Timestamp> created, std::string description) {
  return {.blob = {.digest = oci::Digest::Of("blob")},
          .diff_id = oci::Digest::Of("diff"),
          .created_at = created,
          .description = std::move(description)};
}

std::string Written(const std::vector<HistoryEntry>& history) {
  oci::json::Writer writer;
  WriteHistory(writer, history);
  return writer.Take();
}

std::string Normalized(const std::string& history, const std::vector<request::Layer>& layers) {
  return Written(NormalizeHistory(*ParseHistory(history), layers));
}

TEST(HistoryTest, ReadsAndWritesInTheSpecsOrder) {
  const absl::StatusOr<std::vector<HistoryEntry>> history =
      ParseHistory(R"([{"Comment":"c<","unknown":1,"created":"2020-01-02T03:04:05.120000000+02:00","empty_layer":true,)"
                   R"("author":"a","created_by":"b"}, null])");
  ASSERT_EQ(history.status(), absl::OkStatus());
  EXPECT_EQ(Written(*history),
            R"([{"created":"2020-01-02T03:04:05.12+02:00","created_by":"b","author":"a","comment":"c\u003c",)"
            R"("empty_layer":true},{}])");
  EXPECT_EQ(Written({}), "null");
  EXPECT_TRUE(ParseHistory("null")->empty());
  EXPECT_TRUE(ParseHistory("")->empty());
}

TEST(HistoryTest, ErrorsNameTheEntry) {
  const absl::Status status = ParseHistory(R"([{}, {"created":"yesterday"}])").status();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput);
  EXPECT_EQ(status.message(),
            "history[1]: parsing time \"yesterday\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"yesterday\" as "
            "\"2006\"");
  EXPECT_FALSE(ParseHistory(R"({"created_by":"x"})").ok());
  EXPECT_FALSE(ParseHistory(R"([{"created_by":1}])").ok());
}

TEST(HistoryTest, LayersWithoutEntriesGetSome) {
  EXPECT_EQ(Normalized("[]", {MakeLayer(At(1), "COPY a b"), MakeLayer(std::nullopt, "")}),
            R"([{"created":"1970-01-01T00:00:01Z","created_by":"COPY a b","comment":"buildkit.exporter.image.v0"},)"
            R"({"created":"1970-01-01T00:00:01Z","created_by":"created by buildkit",)"
            R"("comment":"buildkit.exporter.image.v0"}])");
}

TEST(HistoryTest, EntriesWithoutLayersBecomeEmpty) {
  EXPECT_TRUE(HasUnaccountedLayers(*ParseHistory(R"([{},{"empty_layer":true},{}])"), 1));
  EXPECT_FALSE(HasUnaccountedLayers(*ParseHistory(R"([{},{"empty_layer":true}])"), 1));
  EXPECT_EQ(Normalized(R"([{"comment":"1"},{"comment":"2"},{"comment":"3"}])", {MakeLayer(At(9), "")}),
            R"([{"created":"1970-01-01T00:00:09Z","comment":"1"},)"
            R"({"created":"1970-01-01T00:00:09Z","comment":"2","empty_layer":true},)"
            R"({"created":"1970-01-01T00:00:09Z","comment":"3","empty_layer":true}])");
}

// A metadata command before the first new layer gets that layer's time, not the base image's.
TEST(HistoryTest, GapsTakeTheFirstNewTimeThenThePrevious) {
  EXPECT_EQ(Normalized(R"([{"created":"1970-01-01T00:00:01Z"},{"comment":"gap","empty_layer":true},{"comment":"new"},)"
                       R"({"comment":"after","empty_layer":true}])",
                       {MakeLayer(At(5), ""), MakeLayer(At(7), "")}),
            R"([{"created":"1970-01-01T00:00:01Z"},)"
            R"({"created":"1970-01-01T00:00:07Z","comment":"gap","empty_layer":true},)"
            R"({"created":"1970-01-01T00:00:07Z","comment":"new"},)"
            R"({"created":"1970-01-01T00:00:07Z","comment":"after","empty_layer":true}])");
}

TEST(HistoryTest, ClampsWhatIsNotTheBaseImages) {
  const std::vector<HistoryEntry> base = *ParseHistory(R"([{"created":"1970-01-01T00:02:00Z","comment":"base"}])");
  const std::vector<HistoryEntry> history =
      *ParseHistory(R"([{"created":"1970-01-01T00:02:00Z","comment":"base"},{"created":"1970-01-01T00:00:30Z"},)"
                    R"({"created":"1970-01-01T00:03:00Z"},{}])");
  EXPECT_EQ(Written(ClampHistory(history, base, absl::FromUnixSeconds(60))),
            R"([{"created":"1970-01-01T00:02:00Z","comment":"base"},{"created":"1970-01-01T00:00:30Z"},)"
            R"({"created":"1970-01-01T00:01:00Z"},{"created":"1970-01-01T00:01:00Z"}])");
  // Another zone is another entry, and so is everything after it.
  const std::vector<HistoryEntry> zoned =
      *ParseHistory(R"([{"created":"1970-01-01T01:02:00+01:00","comment":"base"}])");
  EXPECT_EQ(Written(ClampHistory(history, zoned, absl::FromUnixSeconds(60))).substr(0, 34),
            R"([{"created":"1970-01-01T00:01:00Z")");
}

}  // namespace
}  // namespace waybill::exporter::plan
