// SPDX-License-Identifier: Apache-2.0
#include "oci/places/open_publisher.h"

#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/content/copy_graph.h"
#include "oci/error.h"
#include "oci/file/testing/files.h"
#include "oci/image/manifest.h"
#include "oci/image/media_types.h"
#include "oci/image/referrers_tag.h"
#include "oci/registry/testing/registry_fixture.h"

namespace waybill::oci::places {
namespace {

using file::testing::FilesUnder;
using file::testing::NewTempDir;
using registry::push::SubjectOutcome;
using registry::server::behavior::Behavior;
using registry::testing::MakeSampleImage;
using registry::testing::SampleImage;

absl::StatusOr<registry::Client*> NoClient() { return MakeError(Reason::kInternal, "asked"); }

// An attested image with a signature on it, one on its first attestation manifest, one on that one, and a manifest that
// a tag of cosign's names.
class PublisherTest : public registry::testing::RegistryFixture {
 protected:
  PublisherTest() : image_(MakeSampleImage({.platforms = 2, .attested = true})) {
    signature_ = AddArtifact(image_.referrers[0], "application/x-signature");
    countersignature_ = AddArtifact(signature_, "application/x-signature");
    of_root_ = AddArtifact(image_.root, "application/x-signature");
    companion_ = {AddArtifact(std::nullopt, ""), absl::StrCat(image::ReferrersTag(image_.root.digest), ".sig")};
  }

  Descriptor AddArtifact(std::optional<Descriptor> subject, const std::string& type) {
    const std::string config(image::kEmptyJson);
    const Descriptor empty{.media_type = std::string(image::kOciEmpty),
                           .digest = image_.store->Add(config),
                           .size = static_cast<int64_t>(config.size())};
    const std::string bytes = image::ToIndentedJson(image::Manifest{.media_type = std::string(image::kOciManifest),
                                                                    .artifact_type = type,
                                                                    .config = empty,
                                                                    .layers = {empty},
                                                                    .subject = std::move(subject)});
    return {.media_type = std::string(image::kOciManifest),
            .digest = image_.store->Add(bytes),
            .size = static_cast<int64_t>(bytes.size())};
  }

  Publication Everything(std::vector<std::string> tags) {
    return {.root = image_.root,
            .tags = std::move(tags),
            .referrers = {of_root_, countersignature_, signature_},
            .companions = {companion_},
            .content = *image_.store};
  }

  absl::Status PublishTo(const std::string& destination, const Publication& publication) {
    const auto name = ParseDestinationName(destination);
    if (!name.ok()) return name.status();
    const auto publisher = OpenPublisher(context(), *name, {}, [this] { return &client(); });
    if (!publisher.ok()) return publisher.status();
    report_ = (*publisher)->Publish(context(), publication);
    return report_.ok() ? (*publisher)->Finish(context()) : report_.status();
  }

  // Everything can be found at the place by the roles of reading.
  void ExpectEverything(const std::string& place, const std::string& companion_place) {
    const auto name = ParseImageName(place);
    ASSERT_TRUE(name.ok()) << name.status();
    const auto opened = OpenImage(context(), *name, [this] { return &client(); });
    ASSERT_TRUE(opened.ok()) << opened.status();
    const auto root = (*opened)->names().Resolve(context(), (*opened)->name());
    ASSERT_TRUE(root.ok()) << root.status();
    EXPECT_EQ(root->digest, image_.root.digest);
    content::store::MemoryStore copy;
    for (const Descriptor& manifest : {image_.root, signature_, countersignature_}) {
      EXPECT_TRUE(content::CopyGraph(context(), (*opened)->content(), copy, manifest, {}).ok());
    }
    ExpectReferrer(**opened, image_.referrers[0].digest, signature_.digest);
    ExpectReferrer(**opened, signature_.digest, countersignature_.digest);
    ExpectReferrer(**opened, image_.root.digest, of_root_.digest);
    const auto companion = ParseImageName(companion_place);
    const auto beside = OpenImage(context(), *companion, [this] { return &client(); });
    ASSERT_TRUE(beside.ok()) << beside.status();
    EXPECT_EQ((*beside)->names().Resolve(context(), (*beside)->name())->digest, companion_.manifest.digest);
  }

