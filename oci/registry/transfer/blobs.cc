// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/transfer/blobs.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "oci/content/content.h"
#include "oci/error.h"
#include "oci/http/url.h"
#include "oci/io/string.h"
#include "oci/registry/transfer/upload.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry::transfer {
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

// How often in a row a reader goes on without a byte in between.
constexpr int kMaxBreaks = 3;

bool MayPass(const absl::Status& status) {
  const std::optional<Reason> reason = ReasonOf(status);
  return reason == Reason::kNetwork || reason == Reason::kTimeout;
}

// The bytes of a blob from an offset on. A connection that breaks is replaced by another one.
class RemoteReader : public io::Reader {
 public:
  RemoteReader(const Context& context, Host& host, Call call, int64_t offset)
      : context_(context), host_(host), call_(std::move(call)), offset_(offset) {}

  absl::Status Connect() {
    if (offset_ > 0) call_.headers.Set("Range", absl::StrCat("bytes=", offset_, "-"));
    ABSL_ASSIGN_OR_RETURN(http::Response response, host_.Open(context_, call_));
    if (offset_ > 0 && response.status != 206) ABSL_RETURN_IF_ERROR(Skip(context_, *response.body, offset_));
    body_ = std::move(response.body);
    return absl::OkStatus();
  }

  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    while (true) {
      absl::StatusOr<size_t> n = body_->Read(buffer);
      if (n.ok()) {
        offset_ += static_cast<int64_t>(*n);
        breaks_ = 0;
        return n;
      }
      ABSL_RETURN_IF_ERROR(context_.Check());
      if (!MayPass(n.status()) || ++breaks_ > kMaxBreaks) return n;
      ABSL_RETURN_IF_ERROR(Connect());
    }
  }

 private:
  const Context context_;
  Host& host_;
  Call call_;
  int64_t offset_;
  int breaks_ = 0;
  std::unique_ptr<io::Reader> body_;
};

// A blob that is in the registry. Each Open is a GET of its own, so that a source that waits, for its turn in an
// archive for instance, holds no connection.
class RemoteBlob : public io::Source {
 public:
  RemoteBlob(Host& host, Call call, int64_t size) : host_(host), call_(std::move(call)), size_(size) {}

  int64_t size() const override { return size_; }

  absl::StatusOr<std::unique_ptr<io::Reader>> Open(const Context& context, int64_t offset) const override {
    ABSL_RETURN_IF_ERROR(context.Check());
    if (offset == size_) return std::make_unique<io::StringReader>("");
    auto reader = std::make_unique<RemoteReader>(context, host_, call_, offset);
    ABSL_RETURN_IF_ERROR(reader->Connect());
    return reader;
  }

 private:
  Host& host_;
  const Call call_;
  const int64_t size_;
};

}  // namespace

Blobs::Blobs(Host& host, std::string repository, Traffic& traffic)
    : host_(host), repository_(std::move(repository)), traffic_(traffic) {}

absl::StatusOr<bool> Blobs::Exists(const Context& context, const Descriptor& blob, absl::Status* refusal) {
  const Call call{.method = "HEAD",
                  .target = BlobTarget(repository_, blob.digest),
                  .access = {.repository = repository_, .push = true},
                  .traffic = &traffic_};
  ABSL_ASSIGN_OR_RETURN(const Answer answer, host_.Send(context, call));
  if (answer.reply.status == 200) return true;
  if (answer.reply.status == 403 && refusal != nullptr) *refusal = host_.Refusal(call, answer);
  if (answer.reply.status == 404 || answer.reply.status == 403) return false;
  return host_.Refusal(call, answer);
}

absl::StatusOr<Blobs::MountResult> Blobs::Mount(const Context& context, const Descriptor& blob,
                                                const std::string& from) {
  if (host_.memory().refuses_mounts(from)) return MountResult{};
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
    if (ReasonOf(answer.status()) == Reason::kAuth) host_.memory().set_refuses_mounts(from);
    return MountResult{};
  }
  if (answer->reply.status == 201) return MountResult{.mounted = true};
  if (answer->reply.status == 401 || answer->reply.status == 403) host_.memory().set_refuses_mounts(from);
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
  transfer::Upload upload(host_, repository_, traffic_, blob, source);
  return upload.Run(context, std::move(session));
}

absl::StatusOr<std::unique_ptr<io::Source>> Blobs::Fetch(const Context& context, const Descriptor& blob) {
  Call call{.method = "HEAD",
            .target = BlobTarget(repository_, blob.digest),
            .access = {.repository = repository_},
            .traffic = &traffic_};
  ABSL_ASSIGN_OR_RETURN(const Answer answer, host_.Send(context, call));
  if (answer.reply.status == 404) return content::BlobNotFound(blob.digest);
  if (answer.reply.status != 200) return host_.Refusal(call, answer);
  int64_t size = 0;
  if (!absl::SimpleAtoi(answer.reply.headers.Find("Content-Length").value_or(""), &size)) size = blob.size;
  if (size < 0) {
    return MakeError(Reason::kRefused, absl::StrCat("the registry does not tell the size of ", blob.digest.ToString()));
  }
  ABSL_RETURN_IF_ERROR(content::VerifySize(blob, size));
  call.method = "GET";
  call.traffic = nullptr;  // the source may outlive what it is counted in
  return std::make_unique<RemoteBlob>(host_, std::move(call), size);
}

}  // namespace waybill::oci::registry::transfer
