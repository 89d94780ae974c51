// SPDX-License-Identifier: Apache-2.0
// Errors: an absl::Status whose payload says the reason and what was concerned. exporter/rpc/status.h carries both
// across gRPC as a google.rpc.ErrorInfo. The innermost code makes the error; each layer above adds its one fact with
// Annotate.
#ifndef WAYBILL_OCI_ERROR_H_
#define WAYBILL_OCI_ERROR_H_

#include <map>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace waybill::oci {

// What went wrong, for programs; the command's exit code follows from it.
enum class Reason {
  kInvalidInput,  // an option, a document or a name is wrong: INVALID_ARGUMENT
  kUnsupported,   // asked for something that is not there: UNIMPLEMENTED
  kVerification,  // bytes do not have the digest or size they should: FAILED_PRECONDITION
  kNotFound,      // a blob, a reference, a file: NOT_FOUND
  kConflict,      // already exists, or changed under us: ALREADY_EXISTS
  kAuth,          // credentials missing or refused: UNAUTHENTICATED
  kRefused,       // the registry (or peer) said no: FAILED_PRECONDITION
  kNetwork,       // no connection, or it broke: UNAVAILABLE
  kStorage,       // disk full, not writable, I/O error: RESOURCE_EXHAUSTED
  kInterrupted,   // cancelled by the caller: CANCELLED
  kTimeout,       // deadline passed: DEADLINE_EXCEEDED
  kInternal,      // a broken promise of our own: INTERNAL
};

using ErrorMetadata = std::map<std::string, std::string>;

// What MakeError puts into a status.
struct ErrorInfo {
  std::string reason;      // ReasonName
  ErrorMetadata metadata;  // for example {"digest", "sha256:..."}
};

// The type of the payload that holds an ErrorInfo.
inline constexpr absl::string_view kErrorPayload = "waybill.ErrorInfo";

// "INVALID_INPUT", "UNSUPPORTED", ...
absl::string_view ReasonName(Reason reason);

// The code follows from the reason (see Reason). Here and in Annotate the message is escaped, bounded and freed of held
// secrets (words/quote.h). What others said goes through Quoted before it becomes a part of `message`.
absl::Status MakeError(Reason reason, absl::string_view message, const ErrorMetadata& metadata = {});
absl::Status InvalidInputError(absl::string_view message);
absl::Status UnsupportedError(absl::string_view message);
absl::Status VerificationError(absl::string_view message);
absl::Status NotFoundError(absl::string_view message);
absl::Status StorageError(absl::string_view message);
// The failed system call's `number` (errno) as an error that names what was attempted: "open /a/b: No such file".
absl::Status ErrnoError(int number, absl::string_view attempted);

// "<context>: <message>" with the same code and payloads; OK stays OK.
absl::Status Annotate(const absl::Status& status, absl::string_view context);

// Replaces the status's info: for codecs, which read statuses that others made. NUL bytes become '?'. An OK status
// stays as it is.
void SetErrorInfo(const ErrorInfo& info, absl::Status& status);
// Nullopt for statuses made elsewhere.
std::optional<ErrorInfo> ErrorInfoOf(const absl::Status& status);

// The reason in the payload, or one derived from the code for statuses made elsewhere; nullopt for OK.
std::optional<Reason> ReasonOf(const absl::Status& status);
// The metadata in the payload; empty when there is none.
ErrorMetadata MetadataOf(const absl::Status& status);

}  // namespace waybill::oci

#endif  // WAYBILL_OCI_ERROR_H_
