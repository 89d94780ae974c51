// SPDX-License-Identifier: Apache-2.0
#include "attest/convert/convert.h"

#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "attest/manifest.h"
#include "gtest/gtest.h"
#include "oci/content/content.h"
#include "oci/content/store/memory_store.h"
#include "oci/error.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"

namespace waybill::attest::convert {
namespace {

class ConvertTest : public testing::Test {
 protected:
  oci::Descriptor Add(absl::string_view media_type, const std::string& bytes) {
    return {
        .media_type = std::string(media_type), .digest = store_.Add(bytes), .size = static_cast<int64_t>(bytes.size())};
  }

  std::string Bytes(const oci::Descriptor& descriptor) {
    return oci::content::VerifiedBytes(context_, store_, descriptor, oci::image::kMaxManifestBytes).value_or("");
  }

  oci::Descriptor Image(const std::string& config) {
    return Add(oci::image::kOciManifest,
               oci::image::ToIndentedJson(oci::image::Manifest{.media_type = std::string(oci::image::kOciManifest),
                                                               .config = Add(oci::image::kOciConfig, config)}));
  }

  // As BuildKit makes it, with what `replacements` change in the manifest.
  oci::Descriptor Attestation(AttestationForm form, const oci::Descriptor& image,
                              const std::vector<std::pair<std::string, std::string>>& replacements = {}) {
    const oci::image::ManifestDocuments made = MakeManifest(form, image, {Add(oci::image::kInToto, "a statement")});
    store_.Add(made.config.bytes);
    oci::Descriptor entry = made.manifest.descriptor;
    const oci::Descriptor changed = Add(entry.media_type, absl::StrReplaceAll(made.manifest.bytes, replacements));
    entry.digest = changed.digest;
    entry.size = changed.size;
    return entry;
  }

  oci::Descriptor Index(std::vector<oci::Descriptor> manifests) {
    return Add(oci::image::kOciIndex,
               oci::image::ToIndentedJson(oci::image::Index{.media_type = std::string(oci::image::kOciIndex),
                                                            .manifests = std::move(manifests)}));
  }

  Conversion Convert(AttestationForm form, const oci::Descriptor& root, const Options& options = {}) {
    auto conversion = ConvertAttestations(context_, form, store_, root, options, store_);
    EXPECT_TRUE(conversion.ok()) << conversion.status();
    return conversion.ok() ? *std::move(conversion) : Conversion{.root = root};
  }

