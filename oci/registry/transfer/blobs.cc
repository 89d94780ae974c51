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
#include "oci/registry/reply/reply_error.h"
#include "oci/registry/transfer/blob_answer.h"
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

int64_t LengthOf(const http::Headers& headers) {
  int64_t size = -1;
  return absl::SimpleAtoi(headers.Find("Content-Length").value_or(""), &size) ? size : -1;
}

// How often in a row a reader goes on without a byte in between, and after a server's silence, which takes a minute.
constexpr int kMaxBreaks = 3;
constexpr int kMaxSilences = 1;

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
      const int most = ReasonOf(n.status()) == Reason::kTimeout ? kMaxSilences : kMaxBreaks;
      if (!host_.tries_again() || !MayPass(n.status()) || ++breaks_ > most) return n;
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
  if (no_head_.load()) return ExistsByGet(context, blob, refusal);
  const Call call{.method = "HEAD",
                  .target = BlobTarget(repository_, blob.digest),
                  .access = {.repository = repository_, .push = true},
                  .traffic = &traffic_};
  ABSL_ASSIGN_OR_RETURN(const Answer answer, host_.Send(context, call));
  const int status = answer.reply.status;
  if (status == 200 || status == 404) return SaysPresent(answer.reply, blob);
  if (!RefusesHead(status)) return host_.Refusal(call, answer);
  if (status != 403) return ExistsByGet(context, blob, refusal);
  if (refusal != nullptr) *refusal = host_.Refusal(call, answer);
  return false;
}

absl::StatusOr<bool> Blobs::ExistsByGet(const Context& context, const Descriptor& blob, absl::Status* refusal) {
  const absl::StatusOr<int64_t> size = AskSizeByGet(context, blob, /*push=*/true);
  ABSL_RETURN_IF_ERROR(context.Check());
  const std::optional<Reason> reason = ReasonOf(size.status());
  if (reason == Reason::kNetwork || reason == Reason::kTimeout) return size.status();
  if (size.ok() || reason == Reason::kNotFound) no_head_.store(true);
  if (!size.ok() && reason != Reason::kNotFound && refusal != nullptr) *refusal = size.status();
  return size.ok() && (blob.size < 0 || *size == blob.size);
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
  if (SaysMounted(answer->reply)) return MountResult{.mounted = true};
  if (answer->reply.status == 401 || answer->reply.status == 403) host_.memory().set_refuses_mounts(from);
  const auto location = answer->reply.headers.Find("Location");
  if (answer->reply.status != 202 || !location.has_value()) return MountResult{};
  ABSL_ASSIGN_OR_RETURN(const http::Url at, http::Url::Parse(answer->reply.url));
  ABSL_ASSIGN_OR_RETURN(const http::Url session, http::ResolveOwnLocation(at, *location, "/v2/"));
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
  ABSL_ASSIGN_OR_RETURN(int64_t size, AskSize(context, blob));
  if (size < 0) size = blob.size;
  if (size < 0) {
    return MakeError(Reason::kRefused, absl::StrCat("the registry does not tell the size of ", blob.digest.ToString()));
  }
  ABSL_RETURN_IF_ERROR(content::VerifySize(blob, size));
  Descriptor sized = blob;
  sized.size = size;
  return FetchUnasked(sized);
}

std::unique_ptr<io::Source> Blobs::FetchUnasked(const Descriptor& blob) {
  // Not counted in the traffic, which the source may outlive.
  Call call{.target = BlobTarget(repository_, blob.digest), .access = {.repository = repository_}};
  return std::make_unique<RemoteBlob>(host_, std::move(call), blob.size);
}

absl::StatusOr<int64_t> Blobs::AskSize(const Context& context, const Descriptor& blob) {
  if (no_head_.load()) return AskSizeByGet(context, blob, /*push=*/false);
  const Call call{.method = "HEAD",
                  .target = BlobTarget(repository_, blob.digest),
                  .access = {.repository = repository_},
                  .traffic = &traffic_};
  ABSL_ASSIGN_OR_RETURN(const Answer answer, host_.Send(context, call));
  if (answer.reply.status == 404) return content::BlobNotFound(blob.digest);
  if (RefusesHead(answer.reply.status)) {
    ABSL_ASSIGN_OR_RETURN(const int64_t size, AskSizeByGet(context, blob, /*push=*/false));
    no_head_.store(true);
    return size;
  }
  if (answer.reply.status != 200) return host_.Refusal(call, answer);
  const int64_t size = LengthOf(answer.reply.headers);
  if (reply::IsWebPage(answer.reply) && !SaysPresent(answer.reply, blob)) {
    return reply::NoRegistryError("HEAD", answer.reply, "the blob's size");
  }
  return size;
}

absl::StatusOr<int64_t> Blobs::AskSizeByGet(const Context& context, const Descriptor& blob, bool push) {
  Call call{.target = BlobTarget(repository_, blob.digest),
            .access = {.repository = repository_, .push = push},
            .traffic = &traffic_};
  // A byte is enough; servers that know no ranges send more, which is not read.
  if (blob.size != 0) call.headers.Add("Range", "bytes=0-0");
  const absl::StatusOr<http::Response> response = host_.Open(context, call);
  if (ReasonOf(response.status()) == Reason::kNotFound) return content::BlobNotFound(blob.digest);
  ABSL_RETURN_IF_ERROR(response.status());
  if (response->status != 206) return LengthOf(response->headers);
  const std::string range = response->headers.Find("Content-Range").value_or("");
  int64_t size = -1;
  return absl::SimpleAtoi(range.substr(range.find('/') + 1), &size) ? size : -1;
}

}  // namespace waybill::oci::registry::transfer
