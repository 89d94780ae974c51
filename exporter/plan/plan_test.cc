// SPDX-License-Identifier: Apache-2.0
#include "exporter/plan/plan.h"

#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::exporter::plan {
namespace {

constexpr char kConfig[] = R"({"os":"linux","architecture":"amd64"})";
constexpr char kTwoPlatforms[] =
    R"({"Platforms":[{"ID":"linux/amd64","Platform":{"os":"linux","architecture":"amd64"}},)"
    R"({"ID":"linux/arm64","Platform":{"os":"linux","architecture":"arm64"}}]})";

oci::Platform Host() { return {.architecture = "amd64", .os = "linux"}; }

request::BuildResult Single() { return {.refs = {{"", {}}}, .metadata = {{"containerimage.config", kConfig}}}; }

request::BuildResult Multi() {
  return {.is_map = true,
          .refs = {{"linux/amd64", {}}, {"linux/arm64", {}}},
          .metadata = {{"containerimage.config", kConfig}, {"refs.platforms", kTwoPlatforms}}};
}

request::Attestation MakeAttestation(bool inline_only) {
  return {.path = "p.json", .metadata = {{"inline-only", inline_only ? "true" : "false"}}};
}

request::ExportOptions Options(const std::string& type, const request::Attributes& attributes = {}, int version = 0) {
  return *request::ExportOptions::FromRequest(
      {.type = type, .attributes = attributes, .compatibility_version = version});
}

absl::StatusOr<Plan> Make(const request::BuildResult& result, const request::ExportOptions& options) {
  return MakePlan(result, options, Host());
}

std::string ErrorOf(const request::BuildResult& result, const request::ExportOptions& options,
                    oci::Reason reason = oci::Reason::kInvalidInput) {
  const absl::Status status = Make(result, options).status();
  EXPECT_EQ(status.ok() ? oci::Reason::kInternal : *oci::ReasonOf(status), reason) << status;
  return std::string(status.message());
}

TEST(MakePlanTest, ASingleResultIsABareManifest) {
  const absl::StatusOr<Plan> plan = Make(Single(), Options("oci", {{"name", "foo"}}));
  ASSERT_EQ(plan.status(), absl::OkStatus());
  EXPECT_FALSE(plan->index);
  EXPECT_TRUE(plan->rules.oci_types);
  ASSERT_EQ(plan->images.size(), 1U);
  EXPECT_EQ(plan->images[0].platform.id, "linux/amd64");
  EXPECT_EQ(plan->images[0].config, kConfig);
  EXPECT_FALSE(plan->images[0].attestations.has_value());
  EXPECT_EQ(plan->names, std::vector<std::string>{"docker.io/library/foo:latest"});
  EXPECT_TRUE(plan->subject_names.empty());
}

TEST(MakePlanTest, AMapIsAnIndexEvenOfOne) {
  request::BuildResult one = Multi();
  one.refs.erase("linux/arm64");
  one.metadata["refs.platforms"] =
      R"({"Platforms":[{"ID":"anything","Platform":{"os":"linux","architecture":"arm64"}}]})";
  const absl::StatusOr<Plan> plan = Make(one, Options("oci"));
  ASSERT_EQ(plan.status(), absl::OkStatus()) << "a map of one ref answers for any key";
  EXPECT_TRUE(plan->index);
}

TEST(MakePlanTest, AttestationsMakeAnIndex) {
  request::BuildResult result = Single();
  result.attestations["linux/amd64"] = {MakeAttestation(true)};
  EXPECT_FALSE(Make(result, Options("oci"))->index);
  EXPECT_TRUE(Make(result, Options("image"))->index);
  EXPECT_TRUE(Make(result, Options("oci", {{"attestation-inline", "true"}}))->index);
  EXPECT_FALSE(Make(result, Options("image", {{"attestation-inline", "false"}}))->index);

  result.attestations["linux/amd64"].push_back(MakeAttestation(false));
  const absl::StatusOr<Plan> mixed = Make(result, Options("oci", {{"name", "a,b"}}));
  EXPECT_TRUE(mixed->index);
  EXPECT_EQ(mixed->images[0].attestations->size(), 2U) << "once there is an index, all come along";
  EXPECT_EQ(mixed->subject_names, (std::vector<std::string>{"a", "b"}));

  result.attestations = {{"linux/s390x", {MakeAttestation(false)}}};
  EXPECT_FALSE(Make(result, Options("oci"))->index) << "attestations of unknown platforms are ignored";
}

TEST(MakePlanTest, WarnsOfAttestationsThatNoPlatformHas) {
  request::BuildResult result = Single();
  result.attestations = {{"linux/amd64", {MakeAttestation(false)}}, {"linux/s390x", {}}};
  EXPECT_TRUE(Make(result, Options("oci"))->warnings.empty());
  for (const std::string key : {"", "linux/x86_64"}) {
    result.attestations = {{key, {MakeAttestation(false)}}};
    EXPECT_EQ(Make(result, Options("oci"))->warnings,
              std::vector<std::string>{"attestations of \"" + key +
                                       "\" are left out: the result's platforms are linux/amd64"});
  }
  request::BuildResult two = Multi();
  two.attestations = {{"linux/amd64", {MakeAttestation(false)}}, {"", {MakeAttestation(false)}}};
  EXPECT_EQ(Make(two, Options("oci"))->warnings,
            std::vector<std::string>{
                "attestations of \"\" are left out: the result's platforms are linux/amd64, linux/arm64"});
}

struct DefaultsCase {
  const char* type;
  int version;
  bool attested;
  bool oci_types;
  bool artifact;
};

TEST(MakePlanTest, DefaultsByGeneration) {
  constexpr DefaultsCase kCases[] = {
      {"oci", 30, false, true, true},     {"docker", 30, false, true, true},   {"image", 30, true, true, true},
      {"oci", 20, false, true, false},    {"docker", 20, false, false, false}, {"docker", 20, true, true, false},
      {"image", 20, false, false, false}, {"image", 10, true, true, false},
  };
  for (const DefaultsCase& row : kCases) {
    request::BuildResult result = Single();
    if (row.attested) result.attestations["linux/amd64"] = {MakeAttestation(false)};
    const absl::StatusOr<Plan> plan = Make(result, Options(row.type, {}, row.version));
    ASSERT_EQ(plan.status(), absl::OkStatus());
    EXPECT_EQ(plan->rules.oci_types, row.oci_types) << row.type << row.version << row.attested;
    EXPECT_EQ(plan->artifact, row.artifact) << row.type << row.version << row.attested;
  }
}

TEST(MakePlanTest, OldGenerationsFindConflictsWithTheirDefaults) {
  EXPECT_EQ(ErrorOf(Single(), Options("image", {{"oci-artifact", "true"}}, 20)),
            "exporter option \"oci-artifact=true\" conflicts with \"oci-mediatypes=false\"");
  EXPECT_EQ(ErrorOf(Single(), Options("oci", {{"compression", "zstd"}}, 10)),
            "unsupported compatibility-version 10 feature oci exporter compression=zstd");
}

TEST(MakePlanTest, ShapesThatBuildKitRefuses) {
  request::BuildResult unmapped = Multi();
  unmapped.metadata.erase("refs.platforms");
  EXPECT_EQ(ErrorOf(unmapped, Options("oci")), "build result contains multiple refs without platforms mapping");
  EXPECT_EQ(ErrorOf(Multi(), Options("docker")), "docker exporter does not currently support exporting manifest lists");
  request::BuildResult two = Single();
  two.metadata["refs.platforms"] = kTwoPlatforms;
  EXPECT_EQ(ErrorOf(two, Options("oci")), "cannot export multiple platforms without multi-platform enabled");
  request::BuildResult missing = Multi();
  missing.refs = {{"linux/amd64", {}}, {"linux/s390x", {}}};
  EXPECT_EQ(ErrorOf(missing, Options("oci")), "failed to find ref for ID linux/arm64");
  request::BuildResult attested = Single();
  attested.attestations["linux/amd64"] = {MakeAttestation(false)};
  EXPECT_EQ(ErrorOf(attested, Options("oci", {{"oci-mediatypes", "false"}})),
            "cannot export attestations with \"oci-mediatypes=false\"");
  EXPECT_EQ(ErrorOf(attested, Options("oci", {{"name", "foo/UPPER"}})),
            "failed to parse ref \"foo/UPPER\": invalid reference format: repository name (foo/UPPER) must be "
            "lowercase");
}

TEST(MakePlanTest, AResultThatIsNoMapHasOneRef) {
  request::BuildResult result = Single();
  result.refs = {{"a", {}}, {"b", {}}};
  EXPECT_EQ(ErrorOf(result, Options("oci")),
            "refs: a result that is no map has one ref, \"\", and this one has 2, \"b\" among them");
  result.refs.erase("a");
  EXPECT_EQ(ErrorOf(result, Options("oci")),
            "refs: a result that is no map has one ref, \"\", and this one has 1, \"b\" among them");
  result.refs.clear();
  EXPECT_TRUE(Make(result, Options("oci")).ok()) << "nothing at all is the empty file system";
}

TEST(MakePlanTest, BrokenConfigsAreNamedByTheirKeys) {
  request::BuildResult result = Multi();
  result.metadata["containerimage.config/linux/arm64"] = "broken";
  EXPECT_EQ(ErrorOf(result, Options("oci")),
            "containerimage.config/linux/arm64: invalid character 'b' looking for beginning of value");
  result.metadata["containerimage.config/linux/arm64"] = kConfig;
  result.metadata["containerimage.base.config"] = "broken";
  EXPECT_EQ(ErrorOf(result, Options("oci")),
            "containerimage.base.config: failed to unmarshal base image config: invalid character 'b' looking for "
            "beginning of value");
}

TEST(MakePlanTest, WhatIsNotThereIsUnsupported) {
  EXPECT_EQ(ErrorOf(Single(), Options("image", {{"unpack", "true"}}), oci::Reason::kUnsupported),
            "exporter option \"unpack=true\" needs an image store, and there is none");
}

TEST(MakePlanTest, AnnotationsOfAnIndex) {
  request::BuildResult result = Multi();
  result.metadata["annotation[linux/arm64].k"] = "built";
  const absl::StatusOr<Plan> plan = Make(result, Options("oci", {{"annotation.k", "all"},
                                                                 {"annotation[arm64].k", "asked"},
                                                                 {"annotation-manifest-descriptor.d", "1"},
                                                                 {"annotation-index[linux/amd64].i", "2"},
                                                                 {"annotation-index-descriptor.r", "3"}}));
  ASSERT_EQ(plan.status(), absl::OkStatus());
  EXPECT_EQ(plan->images[0].manifest_annotations, (oci::Annotations{{"k", "all"}}));
  EXPECT_EQ(plan->images[1].manifest_annotations, (oci::Annotations{{"k", "built"}}));
  EXPECT_EQ(plan->images[1].descriptor_annotations, (oci::Annotations{{"d", "1"}}));
  EXPECT_EQ(plan->index_annotations, (oci::Annotations{{"i", "2"}}));
  EXPECT_EQ(plan->root_annotations, (oci::Annotations{{"r", "3"}}));
}

TEST(MakePlanTest, AnnotationsThatNoMetadataKeyHolds) {
  request::BuildResult result{.is_map = true, .refs = {{"w", {}}}};
  result.metadata["refs.platforms"] =
      R"({"Platforms":[{"ID":"w","Platform":{"os":"windows","architecture":"amd64","os.version":"10.0.17763.1"}}]})";
  result.metadata["annotation.k"] = "built";
  result.annotations[""] = {.index = {{"white space", "1"}}};
  result.annotations["windows(10.0.17763.1)/amd64"] = {.manifest = {{"k", "typed"}},
                                                       .manifest_descriptor = {{"d", "2"}}};
  const absl::StatusOr<Plan> plan = Make(result, Options("oci"));
  ASSERT_EQ(plan.status(), absl::OkStatus());
  EXPECT_EQ(plan->images[0].manifest_annotations, (oci::Annotations{{"k", "typed"}}));
  EXPECT_EQ(plan->images[0].descriptor_annotations, (oci::Annotations{{"d", "2"}}));
  EXPECT_EQ(plan->index_annotations, (oci::Annotations{{"white space", "1"}}));
}

TEST(MakePlanTest, AnnotationsOfABareManifest) {
  const absl::StatusOr<Plan> plan = Make(Single(), Options("oci", {{"annotation.k", "all"},
                                                                   {"annotation[linux/amd64].k", "ignored"},
                                                                   {"annotation[linux/s390x].k", "ignored too"},
                                                                   {"annotation-manifest-descriptor.d", "1"}}));
  ASSERT_EQ(plan.status(), absl::OkStatus());
  EXPECT_EQ(plan->images[0].manifest_annotations, (oci::Annotations{{"k", "all"}}));
  EXPECT_EQ(plan->root_annotations, (oci::Annotations{{"d", "1"}}));
  EXPECT_EQ(ErrorOf(Single(), Options("oci", {{"annotation-index[linux/amd64].k", "v"}})),
            "index annotations not supported for single platform export");
  EXPECT_EQ(ErrorOf(Multi(), Options("oci", {{"annotation[linux/s390x].k", "v"}})),
            "invalid annotation: no platform linux/s390x found in source");
  EXPECT_EQ(ErrorOf(Single(), Options("oci", {{"annotation-manifest-descriptor.k", "v"}, {"oci-mediatypes", "false"}})),
            "cannot export annotations with \"oci-mediatypes=false\"");
  EXPECT_TRUE(Make(Single(), Options("oci", {{"annotation.k", "v"}, {"oci-mediatypes", "false"}})).ok());
}

TEST(MakePlanTest, AnnotationsOfPlatformsWithAnOsVersion) {
  request::BuildResult result{.is_map = true, .refs = {{"old", {}}, {"new", {}}}};
  result.metadata["refs.platforms"] =
      R"({"Platforms":[{"ID":"old","Platform":{"os":"windows","architecture":"amd64","os.version":"10.0.17763.1"}},)"
      R"({"ID":"new","Platform":{"os":"windows","architecture":"amd64","os.version":"10.0.20348.1"}}]})";
  const absl::StatusOr<Plan> plan =
      Make(result, Options("oci", {{"annotation[windows(10.0.20348.1)/amd64].k", "new"}}));
  ASSERT_EQ(plan.status(), absl::OkStatus());
  EXPECT_EQ(plan->images[0].manifest_annotations, oci::Annotations{});
  EXPECT_EQ(plan->images[1].manifest_annotations, (oci::Annotations{{"k", "new"}}));
  EXPECT_TRUE(plan->warnings.empty());
  EXPECT_EQ(ErrorOf(result, Options("oci", {{"annotation[windows(10.0.1)/amd64].k", "v"}})),
            "invalid annotation: no platform windows(10.0.1)/amd64 found in source");
}

TEST(MakePlanTest, WarnsOfWhatNothingReads) {
  request::BuildResult built = Single();
  built.metadata["annotations.k"] = "v";
  built.metadata["com.example.k"] = "v";
  const absl::StatusOr<Plan> keys = Make(built, Options("oci", {{"dset", "x.tar"}, {"index:foo", "bar"}}));
  ASSERT_EQ(keys.status(), absl::OkStatus());
  EXPECT_EQ(keys->warnings,
            (std::vector<std::string>{
                "dset is no key of type=oci, and nothing reads it; did you mean dest?",
                "index:foo is no key of type=oci, and nothing reads it; did you mean annotation-index.foo?",
                "annotations.k of the build's metadata is no annotation, and nothing reads it; did the build mean "
                "annotation.k?"}));
  const absl::StatusOr<Plan> single = Make(Single(), Options("oci", {{"annotation[linux/amd64].k", "v"}}));
  ASSERT_EQ(single.status(), absl::OkStatus());
  EXPECT_EQ(single->warnings, std::vector<std::string>{"annotations of platform linux/amd64 are left out, \"k\" among "
                                                       "them: a single image takes annotations without a platform "
                                                       "only"});
  // A map of one ref answers for any key.
  request::BuildResult one = Multi();
  one.refs.erase("linux/arm64");
  one.metadata["refs.platforms"] =
      R"({"Platforms":[{"ID":"linux/amd64","Platform":{"os":"linux","architecture":"amd64"}}]})";
  const absl::StatusOr<Plan> absent = Make(one, Options("oci", {{"annotation-manifest-descriptor[linux/s390x].k", "v"},
                                                                {"annotation-index[linux/s390x].i", "v"}}));
  ASSERT_EQ(absent.status(), absl::OkStatus());
  EXPECT_EQ(absent->warnings, std::vector<std::string>{"annotations of platform linux/s390x are left out, \"k\" among "
                                                       "them: the result's platforms are linux/amd64"});
}

TEST(MakePlanTest, OptionsReplaceTheBuildsMetadata) {
  request::BuildResult result = Multi();
  result.metadata["containerimage.config/linux/arm64"] = R"({"os":"linux","architecture":"arm64"})";
  result.metadata["source.date.epoch/linux/arm64"] = "7";
  const absl::StatusOr<Plan> plan =
      Make(result, Options("oci", {{"containerimage.config", R"({"os":"linux","architecture":"mine"})"}}));
  ASSERT_EQ(plan.status(), absl::OkStatus());
  EXPECT_EQ(plan->images[0].config, R"({"os":"linux","architecture":"mine"})");
  EXPECT_EQ(plan->images[1].config, R"({"os":"linux","architecture":"arm64"})");
  EXPECT_FALSE(plan->epoch.has_value());
  EXPECT_FALSE(plan->images[0].epoch.has_value());
  EXPECT_EQ(plan->images[1].epoch, absl::FromUnixSeconds(7));
}

TEST(MakePlanTest, Warns) {
  request::BuildResult result = Single();
  result.metadata["containerimage.config"] = R"({"os":"linux","architecture":"amd64","history":[{},{}]})";
  result.refs[""].layers = {
      {.blob = {.media_type = "text/x", .digest = oci::Digest::Of("b")}, .diff_id = oci::Digest::Of("d")}};
  const absl::StatusOr<Plan> plan = Make(result, Options("oci", {{"rewrite-timestamp", "true"}}));
  ASSERT_EQ(plan.status(), absl::OkStatus());
  EXPECT_EQ(plan->warnings,
            (std::vector<std::string>{"rewrite-timestamp is specified, but no source-date-epoch was found",
                                      "invalid image config: its history has more layers than the image",
                                      "unknown layer media type text/x"}));
}

}  // namespace
}  // namespace waybill::exporter::plan
