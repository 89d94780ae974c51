// SPDX-License-Identifier: Apache-2.0
#include "oci/error.h"

#include <cerrno>
#include <cstring>
#include <system_error>

#include "absl/status/statusor.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
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

// google.rpc.ErrorInfo in protobuf's wire format: reason = 1, domain = 2, metadata = 3 (map entries key = 1, value =
// 2). Written by hand because generated messages stay at the edges (ARCHITECTURE.md).
void AppendVarint(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

void AppendField(std::string& out, int number, absl::string_view bytes) {
  AppendVarint(out, static_cast<uint64_t>(number) << 3 | 2);
  AppendVarint(out, bytes.size());
  out.append(bytes.data(), bytes.size());
}

std::optional<uint64_t> TakeVarint(absl::string_view& in) {
  uint64_t value = 0;
  for (int shift = 0; shift < 64 && !in.empty(); shift += 7) {
    const unsigned char byte = in.front();
    in.remove_prefix(1);
    value |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

struct Field {
  uint64_t number;
  absl::string_view bytes;
};

std::optional<Field> TakeField(absl::string_view& in) {
  const std::optional<uint64_t> tag = TakeVarint(in);
  if (!tag.has_value() || (*tag & 7) != 2) return std::nullopt;
  const std::optional<uint64_t> size = TakeVarint(in);
  if (!size.has_value() || *size > in.size()) return std::nullopt;
  const Field field{*tag >> 3, in.substr(0, *size)};
  in.remove_prefix(*size);
  return field;
}

struct ErrorInfo {
  std::string reason;
  ErrorMetadata metadata;
};

std::optional<ErrorInfo> ErrorInfoOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kErrorInfoType);
  if (!payload.has_value()) return std::nullopt;
  const std::string text(*payload);
  absl::string_view in = text;
  ErrorInfo info;
  while (std::optional<Field> field = TakeField(in)) {
    if (field->number == 1) info.reason = std::string(field->bytes);
    if (field->number != 3) continue;
    absl::string_view key, value;
    while (std::optional<Field> part = TakeField(field->bytes)) {
      if (part->number == 1) key = part->bytes;
      if (part->number == 2) value = part->bytes;
    }
    info.metadata.emplace(key, value);
  }
  return info;
}

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
  std::string info;
  AppendField(info, 1, row.name);
  AppendField(info, 2, kErrorDomain);
  for (const auto& [key, value] : metadata) {
    std::string entry;
    AppendField(entry, 1, key);
    AppendField(entry, 2, words::WithoutSecrets(value, kShortestSecret));
    AppendField(info, 3, entry);
  }
  absl::Status status(row.code, Message(message));
  status.SetPayload(kErrorInfoType, absl::Cord(info));
  return status;
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
