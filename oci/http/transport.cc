// SPDX-License-Identifier: Apache-2.0
#include "oci/http/transport.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/status_macros.h"

namespace waybill::oci::http {

absl::Duration CommitLimit(int64_t body_bytes, absl::Duration silence) {
  return silence + absl::Seconds(body_bytes / (20 << 20));
}

absl::Status NetworkError(absl::string_view failure, int64_t sent, absl::string_view message) {
  return MakeError(Reason::kNetwork, message,
                   {{std::string(kFailureKey), std::string(failure)}, {std::string(kSentKey), absl::StrCat(sent)}});
}

std::string FailureOf(const absl::Status& status) {
  const ErrorMetadata metadata = MetadataOf(status);
  const auto found = metadata.find(std::string(kFailureKey));
  return found == metadata.end() ? "" : found->second;
}

absl::Duration SilenceOf(const absl::Status& status) {
  const ErrorMetadata metadata = MetadataOf(status);
  const auto found = metadata.find(std::string(kSilentKey));
  int64_t milliseconds = 0;
  if (found == metadata.end() || !absl::SimpleAtoi(found->second, &milliseconds)) return absl::ZeroDuration();
  return absl::Milliseconds(milliseconds);
}

absl::Status WithSilence(const absl::Status& status, absl::Duration silence) {
  ErrorMetadata metadata = MetadataOf(status);
  metadata[std::string(kSilentKey)] = absl::StrCat(absl::ToInt64Milliseconds(silence));
  return MakeError(Reason::kTimeout, status.message(), metadata);
}

absl::StatusOr<Reply> ReadReply(const Context& context, Response response, int64_t limit) {
  Reply reply{response.status,     std::move(response.headers), std::move(response.url),
              response.bytes_sent, response.continued,          ""};
  std::string chunk(io::kCopyBufferBytes, '\0');
  while (true) {
    ABSL_RETURN_IF_ERROR(context.Check());
    ABSL_ASSIGN_OR_RETURN(const size_t n, response.body->Read(absl::MakeSpan(chunk)));
    if (n == 0) return reply;
    const int64_t room = limit - static_cast<int64_t>(reply.body.size());
    reply.body.append(chunk, 0, std::min<int64_t>(n, room));
    if (static_cast<int64_t>(n) <= room) continue;
    if (reply.status >= 400) return reply;
    // The fault is of the server, whatever was asked.
    return MakeError(Reason::kRefused, absl::StrCat("the reply exceeds ", limit, " bytes"));
  }
}

}  // namespace waybill::oci::http
