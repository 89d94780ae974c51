// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/blobs.h"

#include <algorithm>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "oci/content/content.h"
#include "oci/error.h"
#include "oci/http/url.h"
#include "oci/io/string.h"
#include "oci/registry/upload.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry {
namespace {

std::string BlobTarget(const std::string& repository, const Digest& digest) {
  return absl::StrCat("/v2/", repository, "/blobs/", digest.ToString());
}

// Servers may answer a range with the whole.
absl::Status Skip(const Context& context, io::Reader& reader, int64_t bytes) {
  std::string chunk(io::kCopyBufferBytes, '\0');
  while (bytes > 0) {
    ABSL_RETURN_IF_ERROR(context.Check());
    const size_t want = std::min<int64_t>(bytes, chunk.size());
    ABSL_ASSIGN_OR_RETURN(const size_t n, reader.Read(absl::MakeSpan(chunk).subspan(0, want)));
    if (n == 0) return VerificationError("the blob ends before the offset");
    bytes -= static_cast<int64_t>(n);
  }
  return absl::OkStatus();
}

// A blob that is still in the registry. The answer that told of it serves the first Open from the beginning; every
// other Open is a GET of its own.
class RemoteBlob : public io::Source {
 public:
  RemoteBlob(Host& host, Call call, int64_t size, std::unique_ptr<io::Reader> first)
      : host_(host), call_(std::move(call)), size_(size), first_(std::move(first)) {}

  int64_t size() const override { return size_; }

  absl::StatusOr<std::unique_ptr<io::Reader>> Open(const Context& context, int64_t offset) const override {
    ABSL_RETURN_IF_ERROR(context.Check());
    if (offset == 0) {
      absl::MutexLock lock(&mu_);
      if (first_ != nullptr) return std::move(first_);
    }
    if (offset == size_) return std::make_unique<io::StringReader>("");
    Call call = call_;
    if (offset > 0) call.headers.Set("Range", absl::StrCat("bytes=", offset, "-"));
    ABSL_ASSIGN_OR_RETURN(http::Response response, host_.Open(context, call));
    if (offset > 0 && response.status != 206) ABSL_RETURN_IF_ERROR(Skip(context, *response.body, offset));
    return std::move(response.body);
  }

 private:
  Host& host_;
  const Call call_;
  const int64_t size_;
  mutable absl::Mutex mu_;
  mutable std::unique_ptr<io::Reader> first_ ABSL_GUARDED_BY(mu_);
};

}  // namespace

Blobs::Blobs(Host& host, std::string repository, Traffic& traffic)
    : host_(host), repository_(std::move(repository)), traffic_(traffic) {}

absl::StatusOr<bool> Blobs::Exists(const Context& context, const Descriptor& blob) {
  const Call call{.method = "HEAD",
                  .target = BlobTarget(repository_, blob.digest),
                  .access = {.repository = repository_, .push = true},
                  .traffic = &traffic_};
  ABSL_ASSIGN_OR_RETURN(const Answer answer, host_.Send(context, call));
  if (answer.reply.status == 200) return true;
  if (answer.reply.status == 404 || answer.reply.status == 403) return false;
  return host_.Refusal(call, answer);
}

absl::StatusOr<Blobs::MountResult> Blobs::Mount(const Context& context, const Descriptor& blob,
                                                const std::string& from) {
  const Call call{
      .method = "POST",
      .target = absl::StrCat("/v2/", repository_, "/blobs/uploads/?mount=", http::PercentEncode(blob.digest.ToString()),
                             "&from=", http::PercentEncode(from)),
      .access = {.repository = repository_, .push = true, .more_scopes = {absl::StrCat("repository:", from, ":pull")}},
      .traffic = &traffic_};
  absl::StatusOr<Answer> answer = host_.Send(context, call);
  if (!answer.ok()) {
    // A token server may refuse the source's rights; that says nothing about an upload.
    ABSL_RETURN_IF_ERROR(context.Check());
    return MountResult{};
  }
  if (answer->reply.status == 201) return MountResult{.mounted = true};
  const auto location = answer->reply.headers.Find("Location");
  if (answer->reply.status != 202 || !location.has_value()) return MountResult{};
  ABSL_ASSIGN_OR_RETURN(const http::Url at, http::Url::Parse(answer->reply.url));
  ABSL_ASSIGN_OR_RETURN(const http::Url session, http::ResolveLocation(at, *location));
  return MountResult{.mounted = false, .session = session.ToString()};
}

absl::Status Blobs::Upload(const Context& context, const Descriptor& blob, const io::Source& source,
                           std::optional<std::string> session) {
  if (source.size() != blob.size) {
    return VerificationError(absl::StrCat("the source of ", blob.digest.ToString(), " has ", source.size(),
                                          " bytes instead of ", blob.size));
  }
  registry::Upload upload(host_, repository_, traffic_, blob, source);
  return upload.Run(context, std::move(session));
}

absl::StatusOr<std::unique_ptr<io::Source>> Blobs::Fetch(const Context& context, const Descriptor& blob) {
  Call call{
      .target = BlobTarget(repository_, blob.digest), .access = {.repository = repository_}, .traffic = &traffic_};
  absl::StatusOr<http::Response> response = host_.Open(context, call);
  if (ReasonOf(response.status()) == Reason::kNotFound) return content::BlobNotFound(blob.digest);
  ABSL_RETURN_IF_ERROR(response.status());
  int64_t size = 0;
  if (!absl::SimpleAtoi(response->headers.Find("Content-Length").value_or(""), &size)) size = blob.size;
  if (size < 0) {
    return MakeError(Reason::kRefused, absl::StrCat("the registry does not tell the size of ", blob.digest.ToString()));
  }
  ABSL_RETURN_IF_ERROR(content::VerifySize(blob, size));
  call.traffic = nullptr;  // the source may outlive what it is counted in
  return std::make_unique<RemoteBlob>(host_, std::move(call), size, std::move(response->body));
}

}  // namespace waybill::oci::registry
