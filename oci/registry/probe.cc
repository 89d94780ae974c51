// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/probe.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "oci/error.h"
#include "oci/http/url.h"
#include "oci/io/string.h"
#include "oci/manifest.h"
#include "oci/media_types.h"
#include "oci/registry/blobs.h"
#include "oci/registry/manifests.h"
#include "oci/registry/referrers.h"
#include "oci/registry/reply_error.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry {
namespace {

bool IsStored(const Answer& answer) { return answer.reply.status >= 200 && answer.reply.status < 300; }

class Prober {
 public:
  Prober(Host& host, const std::string& repository, const std::string& seed)
      : host_(host),
        repository_(repository),
        seed_(seed),
        tags_({absl::StrCat("waybill-probe-", seed, "-a"), absl::StrCat("waybill-probe-", seed, "-b")}),
        blobs_(host, repository, traffic_),
        manifests_(host, repository, traffic_) {}

  absl::StatusOr<ProbeReport> Run(const Context& context) {
    const absl::Status status = Ask(context);
    // What a cancelled probe leaves behind, its tags name.
    CleanUp(context);
    ABSL_RETURN_IF_ERROR(status);
    return std::move(report_);
  }

 private:
  absl::Status Ask(const Context& context) {
    ABSL_RETURN_IF_ERROR(AskSinglePost(context));
    ABSL_RETURN_IF_ERROR(AskMounts(context));
    ABSL_ASSIGN_OR_RETURN(const Descriptor image, PutImage(context));
    ABSL_RETURN_IF_ERROR(AskAttestation(context, "attestation-manifest", "oci-subject", image));
    ABSL_RETURN_IF_ERROR(AskAttestation(context, "missing-subject", "", Absent(image)));
    ABSL_RETURN_IF_ERROR(AskReferrers(context, image));
    return AskImmutable(context);
  }

  void Find(absl::string_view name, bool yes, std::string detail) {
    report_.findings.push_back({std::string(name), yes, yes ? "" : std::move(detail)});
  }
  void Find(absl::string_view name, const Answer& answer, absl::string_view method) {
    Find(name, IsStored(answer), std::string(ReplyError(method, answer.reply, 1).message()));
  }

  Call Upload(absl::string_view query) const {
    return {.method = "POST",
            .target = absl::StrCat("/v2/", repository_, "/blobs/uploads/", query),
            .access = {.repository = repository_, .push = true},
            .traffic = nullptr};
  }

  // Pushes a document as a blob, whatever way the registry takes it.
  absl::StatusOr<Descriptor> PutBlob(const Context& context, absl::string_view media_type, std::string bytes) {
    Descriptor blob{
        .media_type = std::string(media_type), .digest = Digest::Of(bytes), .size = static_cast<int64_t>(bytes.size())};
    const io::StringSource source(std::move(bytes));
    ABSL_RETURN_IF_ERROR(blobs_.Upload(context, blob, source, std::nullopt));
    pushed_blobs_.insert(blob.digest);
    return blob;
  }

  absl::Status AskSinglePost(const Context& context) {
    const std::string bytes = absl::StrCat("waybill probe ", seed_, "\n");
    const io::StringSource source(bytes);
    Call call = Upload(absl::StrCat("?digest=", http::PercentEncode(Digest::Of(bytes).ToString())));
    call.headers.Add("Content-Type", "application/octet-stream");
    call.body = &source;
    ABSL_ASSIGN_OR_RETURN(const Answer answer, host_.Send(context, call));
    const bool done = answer.reply.status == 201;
    Find("single-post", done, absl::StrCat("answered ", answer.reply.status));
    ABSL_RETURN_IF_ERROR(Cancel(context, answer));
    if (done) {
      pushed_blobs_.insert(Digest::Of(bytes));
    } else {
      host_.single_post.store(Learned::kNo);
      ABSL_RETURN_IF_ERROR(PutBlob(context, kOciLayer, bytes).status());
    }
    return absl::OkStatus();
  }

  absl::Status AskMounts(const Context& context) {
    const std::string digest = http::PercentEncode(pushed_blobs_.begin()->ToString());
    const std::pair<const char*, std::string> kForms[] = {
        {"mount", absl::StrCat("?mount=", digest, "&from=", http::PercentEncode(repository_))},
        {"mount-without-from", absl::StrCat("?mount=", digest)}};
    for (const auto& [name, query] : kForms) {
      ABSL_ASSIGN_OR_RETURN(const Answer answer, host_.Send(context, Upload(query)));
      Find(name, answer.reply.status == 201, absl::StrCat("answered ", answer.reply.status));
      ABSL_RETURN_IF_ERROR(Cancel(context, answer));
    }
    return absl::OkStatus();
  }

  // Ends an upload session that was opened in passing. What the registry answers does not matter.
  absl::Status Cancel(const Context& context, const Answer& answer) {
    const auto location = answer.reply.headers.Find("Location");
    if (answer.reply.status != 202 || !location.has_value()) return absl::OkStatus();
    ABSL_ASSIGN_OR_RETURN(const http::Url at, http::Url::Parse(answer.reply.url));
    ABSL_ASSIGN_OR_RETURN(const http::Url session, http::ResolveLocation(at, *location));
    Call call = Upload("");
    call.method = "DELETE";
    call.target = session.ToString();
    return host_.Send(context, call).status();
  }