  oci::Context context_;
  oci::content::store::MemoryStore store_;
};

TEST_F(ConvertTest, MakesWhatAnExportMakes) {
  const oci::Descriptor image = Image("{}");
  const oci::Descriptor legacy = Index({image, Attestation(AttestationForm::kLegacy, image)});
  const oci::Descriptor artifact = Index({image, Attestation(AttestationForm::kArtifact, image)});
  EXPECT_EQ(Convert(AttestationForm::kArtifact, legacy).root, artifact);
  EXPECT_EQ(Convert(AttestationForm::kLegacy, artifact).root, legacy);
}

TEST_F(ConvertTest, KeepsWhatCouldNotBeRestored) {
  const oci::Descriptor image = Image("{}");
  const oci::Descriptor other = Add(oci::image::kOciConfig, "{\"a\":1}");
  const oci::Descriptor normal = Attestation(AttestationForm::kLegacy, image);
  const auto manifest = oci::image::ParseManifest(Bytes(normal));
  const oci::Descriptor strange =
      Attestation(AttestationForm::kLegacy, image, {{manifest->config.digest.ToString(), other.digest.ToString()}});
  const oci::Descriptor index = Index({image, strange});

  const Conversion kept = Convert(AttestationForm::kArtifact, index);
  EXPECT_EQ(kept.root, index);
  ASSERT_EQ(kept.kept.size(), 1);
  EXPECT_EQ(kept.kept[0].manifest, strange.digest);
  EXPECT_EQ(kept.kept[0].reason, absl::StrCat("it could not be restored: its config ", other.digest.ToString(),
                                              " is not the one of that form"));

  const Conversion forced = Convert(AttestationForm::kArtifact, index, {.with_loss = true});
  EXPECT_EQ(forced.root, Index({image, Attestation(AttestationForm::kArtifact, image)}));
  ASSERT_EQ(forced.changed.size(), 1);
  EXPECT_EQ(forced.changed[0].loss,
            absl::StrCat("its config ", other.digest.ToString(), " is not the one of that form"));
}

TEST_F(ConvertTest, KeepsOthersOfTheSameIndex) {
  const oci::Descriptor image = Image("{}");
  const oci::Descriptor orphan = Attestation(AttestationForm::kLegacy, Image("{\"gone\":1}"));
  const oci::Descriptor twice =
      Attestation(AttestationForm::kLegacy, image, {{"\"layers\":", "\"config\":null,\"layers\":"}});
  const oci::Descriptor nested = Index({image});
  const oci::Descriptor absent = {
      .media_type = std::string(oci::image::kOciManifest), .digest = oci::Digest::Of("absent"), .size = 6};
  const oci::Descriptor normal = Attestation(AttestationForm::kLegacy, image);
  const Conversion conversion = Convert(AttestationForm::kArtifact, Index({orphan, nested, absent, image, normal}));
  const oci::Descriptor artifact = Attestation(AttestationForm::kArtifact, image);
  EXPECT_EQ(conversion.root, Index({orphan, nested, absent, image, artifact}));
  ASSERT_EQ(conversion.kept.size(), 2);
  EXPECT_EQ(conversion.kept[0].reason, "the index does not list its image");
  EXPECT_EQ(conversion.kept[1].reason, "it is an index of its own");
  ASSERT_EQ(conversion.changed.size(), 1);
  EXPECT_EQ(conversion.changed[0].from, normal.digest);
  EXPECT_EQ(conversion.changed[0].to, artifact.digest);

  const auto ambiguous =
      ConvertAttestations(context_, AttestationForm::kArtifact, store_, Index({image, twice}), {}, store_);
  ASSERT_FALSE(ambiguous.ok());
  EXPECT_EQ(oci::ReasonOf(ambiguous.status()), oci::Reason::kInvalidInput);
}

// A manifest that only its own fields tell: the entry of the legacy form has to say more.
TEST_F(ConvertTest, NamesTheImageInTheEntry) {
  const oci::Descriptor image = Image("{}");
  oci::Descriptor bare = Attestation(AttestationForm::kArtifact, image);
  bare.annotations.clear();
  bare.platform.reset();
  const oci::Descriptor index = Index({image, bare});
  ASSERT_EQ(Convert(AttestationForm::kLegacy, index).kept.size(), 1);
  EXPECT_EQ(Convert(AttestationForm::kLegacy, index).kept[0].reason,
            "it could not be restored: its entry in the index lacks what that form says, or has more");
  EXPECT_EQ(Convert(AttestationForm::kLegacy, index, {.with_loss = true}).root,
            Index({image, Attestation(AttestationForm::kLegacy, image)}));
}

TEST_F(ConvertTest, RefusesWhatIsNoIndex) {
  const oci::Descriptor image = Image("{}");
  const absl::Status status =
      ConvertAttestations(context_, AttestationForm::kArtifact, store_, image, {}, store_).status();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput);
  EXPECT_EQ(status.message(), absl::StrCat(image.digest.ToString(), " is no index: it lists no attestations"));
}

TEST_F(ConvertTest, EndsWithTheContext) {
  const oci::Descriptor image = Image("{}");
  std::stop_source stop;
  stop.request_stop();
  const absl::Status status =
      ConvertAttestations(oci::Context().WithStop(stop.get_token()), AttestationForm::kArtifact, store_,
                          Index({image, Attestation(AttestationForm::kLegacy, image)}), {}, store_)
          .status();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInterrupted);
}

}  // namespace
}  // namespace waybill::attest::convert
