// SPDX-License-Identifier: Apache-2.0
#include "oci/time.h"

#include <algorithm>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::oci {
namespace {

constexpr absl::string_view kLayout = "2006-01-02T15:04:05Z07:00";

// As package time quotes: backslashes before quotes, all that is not plain ASCII as \xNN.
std::string Quote(absl::string_view text) {
  std::string out = "\"";
  for (char c : text) {
    if (static_cast<unsigned char>(c) >= 0x80 || static_cast<unsigned char>(c) < ' ') {
      absl::StrAppendFormat(&out, "\\x%02x", static_cast<unsigned char>(c));
      continue;
    }
    if (c == '"' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  return out + "\"";
}

// Reads the layout's elements one after the other, with Go's errors.
class TimeParser {
 public:
  explicit TimeParser(absl::string_view text) : text_(text), rest_(text) {}
  absl::StatusOr<Timestamp> Parse();

 private:
  absl::Status CannotParse(absl::string_view value, absl::string_view element) const {
    return InvalidInputError(absl::StrCat("parsing time ", Quote(text_), " as ", Quote(kLayout), ": cannot parse ",
                                          Quote(value), " as ", Quote(element)));
  }
  absl::Status Bad(absl::string_view what) const {
    return InvalidInputError(absl::StrCat("parsing time ", Quote(text_), ": ", what));
  }
  bool DigitAt(size_t i) const { return i < rest_.size() && absl::ascii_isdigit(rest_[i]); }
  int Take(size_t digits);

  absl::Status Skip(absl::string_view separator);
  absl::StatusOr<int> Year();
  // One number of two digits (or one, where Go takes that).
  absl::StatusOr<int> Two(absl::string_view element, bool one_will_do);
  absl::StatusOr<int> TwoBelow(absl::string_view element, int limit, absl::string_view name, bool one_will_do = false);
  absl::Duration Fraction();
  absl::StatusOr<int> Offset();

  const absl::string_view text_;
  absl::string_view rest_;
};

int TimeParser::Take(size_t digits) {
  int value = 0;
  for (char c : rest_.substr(0, digits)) value = value * 10 + (c - '0');
  rest_.remove_prefix(digits);
  return value;
}

absl::Status TimeParser::Skip(absl::string_view separator) {
  if (rest_.substr(0, 1) != separator) return CannotParse(rest_, separator);
  rest_.remove_prefix(1);
  return absl::OkStatus();
}

absl::StatusOr<int> TimeParser::Year() {
  for (size_t i = 0; i < 4; ++i) {
    if (!DigitAt(i)) return CannotParse(rest_, "2006");
  }
  return Take(4);
}

absl::StatusOr<int> TimeParser::Two(absl::string_view element, bool one_will_do) {
  if (!DigitAt(0) || (!DigitAt(1) && !one_will_do)) return CannotParse(rest_, element);
  return Take(DigitAt(1) ? 2 : 1);
}

absl::StatusOr<int> TimeParser::TwoBelow(absl::string_view element, int limit, absl::string_view name,
                                         bool one_will_do) {
  ABSL_ASSIGN_OR_RETURN(const int value, Two(element, one_will_do));
  if (value >= limit) return Bad(absl::StrCat(name, " out of range"));
  return value;
}

absl::Duration TimeParser::Fraction() {
  if (rest_.empty() || (rest_[0] != '.' && rest_[0] != ',') || !DigitAt(1)) return absl::ZeroDuration();
  size_t digits = 0;
  int64_t nanoseconds = 0;
  for (; DigitAt(1 + digits); ++digits) {
    if (digits < 9) nanoseconds = nanoseconds * 10 + (rest_[1 + digits] - '0');
  }
  for (size_t i = digits; i < 9; ++i) nanoseconds *= 10;
  rest_.remove_prefix(1 + digits);
  return absl::Nanoseconds(nanoseconds);
}

absl::StatusOr<int> TimeParser::Offset() {
  if (rest_.substr(0, 1) == "Z") {
    rest_.remove_prefix(1);
    return 0;
  }
  const absl::string_view held = rest_;
  const bool shaped = rest_.size() >= 6 && (rest_[0] == '+' || rest_[0] == '-') && rest_[3] == ':' && DigitAt(1) &&
                      DigitAt(2) && DigitAt(4) && DigitAt(5);
  if (!shaped) return CannotParse(held, "Z07:00");
  const int sign = rest_[0] == '-' ? -1 : 1;
  rest_.remove_prefix(1);
  const int hours = Take(2);
  rest_.remove_prefix(1);
  const int minutes = Take(2);
  // Go's bounds: 24 and 60 themselves pass.
  if (hours > 24) return Bad("time zone offset hour out of range");
  if (minutes > 60) return Bad("time zone offset minute out of range");
  return sign * (hours * 60 + minutes) * 60;
}

absl::StatusOr<Timestamp> TimeParser::Parse() {
  ABSL_ASSIGN_OR_RETURN(const int year, Year());
  ABSL_RETURN_IF_ERROR(Skip("-"));
  ABSL_ASSIGN_OR_RETURN(const int month, Two("01", false));
  if (month < 1 || month > 12) return Bad("month out of range");
  ABSL_RETURN_IF_ERROR(Skip("-"));
  ABSL_ASSIGN_OR_RETURN(const int day, Two("02", false));
  ABSL_RETURN_IF_ERROR(Skip("T"));
  ABSL_ASSIGN_OR_RETURN(const int hour, TwoBelow("15", 24, "hour", true));
  ABSL_RETURN_IF_ERROR(Skip(":"));
  ABSL_ASSIGN_OR_RETURN(const int minute, TwoBelow("04", 60, "minute"));
  ABSL_RETURN_IF_ERROR(Skip(":"));
  ABSL_ASSIGN_OR_RETURN(const int second, TwoBelow("05", 60, "second"));
  const absl::Duration fraction = Fraction();
  ABSL_ASSIGN_OR_RETURN(const int offset, Offset());
  if (!rest_.empty()) return Bad(absl::StrCat("extra text: ", Quote(rest_)));
  const absl::CivilSecond civil(year, month, day, hour, minute, second);
  if (civil.month() != month || civil.day() != day) return Bad("day out of range");
  return Timestamp{absl::FromCivil(civil, absl::UTCTimeZone()) - absl::Seconds(offset) + fraction, offset};
}

}  // namespace

std::string FormatTimestamp(const Timestamp& timestamp) {
  const absl::TimeZone::CivilInfo local =
      absl::UTCTimeZone().At(timestamp.time + absl::Seconds(timestamp.offset_seconds));
  const absl::CivilSecond& civil = local.cs;
  std::string out = absl::StrFormat("%04d-%02d-%02dT%02d:%02d:%02d", civil.year(), civil.month(), civil.day(),
                                    civil.hour(), civil.minute(), civil.second());
  if (local.subsecond != absl::ZeroDuration()) {
    absl::StrAppendFormat(&out, ".%09d", absl::ToInt64Nanoseconds(local.subsecond));
    out.erase(out.find_last_not_of('0') + 1);
  }
  if (timestamp.offset_seconds == 0) return out + "Z";
  const int minutes = std::abs(timestamp.offset_seconds) / 60;
  absl::StrAppendFormat(&out, "%c%02d:%02d", timestamp.offset_seconds < 0 ? '-' : '+', minutes / 60, minutes % 60);
  return out;
}

absl::StatusOr<Timestamp> ParseTimestamp(absl::string_view text) { return TimeParser(text).Parse(); }

}  // namespace waybill::oci