  absl::StatusOr<Answer> PutManifest(const Context& context, const std::string& reference, const std::string& bytes,
                                     std::vector<std::string> tags) {
    ABSL_ASSIGN_OR_RETURN(
        Answer answer,
        manifests_.Put(context, reference,
                       {.media_type = std::string(kOciManifest), .bytes = bytes, .tags = std::move(tags)}));
    if (IsStored(answer)) pushed_manifests_.insert(Digest::Of(bytes).ToString());
    return answer;
  }

  absl::StatusOr<std::string> ImageBytes(const Context& context, absl::string_view variant) {
    ABSL_ASSIGN_OR_RETURN(
        const Descriptor config,
        PutBlob(
            context, kOciConfig,
            absl::StrCat(R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]},"author":")",
                         seed_, variant, "\"}")));
    return ToIndentedJson(Manifest{.media_type = std::string(kOciManifest), .config = config});
  }

  static Descriptor Describe(const std::string& bytes) {
    return {.media_type = std::string(kOciManifest),
            .digest = Digest::Of(bytes),
            .size = static_cast<int64_t>(bytes.size())};
  }

  absl::StatusOr<Descriptor> PutImage(const Context& context) {
    ABSL_ASSIGN_OR_RETURN(const std::string bytes, ImageBytes(context, "a"));
    const Descriptor image = Describe(bytes);
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

  Descriptor Absent(const Descriptor& image) const {
    Descriptor absent = image;
    absent.digest = Digest::Of(absl::StrCat("absent ", seed_));
    return absent;
  }

  absl::Status AskAttestation(const Context& context, absl::string_view name, absl::string_view header_name,
                              const Descriptor& subject) {
    ABSL_ASSIGN_OR_RETURN(const Descriptor empty, PutBlob(context, kOciEmpty, std::string(kEmptyJson)));
    ABSL_ASSIGN_OR_RETURN(const Descriptor statement,
                          PutBlob(context, kInToto, absl::StrCat("{\"probe\":\"", seed_, name, "\"}")));
    const std::string bytes = ToIndentedJson(Manifest{.media_type = std::string(kOciManifest),
                                                      .artifact_type = std::string(kAttestationManifest),
                                                      .config = empty,
                                                      .layers = {statement},
                                                      .subject = subject});
    ABSL_ASSIGN_OR_RETURN(const Answer answer, PutManifest(context, Digest::Of(bytes).ToString(), bytes, {}));
    Find(name, answer, "PUT");
    if (header_name.empty()) return absl::OkStatus();
    Find(header_name, answer.reply.headers.Find("OCI-Subject") == subject.digest.ToString(), "not in the answer");
    return absl::OkStatus();
  }

  absl::Status AskReferrers(const Context& context, const Descriptor& image) {
    Referrers referrers(host_, repository_, traffic_);
    ABSL_ASSIGN_OR_RETURN(const bool api, referrers.HasApi(context, image.digest));
    Find("referrers-api", api, "referrers are listed by the fallback tag alone");
    return absl::OkStatus();
  }

  absl::Status AskImmutable(const Context& context) {
    ABSL_ASSIGN_OR_RETURN(const std::string bytes, ImageBytes(context, "b"));
    ABSL_ASSIGN_OR_RETURN(const Answer answer, PutManifest(context, tags_[0], bytes, {}));
    Find("mutable-tags", answer, "PUT");
    return absl::OkStatus();
  }

  void CleanUp(const Context& context) {
    for (const std::string& digest : pushed_manifests_) Delete(context, digest, absl::StrCat("manifest ", digest));
    // Most registries drop the tags of a deleted manifest.
    for (const std::string& tag : tags_) Delete(context, tag, absl::StrCat("tag ", tag));
    for (const Digest& digest : pushed_blobs_) {
      Call call{.method = "DELETE",
                .target = absl::StrCat("/v2/", repository_, "/blobs/", digest.ToString()),
                .access = {.repository = repository_, .push = true, .more_scopes = {DeleteScope()}}};
      const auto answer = host_.Send(context, call);
      if (!answer.ok() || (answer->reply.status >= 300 && answer->reply.status != 404)) {
        report_.left.push_back(absl::StrCat("blob ", digest.ToString()));
      }
    }
  }

  std::string DeleteScope() const { return absl::StrCat("repository:", repository_, ":delete"); }

  // Left only if it still answers afterwards.
  void Delete(const Context& context, const std::string& reference, std::string what) {
    const auto gone = manifests_.Delete(context, reference);
    if (gone.ok() && *gone) return;
    const auto there = manifests_.Head(context, reference);
    if (!there.ok() || there->has_value()) report_.left.push_back(std::move(what));
  }

  Host& host_;
  const std::string repository_;
  const std::string seed_;
  const std::vector<std::string> tags_;
  Traffic traffic_;
  Blobs blobs_;
  Manifests manifests_;
  ProbeReport report_;
  std::set<Digest> pushed_blobs_;
  std::set<std::string> pushed_manifests_;
};

}  // namespace

absl::StatusOr<ProbeReport> Probe(const Context& context, Host& host, const std::string& repository,
                                  const std::string& seed) {
  absl::StatusOr<ProbeReport> report = Prober(host, repository, seed).Run(context);
  if (!report.ok()) return Annotate(report.status(), absl::StrCat("probing ", host.domain(), "/", repository));
  return report;
}

}  // namespace waybill::oci::registry
