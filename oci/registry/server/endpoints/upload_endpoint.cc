// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/server/endpoints/upload_endpoint.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/types/span.h"
#include "oci/error.h"
#include "oci/registry/server/endpoints/mount.h"
#include "oci/registry/server/store/keep_draft.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry::server::endpoints {
namespace {

// Appends the request's body. What arrived before a failure stays in the session.
absl::Status Append(const Exchange& exchange, store::UploadSession& session) {
  std::vector<char> buffer(io::kCopyBufferBytes);
  while (true) {
    ABSL_RETURN_IF_ERROR(exchange.context.Check());
    ABSL_ASSIGN_OR_RETURN(const size_t got, exchange.body.Read(absl::MakeSpan(buffer)));
    if (got == 0) return absl::OkStatus();
    const absl::string_view bytes(buffer.data(), got);
    session.hasher.Update(bytes);
    ABSL_RETURN_IF_ERROR(session.draft->Write(bytes));
  }
}

struct ContentRange {
  int64_t first;
  int64_t last;
};

// "<first>-<last>", without unit and total (spec.md, "Pushing a blob in chunks").
absl::StatusOr<std::optional<ContentRange>> ContentRangeOf(const http::server::Request& request) {
  const absl::string_view header = request.Header("content-range");
  if (header.empty()) return std::optional<ContentRange>();
  ContentRange range = {};
  const std::pair<absl::string_view, absl::string_view> ends = absl::StrSplit(header, absl::MaxSplits('-', 1));
  if (!absl::SimpleAtoi(ends.first, &range.first) || !absl::SimpleAtoi(ends.second, &range.last) || range.first < 0 ||
      range.last < range.first) {
    return InvalidInputError(absl::StrCat("Content-Range \"", header, "\" is not <first>-<last>"));
  }
  return std::make_optional(range);
}

std::string SessionPath(const store::UploadSession& session) {
  return absl::StrCat("/v2/", session.repository, "/blobs/uploads/", session.id, "?state=", session.draft->size());
}

// Why the chunk cannot be taken, or nothing.
std::optional<absl::string_view> ChunkProblem(const Exchange& exchange, const store::UploadSession& session,
                                              const std::optional<ContentRange>& range) {
  const behavior::UploadBehavior& behavior = exchange.behavior.uploads;
  const int64_t length = exchange.request.content_length;
  if (!range.has_value()) return std::nullopt;
  if (range->first != session.draft->size()) return "the chunk does not start where the last one ended";
  const int64_t bytes = range->last - range->first + 1;
  if (length >= 0 && length != bytes) return "Content-Length and Content-Range differ";
  if (behavior.chunk_limit > 0 && bytes > behavior.chunk_limit) return "the chunk is too large";
  const bool last = exchange.request.method == "PUT";
  if (!last && bytes < behavior.chunk_minimum) return "the chunk is smaller than OCI-Chunk-Min-Length";
  return std::nullopt;
}

http::server::Response CreatedBlob(const Exchange& exchange, const Digest& digest) {
  http::server::Response response;
  response.status = 201;
  response.Set("Location",
               LocationOf(exchange, absl::StrCat("/v2/", exchange.route.repository, "/blobs/", digest.ToString())));
  response.Set("Docker-Content-Digest", digest.ToString());
  return response;
}

}  // namespace

http::server::Response UploadEndpoint::Open(const Exchange& exchange) {
  if (exchange.request.method != "POST") return UnsupportedResponse();
  const std::string& repository = exchange.route.repository;
  if (!exchange.behavior.uploads.create_repositories && !deps_.catalog.HasRepository(repository)) {
    return ErrorResponse(404, "NAME_UNKNOWN", absl::StrCat("The repository '", repository, "' does not exist"));
  }
  if (const auto digest = exchange.request.Query("mount")) return Mounted(exchange, *digest);
  if (const auto digest = exchange.request.Query("digest")) return Single(exchange, *digest);
  return OpenSession(exchange);
}

http::server::Response UploadEndpoint::OpenSession(const Exchange& exchange) {
  Hasher hasher;
  if (const auto algorithm = exchange.request.Query("digest-algorithm"); algorithm == "sha512") {
    hasher = Hasher(*Digest::Parse(absl::StrCat("sha512:", std::string(128, '0'))));
  } else if (algorithm.has_value() && algorithm != "sha256") {
    return ErrorResponse(400, "DIGEST_INVALID", absl::StrCat("unknown digest algorithm ", *algorithm));
  }
  auto draft = deps_.storage.NewDraft(exchange.route.repository);
  if (!draft.ok()) return FailureResponse(draft.status(), "UNKNOWN");
  auto session = deps_.uploads.Open(exchange.route.repository, *std::move(draft), std::move(hasher));
  http::server::Response response = Progress(exchange, std::move(session), 202);
  if (exchange.behavior.uploads.chunk_minimum > 0) {
    response.Set("OCI-Chunk-Min-Length", absl::StrCat(exchange.behavior.uploads.chunk_minimum));
  }
  return response;
}

http::server::Response UploadEndpoint::Single(const Exchange& exchange, absl::string_view text) {
  const behavior::SinglePost behavior = exchange.behavior.uploads.single_post;
  if (behavior == behavior::SinglePost::kSessionOnly) return OpenSession(exchange);
  if (behavior == behavior::SinglePost::kNeedsOctetStream &&
      exchange.request.Header("content-type") != "application/octet-stream") {
    return ErrorResponse(415, "UNSUPPORTED", "Content-Type is not application/octet-stream");
  }
  const absl::StatusOr<Digest> digest = Digest::Parse(text);
  if (!digest.ok()) return FailureResponse(digest.status(), "DIGEST_INVALID");
  auto draft = deps_.storage.NewDraft(exchange.route.repository);
  if (!draft.ok()) return FailureResponse(draft.status(), "UNKNOWN");
  auto session = deps_.uploads.Open(exchange.route.repository, *std::move(draft), Hasher(*digest));
  if (const absl::Status appended = Append(exchange, *session); !appended.ok()) {
    return FailureResponse(appended, "BLOB_UPLOAD_INVALID");
  }
  return Finish(exchange, *session, *digest);
}

