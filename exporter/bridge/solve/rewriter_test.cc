// SPDX-License-Identifier: Apache-2.0
// Requests as buildx and buildctl send them (recorded with v0.29 to v0.37) and what the daemon must get instead.
#include "exporter/bridge/solve/rewriter.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "oci/error.h"

namespace waybill::exporter::bridge::solve {
namespace {

using moby::buildkit::v1::SolveRequest;

struct Requested {
  std::string type;
  request::Attributes attributes;
  friend bool operator==(const Requested&, const Requested&) = default;
};

SolveRequest Request(const std::vector<Requested>& exporters) {
  SolveRequest request;
  request.set_ref("build1");
  request.set_session("session1");
  for (const Requested& exporter : exporters) {
    auto& added = *request.add_exporters();
    added.set_type(exporter.type);
    for (const auto& [key, value] : exporter.attributes) (*added.mutable_attrs())[key] = value;
  }
  // New clients send the first exporter twice.
  if (!exporters.empty()) {
    request.set_exporter_deprecated(exporters[0].type);
    *request.mutable_exporter_attrs_deprecated() = request.exporters(0).attrs();
  }
  return request;
}

std::vector<Requested> ExportersOf(const SolveRequest& request) {
  std::vector<Requested> exporters;
  for (const auto& exporter : request.exporters()) {
    exporters.push_back({exporter.type(), request::Attributes(exporter.attrs().begin(), exporter.attrs().end())});
  }
  return exporters;
}

struct Golden {
  std::string what;
  std::vector<Requested> requested;
  std::vector<Requested> upstream;
  std::vector<int> taken;
};

const Golden kGoldens[] = {
    {"buildx --push -t",
     {{"image", {{"name", "localhost:5000/a"}, {"push", "true"}}}},
     {{"oci", {{"name", "localhost:5000/a"}, {"tar", "false"}, {"attestation-inline", "true"}}}},
     {0}},
    {"bake with two tags and artifacts; an empty boolean is true",
     {{"image", {{"name", "h/a:1,h/a:2"}, {"push", ""}, {"oci-mediatypes", "true"}, {"oci-artifact", "true"}}}},
     {{"oci",
       {{"name", "h/a:1,h/a:2"},
        {"oci-mediatypes", "true"},
        {"oci-artifact", "true"},
        {"tar", "false"},
        {"attestation-inline", "true"}}}},
     {0}},
    {"what only the destination or waybill reads never goes upstream; unknown attributes do",
     {{"image",
       {{"name", "h/a"},
        {"push", "true"},
        {"push-by-digest", "true"},
        {"registry.insecure", "true"},
        {"unpack", "false"},
        {"store", "false"},
        {"dangling-name-prefix", "h/b"},
        {"danging-name-empty-only", "true"},
        {"name-canonical", ""},
        {"unsafe-internal-store-allow-incomplete", "true"},
        {"referrers-fallback", "always"},
        {"attestation-placement", "index"},
        {"attestation-refused", "skip"},
        {"verify", "true"},
        {"compression", "zstd"},
        {"annotation-index[linux/amd64].k", "v"},
        {"my-key", "my-value"}}}},
     {{"oci",
       {{"name", "h/a"},
        {"compression", "zstd"},
        {"annotation-index[linux/amd64].k", "v"},
        {"my-key", "my-value"},
        {"tar", "false"},
        {"attestation-inline", "true"}}}},
     {0}},
    {"an explicit attestation-inline stays",
     {{"image", {{"push", "true"}, {"attestation-inline", "false"}}}},
     {{"oci", {{"tar", "false"}, {"attestation-inline", "false"}}}},
     {0}},
    {"an archive stays what it is, but for the tar",
     {{"docker", {{"name", "h/a"}, {"prefer-image-digest", "true"}}}},
     {{"docker", {{"name", "h/a"}, {"prefer-image-digest", "true"}, {"tar", "false"}}}},
     {0}},
    {"the client's own layout, when old daemons would leave the attestations as they are",
     {{"oci", {{"tar", "false"}, {"oci-artifact", "true"}}}},
     {{"oci", {{"tar", "false"}, {"oci-artifact", "true"}}}},
     {0}},
    {"the client's own layout, when the daemon does not know what is asked for",
     {{"oci", {{"tar", "false"}, {"require", "sbom"}}}},
     {{"oci", {{"tar", "false"}}}},
     {0}},
    {"an archive with other forms of attestations",
     {{"oci", {{"sign", "release"}, {"sign-image", "true"}, {"attestation-profiles", "docker,bundle"}}}},
     {{"oci", {{"tar", "false"}}}},
     {0}},
    {"beside others the client's own layout is taken too, files are not",
     {{"local", {{"platform-split", "true"}}},
      {"image", {{"name", "h/a"}, {"push", "1"}}},
      {"oci", {{"tar", "false"}, {"name", "h/a"}}},
      {"docker", {{"name", "h/a"}}}},
     {{"local", {{"platform-split", "true"}}},
      {"oci", {{"name", "h/a"}, {"tar", "false"}, {"attestation-inline", "true"}}},
      {"oci", {{"tar", "false"}, {"name", "h/a"}}},
      {"docker", {{"name", "h/a"}, {"tar", "false"}}}},
     {1, 2, 3}},
};

TEST(RewriterTest, Goldens) {
  for (const Golden& golden : kGoldens) {
    SCOPED_TRACE(golden.what);
    const absl::StatusOr<Rewritten> rewritten = RewriteSolve(Request(golden.requested));
    ASSERT_TRUE(rewritten.ok()) << rewritten.status();
    EXPECT_EQ(ExportersOf(rewritten->request), golden.upstream);
    EXPECT_TRUE(rewritten->request.enable_session_exporter());
    EXPECT_FALSE(rewritten->client_exporters);
    EXPECT_EQ(rewritten->request.exporter_deprecated(), "");
    EXPECT_TRUE(rewritten->request.exporter_attrs_deprecated().empty());
    EXPECT_EQ(rewritten->request.ref(), "build1");
    std::vector<int> taken;
    for (const TakenExporter& exporter : rewritten->taken) taken.push_back(exporter.index);
    EXPECT_EQ(taken, golden.taken);
  }
}

TEST(RewriterTest, WhatIsNotTakenStaysAsItIs) {
  const std::vector<std::vector<Requested>> requests = {
      {},
      {{"oci", {{"tar", "false"}}}},
      {{"docker", {{"tar", "0"}}}, {"local", {}}},
      {{"image", {{"name", "h/a"}}}},
      {{"image", {{"name", "h/a"}, {"push", "false"}}}},
      {{"moby", {{"push", "true"}}}},
      {{"local", {}}, {"tar", {{"push", "true"}}}},
  };
  for (const std::vector<Requested>& exporters : requests) {
    const SolveRequest request = Request(exporters);
    const absl::StatusOr<Rewritten> rewritten = RewriteSolve(request);
    ASSERT_TRUE(rewritten.ok()) << rewritten.status();
    EXPECT_EQ(ExportersOf(rewritten->request), exporters);
    EXPECT_EQ(rewritten->request.exporter_deprecated(), request.exporter_deprecated());
    EXPECT_FALSE(rewritten->request.enable_session_exporter());
    EXPECT_TRUE(rewritten->taken.empty());
  }
}

TEST(RewriterTest, ABuildWithoutASessionIsTheDaemons) {
  SolveRequest request = Request({{"image", {{"push", "true"}}}, {"oci", {}}});
  request.clear_session();
  const absl::StatusOr<Rewritten> rewritten = RewriteSolve(request);
  ASSERT_TRUE(rewritten.ok()) << rewritten.status();
  EXPECT_EQ(ExportersOf(rewritten->request), ExportersOf(request));
  EXPECT_FALSE(rewritten->request.enable_session_exporter());
  EXPECT_TRUE(rewritten->taken.empty());
}

TEST(RewriterTest, WhatNobodyWouldReadIsRefused) {
  const auto refusal = [](const std::vector<Requested>& exporters, const std::string& session) {
    SolveRequest request = Request(exporters);
    request.set_session(session);
    const absl::StatusOr<Rewritten> rewritten = RewriteSolve(std::move(request));
    return rewritten.ok() ? "" : std::string(rewritten.status().message());
  };
  const std::string needs_push = "exporter option \"attestation-refused\" needs push=true";
  EXPECT_EQ(refusal({{"image", {{"attestation-refused", "skip"}}}}, "s"), needs_push);
  EXPECT_EQ(refusal({{"oci", {}}, {"image", {{"attestation-refused", "skip"}, {"push", "false"}}}}, "s"), needs_push);
  EXPECT_EQ(refusal({{"local", {{"referrers-fallback", "never"}}}}, "s"),
            "exporter option \"referrers-fallback\" has no meaning for type local");
  EXPECT_EQ(refusal({{"oci", {{"tar", "false"}, {"attestation-placement", "index"}}}}, "s"),
            "exporter option \"attestation-placement\" has no meaning for type oci");
  EXPECT_EQ(refusal({{"oci", {{"tar", "false"}, {"sign", "release"}}}}, "s"),
            "other forms of attestations, and signatures, need a push or an archive: the build client writes the index "
            "of this layout");
  EXPECT_EQ(refusal({{"image", {{"sign", "release"}}}}, "s"), "exporter option \"sign\" needs push=true");
  EXPECT_EQ(refusal({{"tar", {{"attestation-content-limit", "10"}}}}, "s"),
            "attestation-content-limit: the build daemon does this export, not waybill");
  EXPECT_EQ(refusal({{"image", {{"push", "true"}, {"referrers-fallback", "never"}}}}, ""),
            "referrers-fallback: the build daemon does this export, not waybill");
}

TEST(RewriterTest, APushDoesNotFillTheDaemonsImageStore) {
  for (const std::string key : {"unpack", "store"}) {
    const absl::StatusOr<Rewritten> rewritten = RewriteSolve(Request({{"image", {{"push", "true"}, {key, "true"}}}}));
    ASSERT_FALSE(rewritten.ok());
    EXPECT_EQ(oci::ReasonOf(rewritten.status()), oci::Reason::kUnsupported);
    EXPECT_EQ(rewritten.status().message(),
              key +
                  ": through the bridge a pushed image is not kept in the daemon's image store; use an exporter "
                  "without push");
    EXPECT_TRUE(RewriteSolve(Request({{"image", {{key, "true"}}}})).ok());
  }
}

TEST(RewriterTest, OldClientsNameTheirExporterInFieldsOfItsOwn) {
  SolveRequest request;
  request.set_session("session1");
  request.set_exporter_deprecated("image");
  (*request.mutable_exporter_attrs_deprecated())["push"] = "true";
  const absl::StatusOr<Rewritten> rewritten = RewriteSolve(request);
  ASSERT_TRUE(rewritten.ok()) << rewritten.status();
  EXPECT_EQ(ExportersOf(rewritten->request),
            (std::vector<Requested>{{"oci", {{"tar", "false"}, {"attestation-inline", "true"}}}}));
}

TEST(RewriterTest, FieldsThatWeDoNotKnowStay) {
  SolveRequest known = Request({{"image", {{"push", "true"}}}});
  // Field 12 (a message) and field 16 (a number) of the daemon's own description.
  const std::string unknown = "\x62\x02\x08\x01\x80\x01\x14";
  SolveRequest request;
  ASSERT_TRUE(request.ParseFromString(known.SerializeAsString() + unknown));
  const absl::StatusOr<Rewritten> rewritten = RewriteSolve(request);
  ASSERT_TRUE(rewritten.ok()) << rewritten.status();
  EXPECT_NE(rewritten->request.SerializeAsString().find(unknown), std::string::npos);
}

TEST(RewriterTest, ClientThatAsksForSessionExportersItself) {
  SolveRequest request = Request({{"image", {{"push", "true"}}}});
  request.set_enable_session_exporter(true);
  const absl::StatusOr<Rewritten> rewritten = RewriteSolve(request);
  ASSERT_TRUE(rewritten.ok()) << rewritten.status();
  EXPECT_TRUE(rewritten->client_exporters);
}

TEST(RewriterTest, TheBuildArgumentIsTheEpochOfExportersWithoutOne) {
  const auto epoch = [](const std::string& argument, request::Attributes attributes) {
    SolveRequest request = Request({{"oci", std::move(attributes)}});
    (*request.mutable_frontend_attrs())["build-arg:SOURCE_DATE_EPOCH"] = argument;
    const absl::StatusOr<Rewritten> rewritten = RewriteSolve(std::move(request));
    EXPECT_TRUE(rewritten.ok()) << rewritten.status();
    return rewritten.ok() ? rewritten->taken[0].options.epoch : request::Epoch::Unset();
  };
  EXPECT_EQ(epoch("7", {}), request::Epoch::At(absl::FromUnixSeconds(7)));
  EXPECT_EQ(epoch("", {}), request::Epoch::None());
  EXPECT_EQ(epoch("yesterday", {}), request::Epoch::Unset());
  EXPECT_EQ(epoch("7", {{"source-date-epoch", "8"}}), request::Epoch::At(absl::FromUnixSeconds(8)));
}

TEST(RewriterTest, BadAttributesAreRefusedAtOnce) {
  const absl::StatusOr<Rewritten> bad = RewriteSolve(Request({{"image", {{"push", "maybe"}}}}));
  ASSERT_FALSE(bad.ok());
  EXPECT_EQ(oci::ReasonOf(bad.status()), oci::Reason::kInvalidInput);
  EXPECT_EQ(bad.status().message(),
            "non-bool value specified for push: strconv.ParseBool: parsing \"maybe\": invalid syntax");

  const absl::StatusOr<Rewritten> placement = RewriteSolve(
      Request({{"image", {{"push", "true"}, {"attestation-placement", "referrer"}, {"oci-artifact", "false"}}}}));
  ASSERT_FALSE(placement.ok());
  EXPECT_EQ(oci::ReasonOf(placement.status()), oci::Reason::kInvalidInput);
  EXPECT_EQ(placement.status().message(),
            "exporter option \"attestation-placement=referrer\" needs \"oci-artifact=true\"");

  const auto refusal_of = [](const std::string& key, const std::string& value) {
    const absl::Status status = RewriteSolve(Request({{"image", {{"push", "true"}, {key, value}}}})).status();
    EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kUnsupported);
    return std::string(status.message());
  };
  EXPECT_EQ(refusal_of("attestation-content-limit", "10"),
            "attestation-content-limit: the build daemon writes the statements, not waybill");
  EXPECT_EQ(refusal_of("gzip-engine", "fast"),
            "gzip-engine: the build daemon makes the layers, not waybill; add compressor=waybill");
  EXPECT_EQ(refusal_of("rewrite-timestamp-strict", "true"),
            "rewrite-timestamp-strict: the build daemon makes the layers, not waybill");

