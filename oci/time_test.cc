// SPDX-License-Identifier: Apache-2.0
// The expected texts are answers of Go 1.26's time.Time (UnmarshalJSON, MarshalJSON).
#include "oci/time.h"

#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::oci {
namespace {

struct GoodCase {
  absl::string_view text;
  absl::string_view formatted;
  int64_t seconds;
  int64_t nanoseconds;
  int offset_seconds;
};

struct BadCase {
  absl::string_view text;
  absl::string_view message;
};

// clang-format off
constexpr GoodCase kGood[] = {
    {"2020-01-02T03:04:05Z", "2020-01-02T03:04:05Z", 1577934245, 0, 0},
    {"2020-01-02T03:04:05.120000000+02:00", "2020-01-02T03:04:05.12+02:00", 1577927045, 120000000, 7200},
    {"1970-01-01T00:00:00+00:00", "1970-01-01T00:00:00Z", 0, 0, 0},
    {"1970-01-01T00:00:00-00:00", "1970-01-01T00:00:00Z", 0, 0, 0},
    {"0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z", -62167219200, 0, 0},
    {"9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z", 253402300799, 999999999, 0},
    {"2020-02-29T12:00:00.1-11:30", "2020-02-29T12:00:00.1-11:30", 1583019000, 100000000, -41400},
    {"2020-01-02T03:04:05.1234567899Z", "2020-01-02T03:04:05.123456789Z", 1577934245, 123456789, 0},
    {"2020-01-02T3:04:05Z", "2020-01-02T03:04:05Z", 1577934245, 0, 0},
    {"2020-01-02T03:04:05,5Z", "2020-01-02T03:04:05.5Z", 1577934245, 500000000, 0},
    {"2020-01-02T03:04:05+24:00", "2020-01-02T03:04:05+24:00", 1577847845, 0, 86400},
    {"2020-01-02T03:04:05+05:60", "2020-01-02T03:04:05+06:00", 1577912645, 0, 21600},
    {"2020-01-02T03:04:05.000Z", "2020-01-02T03:04:05Z", 1577934245, 0, 0},
    {"1600-01-02T03:04:05.000000001Z", "1600-01-02T03:04:05.000000001Z", -11675998555, 1, 0},
};

constexpr BadCase kBad[] = {
    {"", "parsing time \"\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"\" as \"2006\""},
    {"yesterday", "parsing time \"yesterday\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"yesterday\" as \"2006\""},
    {"2020", "parsing time \"2020\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"\" as \"-\""},
    {"20x0-01-01T00:00:00Z", "parsing time \"20x0-01-01T00:00:00Z\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"20x0-01-01T00:00:00Z\" as \"2006\""},
    {"2020/01/01", "parsing time \"2020/01/01\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"/01/01\" as \"-\""},
    {"2020-1-01T00:00:00Z", "parsing time \"2020-1-01T00:00:00Z\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"1-01T00:00:00Z\" as \"01\""},
    {"2020-13-01T00:00:00Z", "parsing time \"2020-13-01T00:00:00Z\": month out of range"},
    {"2020-00-01T00:00:00Z", "parsing time \"2020-00-01T00:00:00Z\": month out of range"},
    {"2020-01-32T00:00:00Z", "parsing time \"2020-01-32T00:00:00Z\": day out of range"},
    {"2021-02-29T00:00:00Z", "parsing time \"2021-02-29T00:00:00Z\": day out of range"},
    {"2020-01-00T00:00:00Z", "parsing time \"2020-01-00T00:00:00Z\": day out of range"},
    {"2020-01-01t00:00:00Z", "parsing time \"2020-01-01t00:00:00Z\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"t00:00:00Z\" as \"T\""},
    {"2020-01-01 00:00:00Z", "parsing time \"2020-01-01 00:00:00Z\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \" 00:00:00Z\" as \"T\""},
    {"2020-01-01T24:00:00Z", "parsing time \"2020-01-01T24:00:00Z\": hour out of range"},
    {"2020-01-01T23:60:00Z", "parsing time \"2020-01-01T23:60:00Z\": minute out of range"},
    {"2020-01-01T23:59:60Z", "parsing time \"2020-01-01T23:59:60Z\": second out of range"},
    {"2020-01-01T23:59:6Z", "parsing time \"2020-01-01T23:59:6Z\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"6Z\" as \"05\""},
    {"2020-01-01T00:00:00z", "parsing time \"2020-01-01T00:00:00z\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"z\" as \"Z07:00\""},
    {"2020-01-01T00:00:00", "parsing time \"2020-01-01T00:00:00\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"\" as \"Z07:00\""},
    {"2020-01-01T00:00:00.Z", "parsing time \"2020-01-01T00:00:00.Z\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \".Z\" as \"Z07:00\""},
    {"2020-01-01T00:00:00+0100", "parsing time \"2020-01-01T00:00:00+0100\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"+0100\" as \"Z07:00\""},
    {"2020-01-01T00:00:00+25:00", "parsing time \"2020-01-01T00:00:00+25:00\": time zone offset hour out of range"},
    {"2020-01-01T00:00:00+23:61", "parsing time \"2020-01-01T00:00:00+23:61\": time zone offset minute out of range"},
    {"2020-01-01T00:00:00*01:00", "parsing time \"2020-01-01T00:00:00*01:00\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"*01:00\" as \"Z07:00\""},
    {"2020-01-01T00:00:00+x1:00", "parsing time \"2020-01-01T00:00:00+x1:00\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"+x1:00\" as \"Z07:00\""},
    {"2020-01-01T00:00:00Zx", "parsing time \"2020-01-01T00:00:00Zx\": extra text: \"x\""},
    {"2020-01-01T00:00:00+01:00\"\\", "parsing time \"2020-01-01T00:00:00+01:00\\\"\\\\\": extra text: \"\\\"\\\\\""},
    {"2020-01-01T00:00:00\303\251", "parsing time \"2020-01-01T00:00:00\\xc3\\xa9\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"\\xc3\\xa9\" as \"Z07:00\""},
    {"-2020-01-01T00:00:00Z", "parsing time \"-2020-01-01T00:00:00Z\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"-2020-01-01T00:00:00Z\" as \"2006\""},
    {"2020-01-1", "parsing time \"2020-01-1\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"1\" as \"02\""},
    {"2020-01-01T", "parsing time \"2020-01-01T\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"\" as \"15\""},
    {"2020-01-01T0", "parsing time \"2020-01-01T0\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"\" as \":\""},
    {"2020-01-01T00:00", "parsing time \"2020-01-01T00:00\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"\" as \":\""},
    {" 2020-01-01T00:00:00Z", "parsing time \" 2020-01-01T00:00:00Z\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \" 2020-01-01T00:00:00Z\" as \"2006\""},
    {"2020-01-01T1:2:03Z", "parsing time \"2020-01-01T1:2:03Z\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"2:03Z\" as \"04\""},
};
// clang-format on

TEST(TimeTest, ReadsAndWrites) {
  for (const GoodCase& good : kGood) {
    SCOPED_TRACE(good.text);
    const absl::StatusOr<Timestamp> timestamp = ParseTimestamp(good.text);
    ASSERT_TRUE(timestamp.ok()) << timestamp.status();
    EXPECT_EQ(timestamp->time, absl::FromUnixSeconds(good.seconds) + absl::Nanoseconds(good.nanoseconds));
    EXPECT_EQ(timestamp->offset_seconds, good.offset_seconds);
    EXPECT_EQ(FormatTimestamp(*timestamp), good.formatted);
  }
}

TEST(TimeTest, RefusesWithGoWording) {
  for (const BadCase& bad : kBad) {
    const absl::StatusOr<Timestamp> timestamp = ParseTimestamp(bad.text);
    EXPECT_EQ(timestamp.status().message(), bad.message);
    EXPECT_EQ(ReasonOf(timestamp.status()), Reason::kInvalidInput) << bad.text;
  }
}

TEST(TimeTest, TheSameInstantElsewhereIsAnotherTimestamp) {
  const Timestamp utc = ParseTimestamp("2020-01-01T02:00:00Z").value();
  const Timestamp east = ParseTimestamp("2020-01-01T04:00:00+02:00").value();
  EXPECT_EQ(utc.time, east.time);
  EXPECT_FALSE(utc == east);
}

}  // namespace
}  // namespace waybill::oci