http::server::Response UploadEndpoint::Mounted(const Exchange& exchange, absl::string_view text) {
  const absl::StatusOr<Digest> digest = Digest::Parse(text);
  if (!digest.ok()) return FailureResponse(digest.status(), "DIGEST_INVALID");
  MountOutcome outcome = MountBlob(exchange, *digest, deps_.storage, deps_.catalog);
  if (outcome.refusal.has_value()) return *std::move(outcome.refusal);
  if (!outcome.mounted) return OpenSession(exchange);
  return CreatedBlob(exchange, *digest);
}

http::server::Response UploadEndpoint::Progress(const Exchange& exchange, std::unique_ptr<store::UploadSession> session,
                                                int status) {
  http::server::Response response;
  response.status = status;
  const int64_t size = session->draft->size();
  response.Set("Location", LocationOf(exchange, SessionPath(*session)));
  response.Set("Range", absl::StrCat("0-", std::max<int64_t>(size - 1, 0)));
  response.Set("Docker-Upload-UUID", session->id);
  deps_.uploads.Return(std::move(session));
  return response;
}

http::server::Response UploadEndpoint::Continue(const Exchange& exchange) {
  const absl::string_view method = exchange.request.method;
  auto session = deps_.uploads.Take(exchange.route.repository, exchange.route.reference);
  if (session == nullptr) return ErrorResponse(404, "BLOB_UPLOAD_UNKNOWN", "no such upload session");
  if (method == "PATCH") return Patch(exchange, std::move(session));
  if (method == "PUT") return Put(exchange, std::move(session));
  if (method == "GET" || method == "HEAD") return Progress(exchange, std::move(session), 204);
  if (method == "DELETE") {
    http::server::Response response;
    response.status = 204;
    return response;
  }
  deps_.uploads.Return(std::move(session));
  return UnsupportedResponse();
}

http::server::Response UploadEndpoint::Patch(const Exchange& exchange, std::unique_ptr<store::UploadSession> session) {
  const behavior::Chunked behavior = exchange.behavior.uploads.chunked;
  const absl::StatusOr<std::optional<ContentRange>> range = ContentRangeOf(exchange.request);
  const bool whole = session->chunks == 0 && range.ok() && !range->has_value();
  if (behavior == behavior::Chunked::kRefused && !whole) {
    deps_.uploads.Return(std::move(session));
    return UnsupportedResponse();
  }
  if (behavior == behavior::Chunked::kLosesLater && session->chunks > 0)
    return Progress(exchange, std::move(session), 201);
  if (!range.ok()) {
    deps_.uploads.Return(std::move(session));
    return FailureResponse(range.status(), "BLOB_UPLOAD_INVALID");
  }
  if (const auto problem = ChunkProblem(exchange, *session, *range)) {
    http::server::Response place = Progress(exchange, std::move(session), 416);
    http::server::Response refused = ErrorResponse(416, "RANGE_INVALID", *problem);
    refused.headers.insert(refused.headers.end(), place.headers.begin(), place.headers.end());
    return refused;
  }
  const absl::Status appended = Append(exchange, *session);
  ++session->chunks;
  if (!appended.ok() && exchange.behavior.uploads.reset_ends_session) {
    return FailureResponse(appended, "BLOB_UPLOAD_INVALID");
  }
  http::server::Response response = Progress(exchange, std::move(session), 202);
  return appended.ok() ? std::move(response) : FailureResponse(appended, "BLOB_UPLOAD_INVALID");
}

http::server::Response UploadEndpoint::Put(const Exchange& exchange, std::unique_ptr<store::UploadSession> session) {
  const absl::StatusOr<Digest> digest = Digest::Parse(exchange.request.Query("digest").value_or(""));
  const absl::StatusOr<std::optional<ContentRange>> range = ContentRangeOf(exchange.request);
  if (!digest.ok() || !range.ok()) {
    deps_.uploads.Return(std::move(session));
    return digest.ok() ? FailureResponse(range.status(), "BLOB_UPLOAD_INVALID")
                       : FailureResponse(digest.status(), "DIGEST_INVALID");
  }
  if (const auto problem = ChunkProblem(exchange, *session, *range)) {
    deps_.uploads.Return(std::move(session));
    return ErrorResponse(416, "RANGE_INVALID", *problem);
  }
  if (session->draft->size() == 0) session->hasher = Hasher(*digest);
  const absl::Status appended = Append(exchange, *session);
  if (!appended.ok()) {
    if (!exchange.behavior.uploads.reset_ends_session) deps_.uploads.Return(std::move(session));
    return FailureResponse(appended, "BLOB_UPLOAD_INVALID");
  }
  return Finish(exchange, *session, *digest);
}

http::server::Response UploadEndpoint::Finish(const Exchange& exchange, store::UploadSession& session,
                                              const Digest& digest) {
  if (!exchange.forgets_blob()) {
    const absl::Status kept = store::KeepDraft(exchange.context, session, digest, deps_.storage);
    if (ReasonOf(kept) == Reason::kVerification) return ErrorResponse(400, "DIGEST_INVALID", kept.message());
    if (!kept.ok()) return FailureResponse(kept, "UNKNOWN");
    deps_.catalog.AddRepository(session.repository);
  }
  return CreatedBlob(exchange, digest);
}

}  // namespace waybill::oci::registry::server::endpoints
