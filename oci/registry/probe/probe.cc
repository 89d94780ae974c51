// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/probe/probe.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/http/url.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/io/string.h"
#include "oci/registry/probe/probe_traces.h"
#include "oci/registry/referrers/referrers.h"
#include "oci/registry/reply/reply_error.h"
#include "oci/registry/transfer/blobs.h"
#include "oci/registry/transfer/manifests.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry::probe {
namespace {

constexpr absl::Duration kCleanUpTime = absl::Seconds(30);

// In the order in which they are reported.
constexpr absl::string_view kFindings[] = {"single-post",     "mount",         "mount-without-from",   "tag-parameter",
                                           "empty-config",    "subject",       "attestation-manifest", "oci-subject",
                                           "missing-subject", "referrers-api", "mutable-tags"};

bool IsStored(const Answer& answer) { return answer.reply.status >= 200 && answer.reply.status < 300; }

Descriptor Describe(absl::string_view media_type, absl::string_view bytes) {
  return {
      .media_type = std::string(media_type), .digest = Digest::Of(bytes), .size = static_cast<int64_t>(bytes.size())};
}

class Prober {
 public:
  Prober(Host& host, const ProbeRequest& request)
      : host_(host),
        repository_(request.repository),
        mount_from_(request.mount_from.empty() ? request.repository : request.mount_from),
        seed_(request.seed),
        tags_({absl::StrCat("waybill-probe-", seed_, "-a"), absl::StrCat("waybill-probe-", seed_, "-b")}),
        blobs_(host, repository_, traffic_),
        manifests_(host, repository_, traffic_),
        traces_(host, repository_) {
    for (const absl::string_view name : kFindings) report_.findings.push_back({.name = std::string(name)});
  }

  ProbeReport Run(const Context& context) {
    report_.status = Ask(context);
    report_.left = traces_.Remove(Context().WithTimeout(kCleanUpTime));
    return std::move(report_);
  }

 private:
  absl::Status Ask(const Context& context) {
    ABSL_RETURN_IF_ERROR(AskSinglePost(context));
    ABSL_RETURN_IF_ERROR(AskMounts(context));
    ABSL_ASSIGN_OR_RETURN(const image::Manifest image, MakeImage(context, "a"));
    ABSL_ASSIGN_OR_RETURN(const Descriptor subject, PutImage(context, image));
    ABSL_RETURN_IF_ERROR(AskArtifacts(context, image.config, subject));
    ABSL_RETURN_IF_ERROR(AskReferrers(context, subject));
    return AskImmutable(context);
  }

  void Find(absl::string_view name, bool yes, std::string detail) {
    const auto finding = std::find_if(report_.findings.begin(), report_.findings.end(),
                                      [name](const Finding& known) { return known.name == name; });
    finding->yes = yes;
    finding->detail = yes ? "" : std::move(detail);
  }

  Call Upload(absl::string_view query) const {
    return {.method = "POST",
            .target = absl::StrCat("/v2/", repository_, "/blobs/uploads/", query),
            .access = {.repository = repository_, .push = true}};
  }

  // Pushes a document as a blob of the probe's own, whatever way the registry takes it.
  absl::StatusOr<Descriptor> PutBlob(const Context& context, absl::string_view media_type, const std::string& bytes) {
    return PutBlob(context, blobs_, repository_, media_type, bytes);
  }
  absl::StatusOr<Descriptor> PutBlob(const Context& context, transfer::Blobs& blobs, const std::string& repository,
                                     absl::string_view media_type, const std::string& bytes) {
    const Descriptor blob = Describe(media_type, bytes);
    traces_.AddBlob(repository, blob.digest);
    ABSL_RETURN_IF_ERROR(blobs.Upload(context, blob, io::StringSource(bytes), std::nullopt));
    return blob;
  }

