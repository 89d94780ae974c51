// SPDX-License-Identifier: Apache-2.0
#include "exporter/publishing/earlier_attestations.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "attest/reader/testing/images.h"
#include "attest/reader/testing/memory_place.h"
#include "gtest/gtest.h"
#include "oci/content/store/memory_store.h"
#include "oci/error.h"
#include "oci/image/attestation.h"
#include "oci/image/media_types.h"

namespace waybill::exporter::publishing {
namespace {

using attest::AttestationForm;
using attest::reader::testing::MemoryPlace;

constexpr char kProvenance[] = "https://slsa.dev/provenance/v1";
constexpr char kSbom[] = "https://spdx.dev/Document";

// Statements of that build about the image, as an index lists their manifest.
oci::Descriptor Attest(MemoryPlace& place, const oci::Descriptor& image, const std::vector<std::string>& types,
                       const std::string& build, AttestationForm form = AttestationForm::kArtifact) {
  std::vector<oci::Descriptor> statements;
  for (const std::string& type : types) {
    statements.push_back(place.Add(oci::image::kInToto,
                                   absl::StrCat(R"({"predicateType":")", type, R"(","predicate":")", build, R"("})")));
    statements.back().annotations = attest::StatementAnnotations(type);
  }
  return AddAttestation(place, form, image, statements);
}

class EarlierAttestationsTest : public ::testing::Test {
 protected:
  // Of the new index and earlier ones, which say what is taken.
  absl::StatusOr<oci::Descriptor> Reuse(const oci::Descriptor& root, const std::vector<oci::Descriptor>& earlier) {
    absl::StatusOr<EarlierAttestations> attestations = EarlierAttestations::Make(oci::Context(), new_, root);
    if (!attestations.ok()) return attestations.status();
    for (const oci::Descriptor& one : earlier) {
      const absl::StatusOr<size_t> taken = attestations->LookAt(oci::Context(), old_, one, staging_);
      if (!taken.ok()) return taken.status();
    }
    reused_ = attestations->reused();
    is_open_ = attestations->is_open();
    return attestations->Finish(oci::Context(), staging_);
  }
  // What is reused when the earlier build's manifest and the new one's are these.
  size_t Reused(const oci::Descriptor& earlier, const oci::Descriptor& wanted) {
    const oci::Descriptor root = AddIndex(new_, {amd64_, wanted});
    const absl::StatusOr<oci::Descriptor> finished = Reuse(root, {AddIndex(old_, {amd64_, earlier})});
    EXPECT_TRUE(finished.ok()) << finished.status();
    EXPECT_EQ(finished->digest == root.digest, reused_.empty());
    return reused_.size();
  }

