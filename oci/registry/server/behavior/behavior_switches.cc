// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/server/behavior/behavior_switches.h"

#include "oci/image/media_types.h"

namespace waybill::oci::registry::server::behavior {
namespace {

constexpr BehaviorSwitch kSwitches[] = {
    // Referrers.
    {"no-api", "no referrers API (404), no OCI-Subject",
     [](Behavior& b) {
       b.referrers.api = ReferrersApi::kNotFound;
       b.referrers.subject_header = SubjectHeader::kOmitted;
     }},
    {"api-without-header", "the referrers API without OCI-Subject",
     [](Behavior& b) { b.referrers.subject_header = SubjectHeader::kOmitted; }},
    {"header-without-api", "OCI-Subject without the referrers API",
     [](Behavior& b) { b.referrers.api = ReferrersApi::kNotFound; }},
    {"other-subject-header", "OCI-Subject names another manifest",
     [](Behavior& b) { b.referrers.subject_header = SubjectHeader::kOtherDigest; }},
    {"referrers-405", "the referrers endpoint answers 405, no OCI-Subject",
     [](Behavior& b) {
       b.referrers.api = ReferrersApi::kMethodNotAllowed;
       b.referrers.subject_header = SubjectHeader::kOmitted;
     }},
    {"referrers-html", "the referrers endpoint is a web page, no OCI-Subject",
     [](Behavior& b) {
       b.referrers.api = ReferrersApi::kHtml;
       b.referrers.subject_header = SubjectHeader::kOmitted;
     }},
    {"referrers-redirect", "the referrers endpoint leads to a web page, no OCI-Subject",
     [](Behavior& b) {
       b.referrers.api = ReferrersApi::kRedirect;
       b.referrers.subject_header = SubjectHeader::kOmitted;
     }},
    {"asynchronous-referrers", "a listing shows a new referrer after 5 s",
     [](Behavior& b) { b.referrers.delay = absl::Seconds(5); }},
    {"referrers-pages", "listings have one referrer per page", [](Behavior& b) { b.referrers.page = 1; }},
    {"referrers-unfiltered", "?artifactType= is ignored", [](Behavior& b) { b.referrers.filter = false; }},
    {"untyped-referrers", "listings of referrers leave out artifactType",
     [](Behavior& b) { b.referrers.types = ListedTypes::kOmitted; }},
    {"wrong-referrer-types", "listings of referrers give the config's type as artifactType",
     [](Behavior& b) { b.referrers.types = ListedTypes::kOfConfig; }},
    {"missing-subject-refusal", "a manifest is refused with MANIFEST_BLOB_UNKNOWN if its subject is missing",
     [](Behavior& b) { b.referrers.require_subject = true; }},
    // Manifests and tags.
    {"immutable-tags", "a tag cannot be moved to another digest",
     [](Behavior& b) { b.manifests.immutable_tags = ImmutableTags::kSameDigestAllowed; }},
    {"write-once-tags", "a tag cannot be written again, even with the same digest",
     [](Behavior& b) { b.manifests.immutable_tags = ImmutableTags::kAlwaysRefused; }},
    {"digest-tags", "the tag sha256-<hex> names the manifest with that digest",
     [](Behavior& b) { b.manifests.digest_tags = true; }},
    {"no-tag-parameter", "?tag= is ignored", [](Behavior& b) { b.manifests.tag_parameter = false; }},
    {"conditional-put", "If-Match and If-None-Match are applied",
     [](Behavior& b) { b.manifests.conditional_put = true; }},
    {"no-docker-types", "Docker media types are refused (415)",
     [](Behavior& b) { b.manifests.refuse_docker_types = true; }},
    {"no-empty-config", "manifests with the empty config are refused",
     [](Behavior& b) { b.manifests.refuse_empty_config = true; }},
    {"image-configs-only", "manifests with other config types than those of images are refused",
     [](Behavior& b) {
       b.manifests.allowed_config_types = {std::string(image::kOciConfig), std::string(image::kDockerConfig)};
     }},
    {"no-artifact-type", "manifests with artifactType are refused",
     [](Behavior& b) { b.manifests.refuse_artifact_type = true; }},
    {"no-subject", "manifests with subject are refused", [](Behavior& b) { b.manifests.refuse_subject = true; }},
    {"no-descriptor-data", "descriptors with data are refused",
     [](Behavior& b) { b.manifests.refuse_descriptor_data = true; }},
    {"accept-needs-oci", "an OCI manifest is 404 if Accept lists no OCI type",
     [](Behavior& b) { b.manifests.accept_needs_oci_type = true; }},
    {"no-delete", "DELETE is refused with 405", [](Behavior& b) { b.manifests.can_delete = false; }},
    {"absent-is-403", "HEAD of a missing blob or manifest is 403", [](Behavior& b) { b.absent_head_status = 403; }},
    {"no-manifest-head", "HEAD of a manifest is 405", [](Behavior& b) { b.manifest_head_status = 405; }},
    {"odd-manifest-types", "manifests have the type text/html and no Docker-Content-Digest",
     [](Behavior& b) { b.manifests.served_type = "text/html"; }},
    {"immutable-tags-412", "a tag cannot be written again, which is answered with 412",
     [](Behavior& b) {
       b.manifests.immutable_tags = ImmutableTags::kAlwaysRefused;
       b.manifests.immutable_status = 412;
       b.manifests.immutable_code = "PRECONDITION";
     }},
    // Blobs and uploads.
    {"no-blob-head", "HEAD of a blob is 405", [](Behavior& b) { b.blob_head_status = 405; }},
    {"blob-head-401", "HEAD of a blob is 401, with and without credentials",
     [](Behavior& b) { b.blob_head_status = 401; }},
    {"inner-names", "Location and Link name a host that cannot be reached",
     [](Behavior& b) { b.uploads.locations = Locations::kInnerName; }},
    {"locations-with-space", "Location has a space in it",
     [](Behavior& b) { b.uploads.locations = Locations::kWithSpace; }},
    {"no-single-post", "POST ?digest= opens a session and ignores the body",
     [](Behavior& b) { b.uploads.single_post = SinglePost::kSessionOnly; }},
    {"single-post-needs-type", "POST ?digest= without application/octet-stream is 415",
     [](Behavior& b) { b.uploads.single_post = SinglePost::kNeedsOctetStream; }},
    {"no-mount", "a mount opens an upload session instead",
     [](Behavior& b) {
       b.uploads.mount = Mount::kSessionOnly;
       b.uploads.anonymous_mount = AnonymousMount::kSessionOnly;
     }},
    {"mount-401", "mounts are answered with 401", [](Behavior& b) { b.uploads.mount = Mount::kUnauthorized; }},
    {"mount-403", "mounts are answered with 403", [](Behavior& b) { b.uploads.mount = Mount::kForbidden; }},
    {"no-chunks", "uploads in chunks are refused with 405", [](Behavior& b) { b.uploads.chunked = Chunked::kRefused; }},
    {"loses-chunks", "the second chunk is answered with 201 and lost",
     [](Behavior& b) { b.uploads.chunked = Chunked::kLosesLater; }},
    {"reset-ends-session", "an upload cannot be continued after its connection broke",
     [](Behavior& b) { b.uploads.reset_ends_session = true; }},
    {"small-bodies", "request bodies above 1 MiB are refused with 413, as by a proxy",
     [](Behavior& b) { b.uploads.body_limit = 1 << 20; }},
    {"absolute-locations", "Location is an absolute URL",
     [](Behavior& b) { b.uploads.locations = Locations::kAbsolute; }},
    {"other-port-locations", "Location leads to another port",
     [](Behavior& b) { b.uploads.locations = Locations::kOtherPort; }},
    {"redirected-blobs", "GET of a blob leads to another port", [](Behavior& b) { b.uploads.redirect_blobs = true; }},
    {"no-new-repositories", "a push needs an existing repository (--repository)",
     [](Behavior& b) { b.uploads.create_repositories = false; }},
    // The whole.
    {"expired-is-403", "a wrong password is answered with 403, as ECR answers an expired one (with --auth)",
     [](Behavior& b) { b.auth.wrong_password_status = 403; }},
    {"web-page", "not a registry: every request is answered with 200 and a web page",
     [](Behavior& b) { b.web_page = true; }},
};

}  // namespace

absl::Span<const BehaviorSwitch> BehaviorSwitches() { return kSwitches; }

const BehaviorSwitch* BehaviorSwitchNamed(absl::string_view name) {
  for (const BehaviorSwitch& known : kSwitches) {
    if (known.name == name) return &known;
  }
  return nullptr;
}

}  // namespace waybill::oci::registry::server::behavior
