// SPDX-License-Identifier: Apache-2.0
#include "exporter/publishing/reusing_output.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "attest/manifest.h"
#include "attest/reader/testing/images.h"
#include "attest/reader/testing/memory_place.h"
#include "exporter/answers/response.h"
#include "gtest/gtest.h"
#include "oci/content/content.h"
#include "oci/image/media_types.h"
#include "oci/registry/push/push.h"
#include "oci/registry/push/push_request.h"
#include "oci/registry/testing/registry_fixture.h"

namespace waybill::exporter::publishing {
namespace {

using attest::reader::testing::MemoryPlace;

constexpr char kProvenance[] = "https://slsa.dev/provenance/v1";

// An image with the provenance of one build.
struct Built {
  oci::Descriptor root;
  oci::Descriptor statement;
  oci::Descriptor attestation;
};
Built Build(MemoryPlace& place, const std::string& build) {
  const oci::Descriptor image = AddImage(place, "amd64");
  oci::Descriptor statement =
      place.Add(oci::image::kInToto,
                absl::StrCat(R"({"predicateType":")", kProvenance, R"(","predicate":{"build":")", build, R"("}})"));
  statement.annotations = attest::StatementAnnotations(kProvenance);
  const oci::Descriptor attestation = AddAttestation(place, attest::AttestationForm::kArtifact, image, {statement});
  return {AddIndex(place, {image, attestation}), statement, attestation};
}

// Remembers the root, and reads a blob of the image, as a push to a registry that lacks it does.
class ReadingOutput final : public Output {
 public:
  ReadingOutput(std::optional<oci::Descriptor>& root, oci::Descriptor blob) : root_(root), blob_(std::move(blob)) {}
  absl::StatusOr<answers::Delivery> Deliver(const oci::Context& context, const Image& image,
                                            const request::ExportOptions&) override {
    root_ = image.root;
    for (const oci::Descriptor& one : {image.root, blob_}) {
      const auto bytes = oci::content::VerifiedBytes(context, image.content, one, 1 << 20);
      if (!bytes.ok()) return bytes.status();
    }
    return answers::Delivery{};
  }

 private:
  std::optional<oci::Descriptor>& root_;
  const oci::Descriptor blob_;
};

class ReusingOutputTest : public oci::registry::testing::RegistryFixture {
 protected:
  ReusingOutputTest() { Start({}); }

  void Push(MemoryPlace& place, const oci::Descriptor& root, const std::string& repository, const std::string& tag) {
    const auto outcome = oci::registry::push::Push(
        oci::Context(), host(),
        {.root = root, .referrers = {}, .content = place, .repository = repository, .tags = {tag}});
    ASSERT_TRUE(outcome.report.ok()) << outcome.report.status();
  }
  // The new build's image under these names; an output reads `blob`.
  absl::StatusOr<answers::Delivery> Deliver(const std::vector<std::string>& names, const oci::Descriptor& blob) {
    return ReusingAttestations(std::make_unique<ReadingOutput>(root_, blob), client())
        ->Deliver(context(), {.root = now_.root, .names = names, .content = new_},
                  {.type = request::ExporterType::kImage, .push = true});
  }
  std::string Name(const std::string& image) { return absl::StrCat(registry().host(), "/", image); }
  size_t CountWarnings() {
    size_t warnings = 0;
    for (const oci::ProgressEvent& event : progress().events()) {
      warnings += event.state == oci::ProgressEvent::State::kWarning ? 1 : 0;
    }
    return warnings;
  }

  MemoryPlace old_, new_;
  const Built before_ = Build(old_, "1");
  const Built now_ = Build(new_, "2");
  std::optional<oci::Descriptor> root_;
};

TEST_F(ReusingOutputTest, TheImageUnderTheNameKeepsItsStatements) {
  Push(old_, before_.root, "app", "1");
  // Another repository lacks the statement, which is read from the first.
  const auto delivery = Deliver({Name("new:1"), Name("app:1")}, before_.statement);
  ASSERT_TRUE(delivery.ok()) << delivery.status();
  EXPECT_EQ(root_->digest, before_.root.digest);
  ASSERT_TRUE(delivery->root.has_value());
  EXPECT_EQ(answers::DeliveredRoot(now_.root, *delivery).digest, before_.root.digest);
  ASSERT_EQ(delivery->reused.size(), 1u);
  EXPECT_EQ(delivery->reused[0].attestations, before_.attestation.digest);
  EXPECT_EQ(CountWarnings(), 0u);
}

TEST_F(ReusingOutputTest, ANewNameGetsNewStatements) {
  Push(old_, before_.root, "app", "1");
  const auto delivery = Deliver(
      {Name("app:2"), Name("other:1"), Name(absl::StrCat("app@", before_.root.digest.ToString()))}, now_.statement);
  ASSERT_TRUE(delivery.ok()) << delivery.status();
  EXPECT_EQ(root_->digest, now_.root.digest);
  EXPECT_FALSE(delivery->root.has_value());
  EXPECT_TRUE(delivery->reused.empty());
  EXPECT_EQ(CountWarnings(), 0u);
}

TEST_F(ReusingOutputTest, ARegistryThatCannotBeReadIsTold) {
  oci::registry::server::behavior::Behavior behavior;
  behavior.auth.scheme = oci::registry::server::behavior::AuthScheme::kBasic;
  behavior.auth.password = "right";
  Start(behavior);
  const auto delivery = Deliver({Name("app:1")}, now_.statement);
  ASSERT_TRUE(delivery.ok()) << delivery.status();
  EXPECT_EQ(root_->digest, now_.root.digest);
  EXPECT_EQ(CountWarnings(), 1u);
}

}  // namespace
}  // namespace waybill::exporter::publishing
