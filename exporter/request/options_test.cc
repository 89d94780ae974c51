// SPDX-License-Identifier: Apache-2.0
#include "exporter/request/options.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::exporter::request {
namespace {

absl::StatusOr<ExportOptions> Parse(const std::string& type, const Attributes& attributes, int version = 0) {
  return ExportOptions::FromRequest({.type = type, .attributes = attributes, .compatibility_version = version});
}

std::string ErrorOf(const std::string& type, const Attributes& attributes, int version = 0) {
  const absl::Status status = Parse(type, attributes, version).status();
  EXPECT_EQ(status.ok() ? oci::Reason::kInternal : *oci::ReasonOf(status), oci::Reason::kInvalidInput) << status;
  return std::string(status.message());
}

TEST(ExportOptionsTest, NothingAskedKeepsDefaultsUnset) {
  const absl::StatusOr<ExportOptions> options = Parse("oci", {});
  ASSERT_EQ(options.status(), absl::OkStatus());
  EXPECT_EQ(options->type, ExporterType::kOci);
  EXPECT_EQ(options->compatibility_version, 30);
  EXPECT_FALSE(options->oci_mediatypes.has_value());
  EXPECT_FALSE(options->oci_artifact.has_value());
  EXPECT_FALSE(options->attestation_inline.has_value());
  EXPECT_FALSE(options->compression.has_value());
  EXPECT_FALSE(options->epoch.is_set());
  EXPECT_TRUE(options->tar);
  EXPECT_FALSE(options->force_compression);
}

TEST(ExportOptionsTest, ReadsEveryImageAttribute) {
  const absl::StatusOr<ExportOptions> options = Parse("image", {{"name", "a,b"},
                                                                {"oci-mediatypes", "T"},
                                                                {"oci-artifact", "0"},
                                                                {"attestation-inline", "False"},
                                                                {"prefer-nondist-layers", "1"},
                                                                {"rewrite-timestamp", "true"},
                                                                {"compression", "zstd"},
                                                                {"force-compression", ""},
                                                                {"compression-level", "-7"},
                                                                {"source-date-epoch", "-1"},
                                                                {"push", ""},
                                                                {"push-by-digest", "t"},
                                                                {"registry.insecure", "TRUE"},
                                                                {"unpack", "true"},
                                                                {"store", "false"},
                                                                {"dangling-name-prefix", "d"},
                                                                {"danging-name-empty-only", ""},
                                                                {"name-canonical", ""},
                                                                {"unsafe-internal-store-allow-incomplete", ""},
                                                                {"referrers-fallback", "require-api"},
                                                                {"attestation-placement", "referrer"},
                                                                {"attestation-refused", "legacy"},
                                                                {"attestation-content-limit", "83886080"}});
  ASSERT_EQ(options.status(), absl::OkStatus());
  EXPECT_EQ(options->name, "a,b");
  EXPECT_EQ(options->oci_mediatypes, true);
  EXPECT_EQ(options->oci_artifact, false);
  EXPECT_EQ(options->attestation_inline, false);
  EXPECT_TRUE(options->prefer_nondist_layers);
  EXPECT_TRUE(options->rewrite_timestamp);
  EXPECT_EQ(options->compression, Compression::kZstd);
  EXPECT_TRUE(options->force_compression);
  EXPECT_EQ(options->compression_level, -7);
  EXPECT_EQ(options->epoch, Epoch::At(absl::FromUnixSeconds(-1)));
  EXPECT_TRUE(options->push && options->push_by_digest && options->registry_insecure && options->unpack);
  EXPECT_EQ(options->dangling_name_prefix, "d");
  EXPECT_TRUE(options->dangling_name_empty_only);
  EXPECT_EQ(options->referrers_fallback, ReferrersFallback::kRequireApi);
  EXPECT_EQ(options->attestation_placement, AttestationPlacement::kReferrer);
  EXPECT_EQ(options->attestation_refused, AttestationRefused::kLegacy);
  EXPECT_EQ(options->attestation_content_limit, 83886080);
  EXPECT_TRUE(options->metadata.empty());
}

TEST(ExportOptionsTest, ReadsFileAttributes) {
  const absl::StatusOr<ExportOptions> options = Parse("local", {{"attestation-prefix", "p-"},
                                                                {"platform-split", "false"},
                                                                {"mode", " Delete "},
                                                                {"src", "/out"},
                                                                {"anything", "else"}});
  ASSERT_EQ(options.status(), absl::OkStatus());
  EXPECT_EQ(options->attestation_prefix, "p-");
  EXPECT_EQ(options->platform_split, false);
  EXPECT_EQ(options->mode, LocalMode::kDelete);
  EXPECT_EQ(options->source_path, "/out");
  EXPECT_TRUE(options->metadata.empty());
}

TEST(ExportOptionsTest, UnknownImageAttributesAreMetadata) {
  // "push" belongs to type image, "annotation-.x" has not the form of an annotation.
  const absl::StatusOr<ExportOptions> options =
      Parse("oci", {{"push", "maybe"}, {"annotation-.x", "1"}, {"containerimage.config", "{}"}, {"tar", ""}});
  ASSERT_EQ(options.status(), absl::OkStatus());
  const std::map<std::string, std::string> expected = {
      {"push", "maybe"}, {"annotation-.x", "1"}, {"containerimage.config", "{}"}};
  EXPECT_EQ(options->metadata, expected);
  EXPECT_TRUE(options->annotations.empty());
}

// Texts that a buildkitd answered (testdata/golden/cases/err-*).
TEST(ExportOptionsTest, ErrorsAreBuildKits) {
  EXPECT_EQ(ErrorOf("oci", {{"oci-mediatypes", "yes"}}),
            "non-bool value specified for oci-mediatypes: strconv.ParseBool: parsing \"yes\": invalid syntax");
  EXPECT_EQ(ErrorOf("oci", {{"rewrite-timestamp", ""}}),
            "non-bool value specified for rewrite-timestamp: strconv.ParseBool: parsing \"\": invalid syntax");
  EXPECT_EQ(ErrorOf("oci", {{"force-compression", "yes"}}),
            "non-bool value yes specified for force-compression: strconv.ParseBool: parsing \"yes\": invalid syntax");
  EXPECT_EQ(ErrorOf("local", {{"platform-split", ""}}),
            "non-bool value for platform-split: : strconv.ParseBool: parsing \"\": invalid syntax");
  EXPECT_EQ(ErrorOf("oci", {{"compression", "lz4"}}), "unsupported compression type lz4");
  EXPECT_EQ(ErrorOf("oci", {{"compression-level", "9.5"}}),
            "non-integer value 9.5 specified for compression-level: strconv.ParseInt: parsing \"9.5\": invalid syntax");
  EXPECT_EQ(ErrorOf("oci", {{"source-date-epoch", "now"}}),
            "invalid source-date-epoch: strconv.ParseInt: parsing \"now\": invalid syntax: strconv.ParseInt: parsing "
            "\"now\": invalid syntax");
  EXPECT_EQ(ErrorOf("local", {{"mode", "x"}}), "invalid local exporter mode \"x\"");
  EXPECT_EQ(ErrorOf("registry", {}), "exporter \"registry\" could not be found");
  EXPECT_EQ(ErrorOf("tar", {{"src", ""}}), "empty value for src; omit it to export the entire filesystem");
}

TEST(ExportOptionsTest, ConflictsWithDockerTypes) {
  EXPECT_EQ(ErrorOf("oci", {{"oci-mediatypes", "false"}, {"oci-artifact", "true"}}),
            "exporter option \"oci-artifact=true\" conflicts with \"oci-mediatypes=false\"");
  EXPECT_EQ(ErrorOf("oci", {{"oci-mediatypes", "false"}, {"compression", "estargz"}}),
            "exporter option \"compression=estargz\" conflicts with \"oci-mediatypes=false\"");
  EXPECT_EQ(Parse("oci", {{"oci-mediatypes", "false"}, {"compression", "zstd"}}).status(), absl::OkStatus());
  // A running buildkitd says this of both.
  EXPECT_EQ(ErrorOf("image", {{"oci-mediatypes", "F"}, {"oci-artifact", "T"}, {"push", "perhaps"}}),
            "exporter option \"oci-artifact=true\" conflicts with \"oci-mediatypes=false\"");
}

TEST(ExportOptionsTest, CompatibilityVersions) {
  EXPECT_EQ(Parse("oci", {}, 10)->compatibility_version, 10);
  EXPECT_EQ(ErrorOf("oci", {}, 11), "unsupported compatibility-version 11 (supported: [10 20 30])");
  EXPECT_EQ(ErrorOf("oci", {}, 40), "unsupported compatibility-version 40: upgrade buildkit (max supported: 30)");
}

TEST(ExportOptionsTest, OurOptionsAreRefusedWhereTheyMeanNothing) {
  EXPECT_EQ(ErrorOf("oci", {{"referrers-fallback", "auto"}}),
            "exporter option \"referrers-fallback\" has no meaning for type oci");
  EXPECT_EQ(ErrorOf("local", {{"attestation-placement", "both"}}),
            "exporter option \"attestation-placement\" has no meaning for type local");
  EXPECT_EQ(ErrorOf("image", {{"attestation-refused", "skip"}}),
            "exporter option \"attestation-refused\" needs push=true");
  EXPECT_EQ(ErrorOf("image", {{"push", "true"}, {"referrers-fallback", "maybe"}}),
            "invalid referrers-fallback \"maybe\": one of auto, always, never, require-api is expected");
  EXPECT_EQ(ErrorOf("oci", {{"attestation-content-limit", "0"}}),
            "invalid attestation-content-limit \"0\": a number of bytes is expected");
}

TEST(ExportOptionsTest, TheFastGzipEngineIsForGzip) {
  const auto engine_of = [](Attributes attributes) {
    const absl::StatusOr<ExportOptions> options = ExportOptions::FromRequest({"oci", std::move(attributes)});
    EXPECT_TRUE(options.ok()) << options.status();
    return options.ok() ? options->gzip_engine : GzipEngine::kExact;
  };
  EXPECT_EQ(engine_of({}), GzipEngine::kExact);
  EXPECT_EQ(engine_of({{"gzip-engine", "fast"}}), GzipEngine::kFast);
  EXPECT_EQ(engine_of({{"gzip-engine", "fast"}, {"compression", "gzip"}}), GzipEngine::kFast);
  EXPECT_EQ(engine_of({{"gzip-engine", "exact"}, {"compression", "estargz"}}), GzipEngine::kExact);
  EXPECT_EQ(ErrorOf("oci", {{"gzip-engine", "quick"}}),
            "invalid gzip-engine \"quick\": one of exact, fast is expected");
  EXPECT_EQ(ErrorOf("image", {{"gzip-engine", "fast"}, {"compression", "estargz"}}),
            "exporter option \"gzip-engine=fast\" conflicts with \"compression=estargz\"");
  EXPECT_EQ(ErrorOf("docker", {{"gzip-engine", "exact"}, {"compression", "zstd"}}),
            "exporter option \"gzip-engine=exact\" conflicts with \"compression=zstd\"");
  EXPECT_EQ(ErrorOf("oci", {{"gzip-engine", "fast"}, {"compression", "uncompressed"}}),
            "exporter option \"gzip-engine=fast\" conflicts with \"compression=uncompressed\"");
  EXPECT_EQ(ErrorOf("tar", {{"gzip-engine", "fast"}}), "exporter option \"gzip-engine\" has no meaning for type tar");
}

TEST(ExportOptionsTest, TheCompressorIsWaybillOrTheDaemon) {
  EXPECT_EQ(Parse("oci", {})->compressor, std::nullopt);
  EXPECT_EQ(Parse("oci", {{"compressor", "waybill"}})->compressor, Compressor::kWaybill);
  EXPECT_EQ(Parse("docker", {{"compressor", "daemon"}})->compressor, Compressor::kDaemon);
  EXPECT_EQ(ErrorOf("image", {{"compressor", "gzip"}}),
            "invalid compressor \"gzip\": one of daemon, waybill is expected");
  EXPECT_EQ(ErrorOf("local", {{"compressor", "waybill"}}),
            "exporter option \"compressor\" has no meaning for type local");
}

TEST(ExportOptionsTest, WhatIsForImageStoresIsStillChecked) {
  for (const char* key : {"store", "name-canonical", "unsafe-internal-store-allow-incomplete"}) {
    EXPECT_EQ(ErrorOf("image", {{key, "yes"}}), absl::StrCat("non-bool value specified for ", key,
                                                             ": strconv.ParseBool: parsing \"yes\": invalid syntax"));
    EXPECT_TRUE(Parse("image", {{key, ""}}).ok());
  }
}

TEST(ExportOptionsTest, NamesToPushAreCheckedAtOnce) {
  EXPECT_EQ(ErrorOf("image", {{"push", "true"}, {"name", "a,foo/UPPER"}}),
            "failed to push foo/UPPER: invalid reference format: repository name (foo/UPPER) must be lowercase");
  EXPECT_TRUE(Parse("image", {{"push", "true"}, {"name", "*"}}).ok());
  EXPECT_TRUE(Parse("image", {{"push", "true"}}).ok());
}

TEST(EpochTest, IsTriState) {
  EXPECT_FALSE(Epoch::Unset().is_set());
  EXPECT_TRUE(Epoch::None().is_set());
  EXPECT_FALSE(Epoch::None().time().has_value());
  EXPECT_EQ(*ParseEpoch(""), Epoch::None());
  EXPECT_EQ(*ParseEpoch("+5"), Epoch::At(absl::FromUnixSeconds(5)));
  EXPECT_EQ(ParseEpoch("9223372036854775808").status().message(),
            "strconv.ParseInt: parsing \"9223372036854775808\": value out of range");
  EXPECT_EQ(ParseEpoch("1 \"\n").status().message(), "strconv.ParseInt: parsing \"1 \\\"\\n\": invalid syntax");
}

}  // namespace
}  // namespace waybill::exporter::request
