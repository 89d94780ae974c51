// SPDX-License-Identifier: Apache-2.0
#include "oci/error.h"

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "oci/words/quote.h"
#include "oci/words/secrets.h"

namespace waybill::oci {
namespace {

struct ReasonRow {
  Reason reason;
  absl::string_view name;
  absl::StatusCode code;
};

// The first row with a code is what a status without payload is taken for.
constexpr ReasonRow kReasons[] = {
    {Reason::kInvalidInput, "INVALID_INPUT", absl::StatusCode::kInvalidArgument},
    {Reason::kUnsupported, "UNSUPPORTED", absl::StatusCode::kUnimplemented},
    {Reason::kVerification, "VERIFICATION", absl::StatusCode::kFailedPrecondition},
    {Reason::kNotFound, "NOT_FOUND", absl::StatusCode::kNotFound},
    {Reason::kConflict, "CONFLICT", absl::StatusCode::kAlreadyExists},
    {Reason::kAuth, "AUTH", absl::StatusCode::kUnauthenticated},
    {Reason::kRefused, "REFUSED", absl::StatusCode::kFailedPrecondition},
    {Reason::kNetwork, "NETWORK", absl::StatusCode::kUnavailable},
    {Reason::kStorage, "STORAGE", absl::StatusCode::kResourceExhausted},
    {Reason::kInterrupted, "INTERRUPTED", absl::StatusCode::kCancelled},
    {Reason::kTimeout, "TIMEOUT", absl::StatusCode::kDeadlineExceeded},
    {Reason::kInternal, "INTERNAL", absl::StatusCode::kInternal},
};

const ReasonRow& RowOf(Reason reason) {
  for (const ReasonRow& row : kReasons) {
    if (row.reason == reason) return row;
  }
  return kReasons[std::size(kReasons) - 1];
}

// Between the parts of a payload: the reason, then keys and values in turn.
constexpr char kSeparator = '\0';

// Shorter ones are left to Quoted, because our own words may hold them by chance.
constexpr size_t kShortestSecret = 8;

// Every message passes here: whatever its parts were made of, it is one short line without the secrets that we hold.
std::string Message(absl::string_view text) {
  const std::string shown = words::WithoutSecrets(text.substr(0, 4 * words::kMaxMessageBytes), kShortestSecret);
  return std::string(words::CutToBytes(words::Escaped(shown), words::kMaxMessageBytes));
}

}  // namespace

absl::string_view ReasonName(Reason reason) { return RowOf(reason).name; }

absl::Status MakeError(Reason reason, absl::string_view message, const ErrorMetadata& metadata) {
  const ReasonRow& row = RowOf(reason);
  ErrorInfo info{.reason = std::string(row.name)};
  for (const auto& [key, value] : metadata) info.metadata.emplace(key, words::WithoutSecrets(value, kShortestSecret));
  absl::Status status(row.code, Message(message));
  SetErrorInfo(info, status);
  return status;
}

void SetErrorInfo(const ErrorInfo& info, absl::Status& status) {
  std::vector<std::string> parts = {info.reason};
  for (const auto& [key, value] : info.metadata) {
    parts.push_back(key);
    parts.push_back(value);
  }
  for (std::string& part : parts) std::replace(part.begin(), part.end(), kSeparator, '?');
  status.SetPayload(kErrorPayload, absl::Cord(absl::StrJoin(parts, absl::string_view(&kSeparator, 1))));
}

std::optional<ErrorInfo> ErrorInfoOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kErrorPayload);
  if (!payload.has_value()) return std::nullopt;
  const std::vector<std::string> parts = absl::StrSplit(std::string(*payload), kSeparator);
  ErrorInfo info{.reason = parts[0]};
  for (size_t i = 2; i < parts.size(); i += 2) info.metadata.emplace(parts[i - 1], parts[i]);
  return info;
}

absl::Status InvalidInputError(absl::string_view message) { return MakeError(Reason::kInvalidInput, message); }
absl::Status UnsupportedError(absl::string_view message) { return MakeError(Reason::kUnsupported, message); }
absl::Status VerificationError(absl::string_view message) { return MakeError(Reason::kVerification, message); }
absl::Status NotFoundError(absl::string_view message) { return MakeError(Reason::kNotFound, message); }
absl::Status StorageError(absl::string_view message) { return MakeError(Reason::kStorage, message); }

absl::Status ErrnoError(int number, absl::string_view attempted) {
  const Reason reason = number == ENOENT || number == ENOTDIR ? Reason::kNotFound : Reason::kStorage;
  return MakeError(reason, absl::StrCat(attempted, ": ", std::generic_category().message(number)));
}

absl::Status Annotate(const absl::Status& status, absl::string_view context) {
  if (status.ok()) return status;
  absl::Status annotated(status.code(), Message(absl::StrCat(context, ": ", status.message())));
  status.ForEachPayload([&](absl::string_view type, const absl::Cord& value) { annotated.SetPayload(type, value); });
  return annotated;
}

std::optional<Reason> ReasonOf(const absl::Status& status) {
  if (status.ok()) return std::nullopt;
  const std::optional<ErrorInfo> info = ErrorInfoOf(status);
  for (const ReasonRow& row : kReasons) {
    if (info.has_value() && row.name == info->reason) return row.reason;
  }
  for (const ReasonRow& row : kReasons) {
    if (row.code == status.code()) return row.reason;
  }
  return Reason::kInternal;
}

ErrorMetadata MetadataOf(const absl::Status& status) {
  const std::optional<ErrorInfo> info = ErrorInfoOf(status);
  return info.has_value() ? info->metadata : ErrorMetadata{};
}

}  // namespace waybill::oci
