// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/server/behavior/fault_text.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry::server::behavior {
namespace {

enum class Value { kNone, kStatus, kBytes, kOptionalBytes, kDuration };

struct KindName {
  absl::string_view name;
  FaultKind kind;
  Value value;
};

constexpr KindName kKinds[] = {
    {"status", FaultKind::kStatus, Value::kStatus},    {"late-status", FaultKind::kLateStatus, Value::kStatus},
    {"drop", FaultKind::kDrop, Value::kOptionalBytes}, {"drop-answer", FaultKind::kDropAnswer, Value::kNone},
    {"truncate", FaultKind::kTruncate, Value::kBytes}, {"stall", FaultKind::kStall, Value::kBytes},
    {"delay", FaultKind::kDelay, Value::kDuration},    {"wrong-digest", FaultKind::kWrongDigest, Value::kNone},
    {"corrupt", FaultKind::kCorrupt, Value::kNone},    {"forget-blob", FaultKind::kForgetBlob, Value::kNone},
};

constexpr FaultKindName kDescriptions[] = {
    {"status=CODE", "answers with this status, without reading the request's body"},
    {"late-status=CODE", "does the request, then answers with this status"},
    {"drop[=BYTES]", "resets the connection after this many bytes of the request's body"},
    {"drop-answer", "does the request, then resets the connection without an answer"},
    {"truncate=BYTES", "resets the connection after this many bytes of the answer's body"},
    {"stall=BYTES", "stops after this many bytes of the answer's body, and keeps the connection open"},
    {"delay=DURATION", "waits for this long before it does the request, such as 200ms"},
    {"wrong-digest", "sends a Docker-Content-Digest of other bytes"},
    {"corrupt", "changes the first byte of the answer's body"},
    {"forget-blob", "says that the blob is stored, and does not store it"},
};

using NameAndValue = std::pair<absl::string_view, absl::string_view>;

absl::Status Wrong(absl::string_view what, absl::string_view expected) {
  return InvalidInputError(absl::StrCat("fault: ", what, " is not ", expected));
}

absl::Status SetValue(const KindName& kind, absl::string_view value, Fault& fault) {
  switch (kind.value) {
    case Value::kNone:
      return value.empty() ? absl::OkStatus()
                           : Wrong(absl::StrCat("\"", value, "\""), absl::StrCat("expected after ", kind.name));
    case Value::kStatus:
      return absl::SimpleAtoi(value, &fault.status) && fault.status >= 200 && fault.status <= 599
                 ? absl::OkStatus()
                 : Wrong(absl::StrCat("\"", value, "\""), "a status between 200 and 599");
    case Value::kOptionalBytes:
      if (value.empty()) return absl::OkStatus();
      [[fallthrough]];
    case Value::kBytes:
      return absl::SimpleAtoi(value, &fault.at) && fault.at >= 0
                 ? absl::OkStatus()
                 : Wrong(absl::StrCat("\"", value, "\""), "a number of bytes");
    case Value::kDuration:
      return absl::ParseDuration(value, &fault.delay) && fault.delay >= absl::ZeroDuration()
                 ? absl::OkStatus()
                 : Wrong(absl::StrCat("\"", value, "\""), "a duration such as 200ms");
  }
  return absl::OkStatus();
}

absl::Status SetCount(absl::string_view value, int& count) {
  return absl::SimpleAtoi(value, &count) && count >= 0 ? absl::OkStatus()
                                                       : Wrong(absl::StrCat("\"", value, "\""), "a count");
}

absl::Status Set(const NameAndValue& setting, Fault& fault) {
  const auto& [name, value] = setting;
  if (name == "times") return SetCount(value, fault.times);
  if (name == "skip") return SetCount(value, fault.skip);
  if (name == "every") {
    ABSL_RETURN_IF_ERROR(SetCount(value, fault.every));
    return fault.every > 0 ? absl::OkStatus() : Wrong("\"0\"", "a count of requests");
  }
  if (name == "path") {
    fault.path_contains = std::string(value);
  } else if (name == "retry-after") {
    fault.retry_after = std::string(value);
  } else if (name == "code") {
    fault.code = std::string(value);
  } else if (name == "text") {
    fault.text = std::string(value);
  } else {
    return Wrong(absl::StrCat("\"", name, "\""), "one of times, skip, every, path, retry-after, code, text");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Span<const FaultKindName> FaultKindNames() { return kDescriptions; }

absl::StatusOr<Fault> ParseFault(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ',');
  const NameAndValue kind_and_class = absl::StrSplit(parts[0], absl::MaxSplits('@', 1));
  const NameAndValue kind_and_value = absl::StrSplit(kind_and_class.first, absl::MaxSplits('=', 1));
  Fault fault;
  const KindName* kind = nullptr;
  for (const KindName& known : kKinds) {
    if (known.name == kind_and_value.first) kind = &known;
  }
  if (kind == nullptr) {
    const auto name = [](std::string* out, const KindName& known) { absl::StrAppend(out, known.name); };
    return Wrong(absl::StrCat("\"", kind_and_value.first, "\""),
                 absl::StrCat("one of ", absl::StrJoin(kKinds, ", ", name)));
  }
  fault.kind = kind->kind;
  ABSL_RETURN_IF_ERROR(SetValue(*kind, kind_and_value.second, fault));
  if (!kind_and_class.second.empty()) {
    const auto where = wire::RequestClassNamed(kind_and_class.second);
    if (!where.has_value()) {
      return Wrong(absl::StrCat("\"", kind_and_class.second, "\""), "a class of requests such as manifest-put");
    }
    fault.where = *where;
  }
  for (size_t i = 1; i < parts.size(); ++i) {
    ABSL_RETURN_IF_ERROR(Set(absl::StrSplit(parts[i], absl::MaxSplits('=', 1)), fault));
  }
  return fault;
}

}  // namespace waybill::oci::registry::server::behavior