  void ExpectReferrer(OpenedImage& opened, const Digest& subject, const Digest& referrer) {
    const auto listed = opened.referrers().ListReferrers(context(), subject, 10);
    ASSERT_TRUE(listed.ok()) << listed.status();
    ASSERT_EQ(listed->referrers.size(), 1u) << subject.ToString();
    EXPECT_EQ(listed->referrers[0].descriptor.digest, referrer);
  }

  SampleImage image_;
  Descriptor signature_{.digest = Digest::Of("")};
  Descriptor countersignature_{.digest = Digest::Of("")};
  Descriptor of_root_{.digest = Digest::Of("")};
  Companion companion_{.manifest = {.digest = Digest::Of("")}, .tag = ""};
  absl::StatusOr<registry::push::PushReport> report_ = absl::UnknownError("");
};

// A registry such as GitLab's takes no manifest whose subject is not there.
TEST_F(PublisherTest, ARegistryThatWantsSubjectsFirst) {
  Behavior behavior;
  behavior.referrers.require_subject = true;
  Start(behavior);
  const absl::Status published = PublishTo(absl::StrCat(registry().host(), "/app"), Everything({"1", "2"}));
  ASSERT_TRUE(published.ok()) << published;
  EXPECT_EQ(registry().contents().Tags("app").size(), 3u);
  EXPECT_EQ(registry().log().All().back().target,
            absl::StrCat("/v2/app/manifests/", image_.root.digest.ToString(), "?tag=1&tag=2"));
  EXPECT_EQ(report_->requests, static_cast<int64_t>(registry().log().All().size()));
  ExpectEverything(absl::StrCat(registry().host(), "/app:1"), absl::StrCat(registry().host(), "/app:", companion_.tag));
}

TEST_F(PublisherTest, ARegistryWithoutTheApi) {
  Behavior behavior;
  behavior.referrers.api = registry::server::behavior::ReferrersApi::kNotFound;
  behavior.referrers.subject_header = registry::server::behavior::SubjectHeader::kOmitted;
  Start(behavior);
  const absl::Status published = PublishTo(absl::StrCat(registry().host(), "/app"), Everything({"1"}));
  ASSERT_TRUE(published.ok()) << published;
  // The root, both images, the attestation and the signature are subjects.
  ASSERT_EQ(report_->subjects.size(), 5u);
  for (const SubjectOutcome& subject : report_->subjects) {
    EXPECT_EQ(subject.how, SubjectOutcome::How::kFallbackTag) << subject.subject.ToString();
  }
  ExpectEverything(absl::StrCat(registry().host(), "/app:1"), absl::StrCat(registry().host(), "/app:", companion_.tag));
}

TEST_F(PublisherTest, ADirectoryTakesTheSameAgainAndKeepsOthers) {
  Start({});
  const std::string directory = absl::StrCat("oci:", NewTempDir(), "/layout");
  const SampleImage other = MakeSampleImage({.seed = "other"});
  ASSERT_TRUE(PublishTo(directory, {.root = other.root, .tags = {"other"}, .content = *other.store}).ok());
  for (int i = 0; i < 2; ++i) {
    const absl::Status published = PublishTo(directory, Everything({"1", "reg.example/app:2"}));
    ASSERT_TRUE(published.ok()) << published;
  }
  for (const std::string tag : {"1", "2", "reg.example/app:2"}) {
    ExpectEverything(absl::StrCat(directory, ":", tag), absl::StrCat(directory, ":", companion_.tag));
  }
  const auto index = image::ParseIndex(file::testing::ReadFile(directory.substr(4) + "/index.json"));
  ASSERT_TRUE(index.ok()) << index.status();
  ASSERT_EQ(index->manifests.size(), 7u);  // other, two names, three referrers, the companion
  EXPECT_EQ(index->manifests[1].digest, Everything({}).root.digest);
  EXPECT_EQ(index->manifests[2].digest, Everything({}).root.digest);
}

TEST_F(PublisherTest, AnArchiveIsThereAtTheEnd) {
  Start({});
  const std::string directory = NewTempDir();
  const std::string archive = absl::StrCat("oci-archive:", directory, "/image.tar");
  {
    const auto name = ParseDestinationName(archive + ":1");
    const auto publisher = OpenPublisher(context(), *name, {}, NoClient);
    ASSERT_TRUE(publisher.ok()) << publisher.status();
    ASSERT_TRUE((*publisher)->Publish(context(), Everything({"1"})).ok());
    EXPECT_TRUE(FilesUnder(directory).empty());
  }
  EXPECT_TRUE(FilesUnder(directory).empty());
  const absl::Status published = PublishTo(archive, Everything({}));
  ASSERT_TRUE(published.ok()) << published;
  ExpectEverything(archive, absl::StrCat(archive, ":", companion_.tag));
}

TEST_F(PublisherTest, ADigestIsTakenForItsOwnImageAlone) {
  Start({});
  const std::string repository = absl::StrCat(registry().host(), "/app@");
  const Publication publication{.root = image_.root, .tags = {}, .content = *image_.store};
  const absl::Status other = PublishTo(repository + signature_.digest.ToString(), publication);
  EXPECT_EQ(ReasonOf(other), Reason::kInvalidInput) << other;
  EXPECT_TRUE(PublishTo(repository + image_.root.digest.ToString(), publication).ok());
  EXPECT_TRUE(registry().contents().Tags("app").empty());
}

TEST_F(PublisherTest, PlacesThatCannotBeWritten) {
  const auto docker = ParseDestinationName("docker-archive:" + NewTempDir() + "/x.tar");
  EXPECT_EQ(ReasonOf(OpenPublisher(Context(), *docker, {}, NoClient).status()), Reason::kUnsupported);
  const std::string file = NewTempDir() + "/file";
  file::testing::WriteFile(file, "");
  const absl::Status status = OpenPublisher(Context(), *ParseDestinationName("oci:" + file), {}, NoClient).status();
  EXPECT_FALSE(status.ok());
  EXPECT_NE(status.message().find(file), absl::string_view::npos);
}

TEST(DestinationNameTest, TagsAndPathsThatDoNotExist) {
  const std::string root = NewTempDir();
  ASSERT_TRUE(std::filesystem::create_directory(root + "/a:b"));
  struct Row {
    std::string text, path, tag;
  };
  for (const Row& row : std::vector<Row>{{"/new", "/new", ""},
                                         {"/new:1", "/new", "1"},
                                         {"/new:reg.example/app:1", "/new", "reg.example/app:1"},
                                         {"/a:b", "/a:b", ""},
                                         {"/a:b:1", "/a:b", "1"},
                                         {"/a:b/new.tar:reg.example/app:1", "/a:b/new.tar", "reg.example/app:1"}}) {
    const auto name = ParseDestinationName(absl::StrCat("oci:", root, row.text));
    ASSERT_TRUE(name.ok()) << name.status();
    EXPECT_EQ(name->path, root + row.path);
    EXPECT_EQ(name->tag, row.tag);
    EXPECT_EQ(TagsOf(*name), row.tag.empty() ? std::vector<std::string>() : std::vector<std::string>{row.tag});
  }
  EXPECT_EQ(ParseDestinationName("oci:new:1")->path, "new");
  EXPECT_EQ(TagsOf(*ParseDestinationName("reg.example/app")), std::vector<std::string>{"latest"});
  EXPECT_EQ(TagsOf(*ParseDestinationName("reg.example/app:2")), std::vector<std::string>{"2"});
  EXPECT_TRUE(TagsOf(*ParseDestinationName(absl::StrCat("reg.example/app@", Digest::Of("").ToString()))).empty());
}

TEST(MountsFromTest, AnotherRepositoryOfTheSameHost) {
  const auto mounts = [](const std::string& from, const std::string& to) {
    return MountsFrom(*ParseImageName(from), *ParseDestinationName(to));
  };
  EXPECT_EQ(mounts("reg.example/a:1", "reg.example/b"), std::vector<std::string>{"a"});
  EXPECT_EQ(mounts("reg.example/a:1", "reg.example/a:2"), std::vector<std::string>());
  EXPECT_EQ(mounts("reg.example/a:1", "other.example/b"), std::vector<std::string>());
  EXPECT_EQ(mounts("reg.example/a:1", "oci:layout"), std::vector<std::string>());
}

}  // namespace
}  // namespace waybill::oci::places
