// SPDX-License-Identifier: Apache-2.0
#include "attest/publish/cosign_tag.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "oci/image/manifest.h"

namespace waybill::attest::publish {
namespace {

using oci::Descriptor;
using oci::Digest;

constexpr char kSlsa[] = "https://slsa.dev/provenance/v1";

Descriptor Envelope(const std::string& statement, const std::string& key, const std::string& signature = "1") {
  return {.media_type = "application/vnd.dsse.envelope.v1+json",
          .digest = Digest::Of(statement + key + signature),
          .size = 7,
          .annotations = EnvelopeAnnotations(kSlsa, Digest::Of(statement), key)};
}

// As `cosign attest` v2.6.2 writes it, but for its layer's certificate.
std::string OfCosign() {
  return absl::StrCat(
      R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",)",
      R"("config":{"mediaType":"application/vnd.oci.image.config.v1+json","size":233,"digest":")",
      Digest::Of("config").ToString(),
      R"("},"layers":[{"mediaType":"application/vnd.dsse.envelope.v1+json","size":2,"digest":")",
      Digest::Of("theirs").ToString(),
      R"(","annotations":{"dev.cosignproject.cosign/signature":"","predicateType":"https://slsa.dev/provenance/v1"}}],)",
      R"("annotations":{"theirs":"kept"}})");
}

TEST(CosignTagTest, NamesTheManifest) {
  const Digest digest = Digest::Of("");
  EXPECT_EQ(CosignTag(digest), absl::StrCat("sha256-", digest.hex(), ".att"));
}

TEST(CosignTagTest, ANewTagHoldsTheEnvelopes) {
  const auto documents = WithEnvelopes("", {Envelope("a", "k"), Envelope("b", "k")});
  ASSERT_TRUE(documents.ok()) << documents.status();
  const auto manifest = oci::image::ParseManifest(documents->manifest.bytes);
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_EQ(manifest->layers, (std::vector<Descriptor>{Envelope("a", "k"), Envelope("b", "k")}));
  EXPECT_EQ(manifest->config, documents->config.descriptor);
  EXPECT_FALSE(manifest->subject.has_value());
  EXPECT_EQ(manifest->config.media_type, "application/vnd.oci.image.config.v1+json");
  EXPECT_TRUE(
      absl::StrContains(documents->config.bytes, absl::StrCat(R"("diff_ids":[")", Envelope("a", "k").digest.ToString(),
                                                              R"(",")", Envelope("b", "k").digest.ToString(), R"("])")))
      << documents->config.bytes;
}

TEST(CosignTagTest, WhatOthersWroteStays) {
  const auto documents = WithEnvelopes(OfCosign(), {Envelope("a", "k")});
  ASSERT_TRUE(documents.ok()) << documents.status();
  const auto manifest = oci::image::ParseManifest(documents->manifest.bytes);
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  ASSERT_EQ(manifest->layers.size(), 2u);
  EXPECT_EQ(manifest->layers[0].digest, Digest::Of("theirs"));
  EXPECT_EQ(manifest->layers[1], Envelope("a", "k"));
  EXPECT_EQ(manifest->annotations, (oci::Annotations{{"theirs", "kept"}}));
  EXPECT_EQ(manifest->config, documents->config.descriptor);
  // Nothing else differs.
  EXPECT_EQ(
      absl::StrReplaceAll(documents->manifest.bytes,
                          {{absl::StrCat(",", oci::image::ToCompactJson(Envelope("a", "k"))), ""},
                           {oci::image::ToCompactJson(manifest->config),
                            OfCosign().substr(OfCosign().find(R"({"mediaType")"),
                                              OfCosign().find(R"(,"layers")") - OfCosign().find(R"({"mediaType")"))}}),
      OfCosign());
}

// Readers in Go take field names in any case.
TEST(CosignTagTest, OtherWritersMaySpellFieldsInTheirOwnWay) {
  const std::string theirs = absl::StrReplaceAll(OfCosign(), {{"\"layers\"", "\"Layers\""}});
  const auto documents = WithEnvelopes(theirs, {Envelope("a", "k")});
  ASSERT_TRUE(documents.ok()) << documents.status();
  const auto manifest = oci::image::ParseManifest(documents->manifest.bytes);
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_EQ(manifest->layers.size(), 2u);
}

TEST(CosignTagTest, ASignedStatementIsAddedOnce) {
  const auto first = WithEnvelopes(OfCosign(), {Envelope("a", "k")});
  ASSERT_TRUE(first.ok()) << first.status();
  const auto again = WithEnvelopes(first->manifest.bytes, {Envelope("a", "k", "2")});
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->manifest.bytes, first->manifest.bytes);
  const auto other_key = WithEnvelopes(first->manifest.bytes, {Envelope("a", "l")});
  ASSERT_TRUE(other_key.ok()) << other_key.status();
  EXPECT_EQ(oci::image::ParseManifest(other_key->manifest.bytes)->layers.size(), 3u);
}

TEST(CosignTagTest, OtherManifestsAreLeftAlone) {
  const std::string manifest = OfCosign();
  const std::string with_subject = absl::StrReplaceAll(
      manifest,
      {{R"("annotations":{"theirs")", absl::StrCat(R"("subject":{"mediaType":"a/b","size":1,"digest":")",
                                                   Digest::Of("s").ToString(), R"("},"annotations":{"theirs")")}});
  // Go writes an empty list as null; there would be no place for ours.
  const std::string without_list = absl::StrReplaceAll(
      manifest, {{manifest.substr(manifest.find("[{"), manifest.find("}],") + 2 - manifest.find("[{")), "null"}});
  for (const std::string& bad : {std::string("{}"), std::string("[]"), std::string("no"), with_subject, without_list}) {
    EXPECT_TRUE(absl::IsInvalidArgument(WithEnvelopes(bad, {Envelope("a", "k")}).status())) << bad;
  }
}

}  // namespace
}  // namespace waybill::attest::publish
