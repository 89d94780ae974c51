// SPDX-License-Identifier: Apache-2.0
#include "absl/strings/str_cat.h"
#include "oci/registry/server/profiles/profile_base.h"
#include "oci/registry/server/profiles/profiles.h"

namespace waybill::oci::registry::server::profiles {
namespace {

Profile DockerHub() {
  Profile profile = {.name = "docker-hub", .title = "Docker Hub", .behavior = LeastCapable()};
  profile.behavior.referrers.api = behavior::ReferrersApi::kOn;
  profile.behavior.referrers.subject_header = behavior::SubjectHeader::kSent;
  profile.behavior.referrers.delay = absl::Seconds(5);
  profile.facts = {
      {"referrers API since autumn 2025, OCI-Subject", "awslabs/soci-snapshotter#1828, sigstore/cosign#4641"},
      {"listings lag behind by some seconds (the profile uses 5)", "MorganKryze/cairn#66"},
      {"mount works from repositories that may be read", "google/go-containerregistry#1679, #1681, #1741"},
      {"the limit of requests answers 429 in plain text with Retry-After: 60 (the profile does so once, after 100 "
       "requests)",
       "docker/hub-feedback#1907, #1850, #2511"},
  };
  profile.behavior.faults = {{.kind = behavior::FaultKind::kStatus,
                              .skip = 100,
                              .times = 1,
                              .status = 429,
                              .retry_after = "60",
                              .text = "You have reached your rate limit."}};
  profile.not_known = "single POST, ?tag=, the number of requests before the limit";
  return profile;
}

Profile Ghcr() {
  Profile profile = {.name = "ghcr", .title = "GitHub Container Registry", .behavior = LeastCapable()};
  profile.behavior.uploads.chunk_limit = 4 << 20;
  profile.behavior.auth.strict_scope = false;
  profile.behavior.auth.refuse_instead_of_less = true;
  profile.facts = {
      {"no referrers API, no OCI-Subject", "NVIDIA/aicr#1957"},
      {"a PATCH with Content-Range may have 4 MiB", "wasmCloud/wash-archive#268, oras-project/rust-oci-client#35"},
      {"scopes are not checked strictly", "AllexVeldman/pyoci#75"},
      {"the token endpoint answers 403 instead of granting less", "cloudflare/serverless-registry#148"},
      {"the limit of requests answers 403 (the profile does so once, after 100 requests)",
       "markrussinovich/refchecker#67"},
  };
  profile.behavior.faults = {{.kind = behavior::FaultKind::kStatus,
                              .skip = 100,
                              .times = 1,
                              .status = 403,
                              .text = "You have exceeded a secondary rate limit."}};
  profile.not_known =
      "single POST, ?tag=, the number of requests before the limit; the referrers endpoint was also seen redirecting "
      "to the web site (--fault referrers-redirect)";
  return profile;
}

Profile Ecr() {
  Profile profile = {.name = "ecr", .title = "Amazon ECR", .behavior = LeastCapable()};
  profile.behavior.referrers.api = behavior::ReferrersApi::kOn;
  profile.behavior.referrers.subject_header = behavior::SubjectHeader::kSent;
  profile.behavior.referrers.page = 50;
  profile.behavior.uploads.mount = behavior::Mount::kSessionOnly;
  profile.behavior.uploads.chunked = behavior::Chunked::kLosesLater;
  profile.behavior.uploads.create_repositories = false;
  profile.facts = {
      {"referrers API and OCI-Subject since June 2024", "AWS what's new, 27 June 2024"},
      {"pages of at most 50 referrers", "AWS ECR documentation"},
      {"mounts are opt-in", "aws/containers-roadmap#2860"},
      {"a second PATCH is answered 201 and lost", "aws/containers-roadmap#2831, cirruslabs/tart#159, #273"},
      {"repositories have to exist", "AWS ECR documentation"},
      {"about ten manifests a second are accepted, then the answer is 429 (the profile does so for each tenth "
       "manifest)",
       "containerd/containerd#10447"},
  };
  profile.behavior.faults = {{.kind = behavior::FaultKind::kStatus,
                              .where = wire::RequestClass::kManifestPut,
                              .every = 10,
                              .status = 429,
                              .code = "TOOMANYREQUESTS"}};
  profile.not_known =
      "single POST, ?tag=; manifests with subject were also reported refused with 405 "
      "(moby/buildkit#5747, aws/containers-roadmap#2783) and taken (moby/buildkit#6914)";
  return profile;
}

Profile EcrImmutable() {
  Profile profile = Ecr();
  profile.name = "ecr-immutable";
  profile.title = "Amazon ECR with immutable tags";
  profile.behavior.manifests.immutable_tags = behavior::ImmutableTags::kAlwaysRefused;
  profile.behavior.manifests.immutable_code = "ImageTagAlreadyExistsException";
  profile.facts.push_back({"a tag cannot be pushed again, not even with the same digest: 400",
                           "moby/buildkit#3776, docker/buildx#663, aws/containers-roadmap#2179"});
  return profile;
}

Profile EcrPublic() {
  Profile profile = Ecr();
  profile.name = "ecr-public";
  profile.title = "Amazon ECR Public";
  profile.behavior.manifests.refuse_descriptor_data = true;
  profile.behavior.manifests.refusal_status = 405;
  profile.facts[2] = {"mounts fail", "aws/containers-roadmap#1459"};
  profile.behavior.blob_head_status = 401;
  profile.facts.push_back({"descriptors with data are refused", "aws/containers-roadmap#2023"});
  profile.facts.push_back({"HEAD of a blob is 401, with and without credentials",
                           "buildbuddy-io/buildbuddy#12566, distribution/distribution#4383"});
  profile.not_known =
      "single POST, ?tag=, the status of that refusal (the profile uses 405), how a mount fails (the profile uses 202)";
  return profile;
}

Profile Gar() {
  Profile profile = {.name = "gar", .title = "Google Artifact Registry", .behavior = LeastCapable()};
  profile.behavior.referrers.api = behavior::ReferrersApi::kOn;
  profile.behavior.uploads.anonymous_mount = behavior::AnonymousMount::kSameRepository;
  profile.behavior.uploads.chunked = behavior::Chunked::kRefused;
  profile.facts = {
      {"referrers API", "bazel-contrib/rules_img docs/registry-support.md"},
      {"mount works, also across registries", "google/go-containerregistry#1321"},
      {"mount without from tells whether the blob is there", "google/go-containerregistry pkg/v1/remote/write.go"},
      {"no chunks", "containers/skopeo#1101, dotnet/sdk-container-builds#287"},
  };
  profile.not_known =
      "OCI-Subject, single POST, ?tag=, the status of a refused chunk (the profile uses 405), when it writes tags "
      "sha256-<hex> "
      "by itself (notaryproject/notation#1222)";
  return profile;
}

Profile GarImmutable() {
  Profile profile = Gar();
  profile.name = "gar-immutable";
  profile.title = "Google Artifact Registry with immutable tags";
  profile.behavior.manifests.immutable_tags = behavior::ImmutableTags::kSameDigestAllowed;
  profile.facts.push_back({"a tag cannot be moved, fallback tags included", "actions/attest-build-provenance#80"});
  absl::StrAppend(&profile.not_known, ", the form of the refusal (the profile uses 400 TAG_INVALID)");
  return profile;
}

Profile Acr() {
  Profile profile = {.name = "acr", .title = "Azure Container Registry", .behavior = LeastCapable()};
  profile.behavior.referrers.api = behavior::ReferrersApi::kOn;
  profile.behavior.referrers.subject_header = behavior::SubjectHeader::kSent;
  profile.facts = {
      {"referrers API and OCI-Subject", "awslabs/soci-snapshotter docs/registry.md"},
      {"Content-Range is checked", "Azure/azure-sdk-for-js#25448, dotnet/sdk-container-builds#412"},
      {"scopes are checked strictly", "AllexVeldman/pyoci#75"},
      {"after a reset the upload session is gone", "Azure/azure-sdk-for-js#25448, dotnet/sdk-container-builds#412"},
  };
  profile.behavior.uploads.reset_ends_session = true;
  profile.not_known =
      "mount, single POST, ?tag=; 413 for a PUT of more than 20 MB was reported once (goharbor/harbor#23016)";
  return profile;
}

Profile Docr() {
  Profile profile = {.name = "docr", .title = "DigitalOcean Container Registry", .behavior = LeastCapable()};
  profile.behavior.uploads.body_limit = 100'000'000;
  profile.facts = {{"413 for a large body in one PUT", "docker/buildx#1179"}};
  profile.not_known = "referrers API, mount, single POST, ?tag=, the limit of a body (the profile uses 100 MB)";
  return profile;
}

Profile Cloudflare() {
  Profile profile = {.name = "cloudflare", .title = "a registry behind Cloudflare", .behavior = LeastCapable()};
  profile.behavior.uploads.body_limit = 100'000'000;
  profile.facts = {{"request bodies of more than 100 MB are refused with 413",
                    "cloudflare/serverless-registry#42, #67; replicatedhq/ttl.sh#104; chainguard-dev/melange#964"}};
  profile.not_known = "the registry behind it: the profile uses the least capable one";
  return profile;
}

Profile Aliyun() {
  Profile profile = {.name = "aliyun", .title = "Alibaba Cloud ACR, personal edition", .behavior = LeastCapable()};
  profile.behavior.manifests.refuse_empty_config = true;
  profile.behavior.manifests.refusal_status = 403;
  profile.behavior.manifests.refusal_code = "DENIED";
  profile.facts = {{"denied: unknown manifest class for application/vnd.oci.empty.v1+json",
                    "matrixorigin/matrixone-operator#613, koordinator-sh/koordinator#3194, Ahoo-Wang/CosId#1079"}};
  profile.not_known = "referrers API, mount, single POST, ?tag=, the status of the refusal (the profile uses 403)";
  return profile;
}

}  // namespace

std::vector<Profile> HostedProfiles() {
  return {DockerHub(),    Ghcr(), Ecr(),  EcrImmutable(), EcrPublic(), Gar(),
          GarImmutable(), Acr(),  Docr(), Cloudflare(),   Aliyun()};
}

}  // namespace waybill::oci::registry::server::profiles