  const absl::StatusOr<Rewritten> version =
      RewriteSolve(Request({{"oci", {{"annotation[windows(10.0.17763.1)/amd64].k", "v"}}}}));
  EXPECT_EQ(oci::ReasonOf(version.status()), oci::Reason::kUnsupported);
  EXPECT_EQ(version.status().message(),
            "annotations of platform windows(10.0.17763.1)/amd64: through the bridge the build daemon writes "
            "annotations, and cannot name a platform with an OS version");
}

TEST(RewriterTest, TheDaemonLeavesLayersUncompressedForWaybill) {
  const absl::StatusOr<Rewritten> rewritten = RewriteSolve(Request({{"image",
                                                                     {{"push", "true"},
                                                                      {"compressor", "waybill"},
                                                                      {"gzip-engine", "fast"},
                                                                      {"force-compression", "true"},
                                                                      {"compression-level", "9"},
                                                                      {"rewrite-timestamp", "true"}}},
                                                                    {"oci", {{"compression", "zstd"}}},
                                                                    {"image", {{"compression", "zstd"}}}}));
  ASSERT_TRUE(rewritten.ok()) << rewritten.status();
  EXPECT_EQ(ExportersOf(rewritten->request),
            (std::vector<Requested>{{"oci",
                                     {{"compression", "uncompressed"},
                                      {"rewrite-timestamp", "true"},
                                      {"tar", "false"},
                                      {"attestation-inline", "true"}}},
                                    {"oci", {{"compression", "uncompressed"}, {"tar", "false"}}},
                                    {"image", {{"compression", "zstd"}}}}));
  ASSERT_EQ(rewritten->taken.size(), 2u);
  for (const TakenExporter& exporter : rewritten->taken) {
    EXPECT_TRUE(exporter.compresses);
    EXPECT_EQ(exporter.options.compressor, request::Compressor::kWaybill);
  }
  EXPECT_EQ(rewritten->taken[0].options.compression_level, 9);
  EXPECT_EQ(rewritten->taken[1].options.compression, request::Compression::kZstd);
}

TEST(RewriterTest, TheBridgesSettingIsForAllExporters) {
  const RewriteSettings compress{.compress = true};
  EXPECT_TRUE(RewriteSolve(Request({{"oci", {}}}), compress)->taken[0].compresses);
  EXPECT_EQ(RewriteSolve(Request({{"oci", {{"tar", "false"}}}}), compress)->taken.size(), 1u);
  EXPECT_TRUE(RewriteSolve(Request({{"image", {}}, {"local", {}}}), compress)->taken.empty());
  const absl::StatusOr<Rewritten> daemon =
      RewriteSolve(Request({{"oci", {{"compressor", "daemon"}, {"compression", "zstd"}}}}), compress);
  ASSERT_TRUE(daemon.ok()) << daemon.status();
  EXPECT_FALSE(daemon->taken[0].compresses);
  EXPECT_EQ(ExportersOf(daemon->request),
            (std::vector<Requested>{{"oci", {{"compression", "zstd"}, {"tar", "false"}}}}));
  EXPECT_EQ(oci::ReasonOf(
                RewriteSolve(Request({{"oci", {{"compressor", "daemon"}}}, {"docker", {{"compressor", "waybill"}}}}))
                    .status()),
            oci::Reason::kInvalidInput);
}

TEST(RewriterTest, ACacheOfLayersIsNotLeftWithoutCompression) {
  const auto solve = [](request::Attributes exporter, const std::string& cache, bool force) {
    SolveRequest request = Request({{"oci", std::move(exporter)}});
    auto& added = *request.mutable_cache()->add_exports();
    added.set_type(cache);
    if (force) (*added.mutable_attrs())["force-compression"] = "true";
    return RewriteSolve(std::move(request), {.compress = true});
  };
  EXPECT_FALSE(solve({}, "registry", false)->taken[0].compresses);
  EXPECT_TRUE(solve({}, "inline", false)->taken[0].compresses);
  EXPECT_TRUE(solve({}, "local", true)->taken[0].compresses);
  EXPECT_EQ(oci::ReasonOf(solve({{"compressor", "waybill"}}, "registry", false).status()), oci::Reason::kUnsupported);
}

TEST(RewriterTest, KeysThatNothingReadsAreKnownToTheBuild) {
  const absl::StatusOr<Rewritten> rewritten =
      RewriteSolve(Request({{"image", {{"push", "true"}, {"oci-artefact", "true"}, {"name", "a"}}}}));
  ASSERT_TRUE(rewritten.ok()) << rewritten.status();
  EXPECT_EQ(rewritten->taken[0].options.unknown, std::vector<std::string>{"oci-artefact"});
}

}  // namespace
}  // namespace waybill::exporter::bridge::solve
