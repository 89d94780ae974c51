// SPDX-License-Identifier: Apache-2.0
// One blob on its way into a repository: a single POST where the host takes that, else a session and one PUT; chunks
// only when the host (or a proxy before it) finds the whole too large. Sessions are used again after a failure only
// there, and only as far as the registry says what it has; others are cancelled.
#ifndef WAYBILL_OCI_REGISTRY_TRANSFER_UPLOAD_H_
#define WAYBILL_OCI_REGISTRY_TRANSFER_UPLOAD_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/http/url.h"
#include "oci/io/stream.h"
#include "oci/progress.h"
#include "oci/registry/host.h"

namespace waybill::oci::registry::transfer {

// One per blob. Not thread-safe.
class Upload {
 public:
  // All must outlive it; `source` has blob.size bytes.
  Upload(Host& host, const std::string& repository, Traffic& traffic, const Descriptor& blob, const io::Source& source)
      : host_(host), repository_(repository), traffic_(traffic), blob_(blob), source_(source) {}

  // OK when the registry said that it has the blob. `session` is an open one to use first.
  absl::Status Run(const Context& context, std::optional<std::string> session);

 private:
  absl::StatusOr<http::Reply> Once(const Context& context, std::optional<std::string> session);
  // A call that is not made again by itself; remembers whether it may succeed with other credentials.
  absl::StatusOr<Answer> SendPart(const Context& context, const Call& call);
  // 201, or the session that was opened instead (its URL in `session`), or another answer.
  absl::StatusOr<http::Reply> PostWhole(const Context& context, std::optional<std::string>& session);
  absl::StatusOr<std::string> OpenSession(const Context& context);
  // The session that the reply names; it is cancelled unless the blob arrives through it.
  absl::StatusOr<std::string> Enter(const http::Reply& reply);
  // Best effort, and in a time of its own: a registry keeps the bytes of sessions that nobody ends.
  void CancelSession();
  absl::StatusOr<http::Reply> Put(const Context& context, const std::string& session);
  absl::StatusOr<http::Reply> PutInChunks(const Context& context, std::string session);
  absl::StatusOr<Answer> Patch(const Context& context, const std::string& session, int64_t offset, int64_t end);
  // Where a chunked upload stands after its connection broke, by the registry's word. Nothing when it has lost the
  // session, or says "0-0": that means one byte or none.
  struct Position {
    int64_t offset = 0;
    std::string session;
  };
  absl::StatusOr<std::optional<Position>> FindPosition(const Context& context, const std::string& session);
  // The session's next URL, or an error when the registry did not take the chunk as the protocol says.
  absl::StatusOr<std::string> AcceptChunk(const http::Reply& reply, const std::string& session, int64_t end);
  // Whether the success that ended the upload is a registry's. Where it does not say so, looks.
  absl::Status CheckStored(const Context& context, const http::Reply& reply);
  // Whether the registry has the blob although it did not say so. What cannot be found out is no.
  bool Arrived(const Context& context);
  // After a 413. False when smaller chunks do not help.
  bool ShrinkChunks();
  // Whether another attempt follows, after the wait that it takes and word of it.
  absl::StatusOr<bool> Again(const Context& context, Retrier& retrier, const absl::StatusOr<http::Reply>& reply,
                             const absl::Status& error);
  Call NewCall(const Context& context, absl::string_view method, std::string target) const;
  void Report(const Context& context, ProgressEvent::State state, int64_t sent, absl::string_view detail) const;

  Host& host_;
  const std::string& repository_;
  Traffic& traffic_;
  const Descriptor& blob_;
  const io::Source& source_;
  int64_t chunk_bytes_ = 0;    // 0: the whole at once
  int64_t chunk_minimum_ = 0;  // that the registry asks for
  int64_t sent_ = 0;           // body bytes of the present attempt
  bool authorized_again_ = false;
  bool renewed_ = false;  // of the last part's answer
  bool single_ = false;   // the present attempt is one POST
  std::string session_;   // that is open, or ""
};

}  // namespace waybill::oci::registry::transfer

#endif  // WAYBILL_OCI_REGISTRY_TRANSFER_UPLOAD_H_
