// SPDX-License-Identifier: Apache-2.0
#include "exporter/answers/delivery.h"

#include "gtest/gtest.h"
#include "oci/digest.h"
#include "oci/error.h"

namespace waybill::exporter::answers {
namespace {

oci::Descriptor Root(absl::string_view text) { return {.media_type = "m", .digest = oci::Digest::Of(text), .size = 1}; }

// sha256 of "" and of "a".
constexpr char kEmpty[] = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr char kA[] = "sha256:ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";

TEST(DeliveryTest, TheRootIsWhatAllRegistriesGot) {
  const oci::Descriptor asked = Root("");
  const PushedName same{.name = "h/a:1", .root = asked};
  const PushedName other{.name = "i/a:1", .root = Root("a")};
  EXPECT_EQ(DeliveredRoot(asked, {}).digest.ToString(), kEmpty);
  EXPECT_EQ(DeliveredRoot(asked, {.pushed = {same, same}}).digest.ToString(), kEmpty);
  EXPECT_EQ(DeliveredRoot(asked, {.pushed = {other, other}}).digest.ToString(), kA);
  EXPECT_EQ(DeliveredRoot(asked, {.pushed = {other, same}}).digest.ToString(), kEmpty);
  EXPECT_EQ(DeliveredRoot(asked, {.root = Root("a")}).digest.ToString(), kA);
  EXPECT_EQ(DeliveredRoot(asked, {.pushed = {other, same}, .root = Root("a")}).digest.ToString(), kA);
  EXPECT_EQ(DeliveredRoot(asked, {.pushed = {same, same}, .root = Root("a")}).digest.ToString(), kEmpty);
}

TEST(DeliveryTest, ReusedAttestationsAsJson) {
  EXPECT_EQ(ReusedJson({}), "{}");
  const ReusedAttestations one{.platform = "linux/amd64", .image = Root("").digest, .attestations = Root("a").digest};
  EXPECT_EQ(ReusedJson({.reused = {one}}),
            std::string("{\"") + kEmpty + R"(":{"platform":"linux/amd64","attestations":")" + kA + R"("}})");
}

TEST(DeliveryTest, PushedNamesAsJson) {
  const Delivery delivery{
      .pushed = {{.name = "h/a:1", .root = Root("")},
                 {.name = "h/b:1", .root = Root("a"), .attestations = "fallback tag", .warnings = {"w", "\"x\""}}}};
  EXPECT_EQ(PushedJson({}), "{}");
  EXPECT_EQ(PushedJson(delivery), std::string(R"({"h/a:1":{"containerimage.digest":")") + kEmpty +
                                      R"("},"h/b:1":{"containerimage.digest":")" + kA +
                                      R"(","attestations":"fallback tag","warnings":["w","\"x\""]}})");
}

TEST(DeliveryTest, AFailureTellsWhatWasPushedAllTheSame) {
  const absl::Status failure = oci::MakeError(oci::Reason::kRefused, "no", {{"status", "403"}});
  EXPECT_EQ(WithPushed(failure, {}), failure);
  const absl::Status told = WithPushed(failure, {.pushed = {{.name = "h/a:1", .root = Root(""), .warnings = {"w"}}}});
  EXPECT_EQ(told.message(), "no");
  EXPECT_EQ(oci::ReasonOf(told), oci::Reason::kRefused);
  EXPECT_EQ(oci::MetadataOf(told),
            (oci::ErrorMetadata{
                {"status", "403"},
                {"waybill.pushed", std::string(R"({"h/a:1":{"containerimage.digest":")") + kEmpty + R"("}})"}}));
  const Delivery many{.pushed = std::vector<PushedName>(20, {.name = "h/a:1", .root = Root("")})};
  EXPECT_EQ(WithPushed(failure, many), failure);
}

}  // namespace
}  // namespace waybill::exporter::answers
