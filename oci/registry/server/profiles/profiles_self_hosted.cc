// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/server/profiles/profile_base.h"
#include "oci/registry/server/profiles/profiles.h"

namespace waybill::oci::registry::server::profiles {
namespace {

Profile Distribution() {
  Profile profile = {.name = "distribution", .title = "distribution v3", .behavior = LeastCapable()};
  profile.behavior.manifests.accept_needs_oci_type = true;
  profile.facts = {
      {"no referrers API, no OCI-Subject", "distribution/distribution#4483, #4828 (open)"},
      {"POST ?digest= reads nothing and answers 202", "distribution registry/handlers/blobupload.go; #1170, #3230"},
      {"mount with from works, a mount without from opens a session", "distribution registry/handlers/blobupload.go"},
      {"an OCI manifest is 404 when Accept has no OCI type", "distribution registry/handlers/manifests.go"},
      {"an index is refused without its manifests, and a manifest without its blobs",
       "distribution docs/content/about/configuration.md"},
      {"If-Match on a manifest PUT is ignored", "distribution registry/handlers/manifests.go"},
  };
  return profile;
}

Profile DistributionV2() {
  Profile profile = Distribution();
  profile.name = "distribution-v2";
  profile.title = "distribution v2.8.3 (registry:2)";
  profile.behavior.uploads.reset_ends_session = true;
  profile.facts.push_back({"an upload that broke off cannot be resumed: asking for its state cancels it",
                           "distribution registry/handlers/blobupload.go at v2.8.3"});
  return profile;
}

Profile Olareg() {
  Profile profile = {.name = "olareg", .title = "olareg 0.1", .behavior = {}};
  profile.behavior.uploads.anonymous_mount = behavior::AnonymousMount::kSameRepository;
  profile.behavior.manifests.tag_parameter = false;
  profile.behavior.manifests.can_delete = false;
  profile.facts = {
      {"referrers API with pages, OCI-Subject", "olareg referrer.go, manifest.go"},
      {"POST ?digest= works", "olareg blob.go"},
      {"mount without from answers 201 only if this repository has the blob", "olareg blob.go"},
      {"no ?tag= up to 0.1.2", "waybill registry probe"},
      {"deleting is off unless asked for", "olareg serve --help (--api-delete, --api-blob-delete)"},
  };
  profile.not_known = "the size of a page";
  return profile;
}

Profile Zot() {
  Profile profile = {.name = "zot", .title = "zot", .behavior = {}};
  profile.behavior.referrers.unknown_repository_is_404 = true;
  profile.behavior.manifests.refuse_docker_types = true;
  profile.behavior.uploads.single_post = behavior::SinglePost::kNeedsOctetStream;
  profile.facts = {
      {"referrers API and OCI-Subject; an unknown repository is 404", "zot pkg/api/routes.go"},
      {"Docker media types are refused with 415", "project-zot/zot#534, #596, #622, #1385, #3104"},
      {"POST ?digest= works, 415 without octet-stream", "zot pkg/api/routes.go"},
      {"mount without from finds the blob in any repository", "zot pkg/api/routes.go (global dedupe cache)"},
      {"?tag= works, Location is relative, manifests up to 4 MiB", "zot pkg/api/routes.go"},
  };
  return profile;
}

Profile Harbor() {
  Profile profile = {.name = "harbor", .title = "Harbor 2.11 and later", .behavior = LeastCapable()};
  profile.behavior.referrers.api = behavior::ReferrersApi::kOn;
  profile.behavior.referrers.subject_header = behavior::SubjectHeader::kSent;
  profile.behavior.uploads.mount = behavior::Mount::kUnauthorizedWhenAbsent;
  profile.facts = {
      {"referrers API", "goharbor/harbor#17928; usable from 2.11: awslabs/soci-snapshotter docs/registry.md"},
      {"OCI-Subject", "goharbor/harbor#18885"},
      {"mount from a project that is missing or forbidden: 401", "goharbor/harbor#17097"},
      {"replicas report MANIFEST_BLOB_UNKNOWN for blobs that are there (the profile does so for each 7th manifest)",
       "goharbor/harbor#22417, #22683"},
      {"500 under concurrent pushes (the profile does so for each 11th blob)", "goharbor/harbor#15048, #19389, #19902"},
  };
  profile.behavior.faults = {{.kind = behavior::FaultKind::kStatus,
                              .where = wire::RequestClass::kManifestPut,
                              .every = 7,
                              .status = 404,
                              .code = "MANIFEST_BLOB_UNKNOWN"},
                             {.kind = behavior::FaultKind::kStatus,
                              .where = wire::RequestClass::kUploadPut,
                              .every = 11,
                              .status = 500,
                              .code = "UNKNOWN"}};
  profile.not_known = "single POST, ?tag=";
  return profile;
}

Profile HarborOld() {
  Profile profile = Harbor();
  profile.name = "harbor-old";
  profile.title = "Harbor 2.8";
  profile.behavior.referrers.subject_header = behavior::SubjectHeader::kOmitted;
  profile.facts[1] = {"referrers API without OCI-Subject", "goharbor/harbor#18865"};
  return profile;
}

Profile HarborImmutable() {
  Profile profile = Harbor();
  profile.name = "harbor-immutable";
  profile.title = "Harbor with immutable tags";
  profile.behavior.manifests.immutable_tags = behavior::ImmutableTags::kAlwaysRefused;
  profile.behavior.manifests.immutable_status = 412;
  profile.behavior.manifests.immutable_code = "PRECONDITION";
  profile.facts.push_back({"a tag that exists cannot be written: 412", "goharbor/harbor#9427"});
  return profile;
}

Profile Quay() {
  Profile profile = {.name = "quay", .title = "Quay 3.12 and later", .behavior = LeastCapable()};
  profile.behavior.referrers.api = behavior::ReferrersApi::kOn;
  profile.behavior.uploads.anonymous_mount = behavior::AnonymousMount::kRefused;
  profile.facts = {
      {"referrers API", "quay/quay#2597, #2659, #3047"},
      {"no OCI-Subject", "opencontainers/distribution-spec#563"},
      {"mount works with from, fails without", "google/go-containerregistry pkg/v1/remote/write.go"},
  };
  profile.not_known = "single POST, ?tag=, the status of a failing mount (the profile uses 400)";
  return profile;
}

Profile QuayOld() {
  Profile profile = Quay();
  profile.name = "quay-old";
  profile.title = "Quay before 3.12, with its list of config types";
  profile.behavior.referrers.api = behavior::ReferrersApi::kNotFound;
  profile.behavior.manifests.allowed_config_types = {"application/vnd.oci.image.config.v1+json",
                                                     "application/vnd.docker.container.image.v1+json",
                                                     "application/vnd.cncf.helm.config.v1+json"};
  profile.facts[0] = {"no referrers API", "quay/quay#2597 added it"};
  profile.facts.push_back({"config types outside of a list are refused with 400 or 415",
                           "oras-project/oras#738, deckhouse/deckhouse#10672"});
  profile.not_known = "single POST, ?tag=, the whole list of config types";
  return profile;
}

Profile GitLab() {
  Profile profile = {.name = "gitlab", .title = "GitLab container registry", .behavior = LeastCapable()};
  profile.behavior.referrers.require_subject = true;
  profile.behavior.manifests.digest_tags = true;
  profile.behavior.manifests.accept_needs_oci_type = true;
  profile.facts = {
      {"no referrers API, no OCI-Subject", "oras-project/oras-go#1396"},
      {"a subject that is not there is refused with MANIFEST_BLOB_UNKNOWN (18.11 to 19.2)", "moby/buildkit#7007"},
      {"the tag sha256-<hex> means the manifest with that digest", "oras-project/oras-go#1396"},
      {"an OCI manifest is 404 when Accept has no OCI type", "distribution registry/handlers/manifests.go (ancestor)"},
      {"tokens live for five minutes", "moby/moby#33558"},
      {"config types outside of a list are refused", "moby/buildkit#3610"},
      {"the empty config is in that list; an artifact with it is refused because of its subject", "moby/buildkit#7007"},
  };
  profile.behavior.manifests.allowed_config_types = {
      "application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json",
      "application/vnd.oci.empty.v1+json", "application/vnd.cncf.helm.config.v1+json"};
  profile.not_known =
      "single POST, ?tag=, the whole list of config types; the dependency proxy is not in the profile; its "
      "404 is a web page";
  return profile;
}

Profile Artifactory() {
  Profile profile = {.name = "artifactory", .title = "JFrog Artifactory 7.117", .behavior = LeastCapable()};
  profile.behavior.referrers.api = behavior::ReferrersApi::kOn;
  profile.behavior.absent_head_status = 403;
  profile.behavior.uploads.mount = behavior::Mount::kSessionOnly;
  profile.behavior.uploads.single_post = behavior::SinglePost::kDone;
  profile.behavior.auth.post = false;
  profile.facts = {
      {"referrers API", "oras-project/oras#2047"},
      {"HEAD of something absent: 403", "JFrog RTFACT-13797; google/go-containerregistry pkg/v1/remote/pusher.go"},
      {"mount is answered with a session", "bazel-contrib/rules_img docs/registry-support.md"},
      {"POST ?digest= works", "oras-project/rust-oci-client#205"},
  };
  profile.not_known = "OCI-Subject, ?tag=, whether the token endpoint takes POST (the profile does not)";
  return profile;
}

Profile Nexus() {
  Profile profile = {.name = "nexus", .title = "Sonatype Nexus", .behavior = LeastCapable()};
  profile.not_known =
      "everything beyond plain pushes: no report was found, and the profile is the least capable registry";
  return profile;
}

Profile Gitea() {
  Profile profile = Nexus();
  profile.name = "gitea";
  profile.title = "Gitea, Forgejo";
  return profile;
}

// What stands between a client and a registry, all of it at once.
Profile Proxied() {
  Profile profile = {
      .name = "proxied", .title = "a registry behind a proxy with wrong settings", .behavior = LeastCapable()};
  profile.behavior.uploads.locations = behavior::Locations::kInnerName;
  profile.behavior.blob_head_status = 405;
  profile.behavior.manifest_head_status = 405;
  profile.behavior.manifests.served_type = "text/html";
  profile.behavior.referrers.api = behavior::ReferrersApi::kOn;
  profile.behavior.referrers.types = behavior::ListedTypes::kOmitted;
  profile.facts = {
      {"Location names the registry as the proxy calls it",
       "distribution/distribution#479, #996, Joxit/docker-registry-ui#113"},
      {"HEAD is refused where a rule or a signed URL allows GET alone", "buildbuddy-io/buildbuddy#12566"},
      {"documents come with the type that a file server gives them",
       "google/go-containerregistry pkg/v1/remote (the mediaType of the body decides)"},
      {"listings of referrers leave artifactType out", "opencontainers/distribution-spec spec.md (it is a MUST)"},
  };
  profile.not_known = "each of these was found alone; for the rest the profile is the least capable registry";
  return profile;
}

// Registries that are none: a captive portal, a login page, a wrong port.
Profile WebPage() {
  Profile profile = {.name = "web-page", .title = "a web page, and no registry", .behavior = LeastCapable()};
  profile.behavior.web_page = true;
  profile.facts = {{"every request is answered 200 with a page", "RFC 8952 (captive portals), section 1"}};
  return profile;
}

}  // namespace

std::vector<Profile> SelfHostedProfiles() {
  return {Distribution(), DistributionV2(), Zot(),         Olareg(), Harbor(), HarborOld(), HarborImmutable(), Quay(),
          QuayOld(),      GitLab(),         Artifactory(), Nexus(),  Gitea(),  Proxied(),   WebPage()};
}

}  // namespace waybill::oci::registry::server::profiles