  MemoryPlace new_, old_;
  oci::content::store::MemoryStore staging_;
  std::vector<answers::ReusedAttestations> reused_;
  bool is_open_ = false;
  const oci::Descriptor amd64_ = AddImage(new_, "amd64");
  const oci::Descriptor arm64_ = AddImage(new_, "arm64");
};

TEST_F(EarlierAttestationsTest, TheSameImagesGiveTheIndexOfBefore) {
  const oci::Descriptor first = Attest(old_, amd64_, {kSbom, kProvenance}, "1");
  const oci::Descriptor second = Attest(old_, arm64_, {kProvenance}, "1");
  const oci::Descriptor before = AddIndex(old_, {amd64_, arm64_, first, second});
  const oci::Descriptor root = AddIndex(new_, {amd64_, arm64_, Attest(new_, amd64_, {kSbom, kProvenance}, "2"),
                                               Attest(new_, arm64_, {kProvenance}, "2")});
  ASSERT_NE(root.digest, before.digest);
  const absl::StatusOr<oci::Descriptor> finished = Reuse(root, {before});
  ASSERT_TRUE(finished.ok()) << finished.status();
  EXPECT_EQ(finished->digest, before.digest);
  EXPECT_EQ(finished->size, before.size);
  ASSERT_EQ(reused_.size(), 2u);
  EXPECT_EQ(reused_[0].platform, "linux/amd64");
  EXPECT_EQ(reused_[0].image, amd64_.digest);
  EXPECT_EQ(reused_[0].attestations, first.digest);
  EXPECT_EQ(reused_[1].attestations, second.digest);
  EXPECT_FALSE(is_open_);
  // A push reads the documents.
  for (const oci::Descriptor& document : {*finished, first, second}) {
    EXPECT_TRUE(oci::content::VerifiedBytes(oci::Context(), staging_, document, 1 << 20).ok());
  }
}

TEST_F(EarlierAttestationsTest, EachPlatformIsDecidedForItself) {
  const oci::Descriptor changed = AddImage(old_, "riscv64");
  const oci::Descriptor kept = Attest(old_, amd64_, {kProvenance}, "1");
  const oci::Descriptor before = AddIndex(old_, {amd64_, changed, kept, Attest(old_, changed, {kProvenance}, "1")});
  const oci::Descriptor fresh = Attest(new_, arm64_, {kProvenance}, "2");
  const oci::Descriptor root = AddIndex(new_, {amd64_, arm64_, Attest(new_, amd64_, {kProvenance}, "2"), fresh});
  const absl::StatusOr<oci::Descriptor> finished = Reuse(root, {before});
  ASSERT_TRUE(finished.ok()) << finished.status();
  EXPECT_EQ(finished->digest, AddIndex(old_, {amd64_, arm64_, kept, fresh}).digest);
  EXPECT_EQ(reused_.size(), 1u);
  EXPECT_TRUE(is_open_);
  // Another image has the rest.
  const oci::Descriptor other = Attest(old_, arm64_, {kProvenance}, "3");
  const absl::StatusOr<oci::Descriptor> both = Reuse(root, {before, AddIndex(old_, {arm64_, other})});
  ASSERT_TRUE(both.ok()) << both.status();
  EXPECT_EQ(both->digest, AddIndex(old_, {amd64_, arm64_, kept, other}).digest);
  EXPECT_FALSE(is_open_);
}

TEST_F(EarlierAttestationsTest, StatementsOfANewKindAreNotLost) {
  const oci::Descriptor provenance = Attest(old_, amd64_, {kProvenance}, "1");
  const oci::Descriptor both = Attest(old_, amd64_, {kProvenance, kSbom}, "1");
  EXPECT_EQ(Reused(provenance, Attest(new_, amd64_, {kProvenance}, "2")), 1u);
  EXPECT_EQ(Reused(provenance, Attest(new_, amd64_, {kSbom, kProvenance}, "2")), 0u);
  EXPECT_EQ(Reused(provenance, Attest(new_, amd64_, {"https://slsa.dev/provenance/v0.2"}, "2")), 0u);
  EXPECT_EQ(Reused(both, Attest(new_, amd64_, {kProvenance}, "2")), 1u);
  EXPECT_EQ(Reused(both, Attest(new_, amd64_, {kSbom, kSbom, kProvenance}, "2")), 0u);
}

TEST_F(EarlierAttestationsTest, TheFormMustBeTheWantedOne) {
  const oci::Descriptor legacy = Attest(old_, amd64_, {kProvenance}, "1", AttestationForm::kLegacy);
  EXPECT_EQ(Reused(legacy, Attest(new_, amd64_, {kProvenance}, "2")), 0u);
  EXPECT_EQ(Reused(legacy, Attest(new_, amd64_, {kProvenance}, "2", AttestationForm::kLegacy)), 1u);
  EXPECT_EQ(Reused(Attest(old_, amd64_, {kProvenance}, "1"),
                   Attest(new_, amd64_, {kProvenance}, "2", AttestationForm::kLegacy)),
            0u);
}

TEST_F(EarlierAttestationsTest, OtherImagesAreLeftAlone) {
  const oci::Descriptor wanted = Attest(new_, amd64_, {kProvenance}, "2");
  const oci::Descriptor root = AddIndex(new_, {amd64_, wanted});
  const oci::Descriptor first = Attest(old_, amd64_, {kProvenance}, "1");
  const oci::Descriptor second = Attest(old_, amd64_, {kProvenance}, "3");
  // Attached later; without the image; no index; without attestations.
  for (const oci::Descriptor& earlier : {AddIndex(old_, {amd64_, first, second}), AddIndex(old_, {arm64_, first}),
                                         AddImage(old_, "amd64"), AddIndex(old_, {amd64_})}) {
    const absl::StatusOr<oci::Descriptor> finished = Reuse(root, {earlier});
    ASSERT_TRUE(finished.ok()) << finished.status();
    EXPECT_EQ(finished->digest, root.digest);
  }
  const absl::StatusOr<oci::Descriptor> bare = Reuse(amd64_, {AddIndex(old_, {amd64_, first})});
  ASSERT_TRUE(bare.ok()) << bare.status();
  EXPECT_EQ(bare->digest, amd64_.digest);
}

TEST_F(EarlierAttestationsTest, ARegistryThatLiesGivesNothing) {
  const oci::Descriptor root = AddIndex(new_, {amd64_, Attest(new_, amd64_, {kProvenance}, "2")});
  const oci::Descriptor first = Attest(old_, amd64_, {kProvenance}, "1");
  const oci::Descriptor before = AddIndex(old_, {amd64_, first});
  old_.Replace(first.digest, "{}");
  EXPECT_EQ(oci::ReasonOf(Reuse(root, {before}).status()), oci::Reason::kVerification);
  // A manifest that is about another image than its entry says.
  oci::Descriptor stolen = Attest(old_, arm64_, {kProvenance}, "1");
  stolen.annotations = oci::image::AttestationAnnotations(amd64_.digest);
  const absl::StatusOr<oci::Descriptor> finished = Reuse(root, {AddIndex(old_, {amd64_, stolen})});
  ASSERT_TRUE(finished.ok()) << finished.status();
  EXPECT_EQ(finished->digest, root.digest);
}

}  // namespace
}  // namespace waybill::exporter::publishing