  // The config of every artifact: ours only to add.
  absl::StatusOr<Descriptor> PutEmptyConfig(const Context& context) {
    const Descriptor empty = Describe(image::kOciEmpty, image::kEmptyJson);
    ABSL_ASSIGN_OR_RETURN(const bool there, blobs_.Exists(context, empty));
    if (there) return empty;
    traces_.AddShared(empty.digest);
    ABSL_RETURN_IF_ERROR(blobs_.Upload(context, empty, io::StringSource(std::string(image::kEmptyJson)), std::nullopt));
    return empty;
  }

  absl::Status AskSinglePost(const Context& context) {
    const std::string bytes = absl::StrCat("waybill probe ", seed_, "\n");
    const io::StringSource source(bytes);
    Call call = Upload(absl::StrCat("?digest=", http::PercentEncode(Digest::Of(bytes).ToString())));
    call.headers.Add("Content-Type", "application/octet-stream");
    call.body = &source;
    traces_.AddBlob(repository_, Digest::Of(bytes));
    ABSL_ASSIGN_OR_RETURN(const Answer answer, host_.Send(context, call));
    const bool done = answer.reply.status == 201;
    Find("single-post", done, absl::StrCat("answered ", answer.reply.status));
    if (!done) host_.memory().set_single_post(Learned::kNo);
    return Cancel(context, answer);
  }

  // A blob for each form: one that was mounted already would tell nothing about the other.
  absl::Status AskMounts(const Context& context) {
    ABSL_RETURN_IF_ERROR(AskMount(context, "mount", absl::StrCat("&from=", http::PercentEncode(mount_from_))));
    return AskMount(context, "mount-without-from", "");
  }

  absl::Status AskMount(const Context& context, absl::string_view name, absl::string_view from) {
    transfer::Blobs source(host_, mount_from_, traffic_);
    ABSL_ASSIGN_OR_RETURN(const Descriptor blob, PutBlob(context, source, mount_from_, image::kOciLayer,
                                                         absl::StrCat("waybill probe ", seed_, " ", name, "\n")));
    if (mount_from_ != repository_) traces_.AddBlob(repository_, blob.digest);
    Call call = Upload(absl::StrCat("?mount=", http::PercentEncode(blob.digest.ToString()), from));
    call.access.more_scopes = {absl::StrCat("repository:", mount_from_, ":pull")};
    ABSL_ASSIGN_OR_RETURN(const Answer answer, host_.Send(context, call));
    Find(name, answer.reply.status == 201, absl::StrCat("answered ", answer.reply.status));
    return Cancel(context, answer);
  }

  // Ends an upload session that was opened in passing. What the registry answers does not matter.
  absl::Status Cancel(const Context& context, const Answer& answer) {
    const auto location = answer.reply.headers.Find("Location");
    if (answer.reply.status != 202 || !location.has_value()) return absl::OkStatus();
    ABSL_ASSIGN_OR_RETURN(const http::Url at, http::Url::Parse(answer.reply.url));
    ABSL_ASSIGN_OR_RETURN(const http::Url session, http::ResolveOwnLocation(at, *location, "/v2/"));
    Call call = Upload("");
    call.method = "DELETE";
    call.target = session.ToString();
    return host_.Send(context, call).status();
  }

  absl::StatusOr<Answer> PutManifest(const Context& context, const std::string& reference, const std::string& bytes,
                                     std::vector<std::string> tags) {
    traces_.AddManifest(Digest::Of(bytes));
    return manifests_.Put(context, reference,
                          {.media_type = std::string(image::kOciManifest), .bytes = bytes, .tags = std::move(tags)});
  }

  absl::StatusOr<image::Manifest> MakeImage(const Context& context, absl::string_view variant) {
    ABSL_ASSIGN_OR_RETURN(
        const Descriptor config,
        PutBlob(
            context, image::kOciConfig,
            absl::StrCat(R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]},"author":")",
                         seed_, variant, "\"}")));
    return image::Manifest{.media_type = std::string(image::kOciManifest), .config = config};
  }

  absl::StatusOr<Descriptor> PutImage(const Context& context, const image::Manifest& manifest) {
    const std::string bytes = image::ToIndentedJson(manifest);
    const Descriptor image = Describe(image::kOciManifest, bytes);
    for (const std::string& tag : tags_) traces_.AddTag(tag);
    ABSL_ASSIGN_OR_RETURN(const Answer answer, PutManifest(context, image.digest.ToString(), bytes, tags_));
    if (!IsStored(answer)) return manifests_.Refusal(image.digest.ToString(), answer);
    const bool tagged = answer.reply.headers.Find("OCI-Tag").has_value();
    Find("tag-parameter", tagged, "no OCI-Tag in the answer");
    if (!tagged) {
      ABSL_ASSIGN_OR_RETURN(const Answer by_tag, PutManifest(context, tags_[0], bytes, {}));
      if (!IsStored(by_tag)) return manifests_.Refusal(tags_[0], by_tag);
    }
    return image;
  }

  // What an attestation manifest is made of, alone and together.
  absl::Status AskArtifacts(const Context& context, const Descriptor& config, const Descriptor& image) {
    ABSL_ASSIGN_OR_RETURN(const Descriptor empty, PutEmptyConfig(context));
    Descriptor absent = image;
    absent.digest = Digest::Of(absl::StrCat("absent ", seed_));
    const std::string type(image::kAttestationManifest);
    ABSL_RETURN_IF_ERROR(AskArtifact(context, "empty-config", {.artifact_type = type, .config = empty}));
    ABSL_RETURN_IF_ERROR(AskArtifact(context, "subject", {.config = config, .subject = image}));
    ABSL_RETURN_IF_ERROR(
        AskArtifact(context, "attestation-manifest", {.artifact_type = type, .config = empty, .subject = image}));
    return AskArtifact(context, "missing-subject", {.config = config, .subject = absent});
  }

  absl::Status AskArtifact(const Context& context, absl::string_view name, image::Manifest manifest) {
    ABSL_ASSIGN_OR_RETURN(const Descriptor statement,
                          PutBlob(context, image::kInToto, absl::StrCat("{\"probe\":\"", seed_, name, "\"}")));
    manifest.media_type = std::string(image::kOciManifest);
    manifest.layers = {statement};
    const std::string bytes = image::ToIndentedJson(manifest);
    ABSL_ASSIGN_OR_RETURN(const Answer answer, PutManifest(context, Digest::Of(bytes).ToString(), bytes, {}));
    Find(name, IsStored(answer), std::string(reply::ReplyError("PUT", answer.reply, 1).message()));
    if (name != "subject") return absl::OkStatus();
    const bool told = answer.reply.headers.Find("OCI-Subject") == manifest.subject->digest.ToString();
    Find("oci-subject", told, "not in the answer");
    return absl::OkStatus();
  }

  absl::Status AskReferrers(const Context& context, const Descriptor& image) {
    referrers::Referrers referrers(host_, repository_, traffic_);
    ABSL_ASSIGN_OR_RETURN(const bool api, referrers.HasApi(context, image.digest));
    Find("referrers-api", api, "referrers are listed by the fallback tag alone");
    return absl::OkStatus();
  }

  absl::Status AskImmutable(const Context& context) {
    ABSL_ASSIGN_OR_RETURN(const image::Manifest other, MakeImage(context, "b"));
    ABSL_ASSIGN_OR_RETURN(const Answer answer, PutManifest(context, tags_[0], image::ToIndentedJson(other), {}));
    Find("mutable-tags", IsStored(answer), std::string(reply::ReplyError("PUT", answer.reply, 1).message()));
    return absl::OkStatus();
  }

  Host& host_;
  const std::string repository_;
  const std::string mount_from_;
  const std::string seed_;
  const std::vector<std::string> tags_;
  Traffic traffic_;
  transfer::Blobs blobs_;
  transfer::Manifests manifests_;
  ProbeTraces traces_;
  ProbeReport report_;
};

}  // namespace

ProbeReport Probe(const Context& context, Host& host, const ProbeRequest& request) {
  ProbeReport report = Prober(host, request).Run(context);
  report.status = Annotate(report.status, absl::StrCat("probing ", host.domain(), "/", request.repository));
  return report;
}

}  // namespace waybill::oci::registry::probe
