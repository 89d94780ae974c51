// SPDX-License-Identifier: Apache-2.0
// Whole archives are compared with recorded ones in golden_test.cc.
#include "oci/layout/archive.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/content/testing/conformance.h"
#include "oci/error.h"
#include "oci/image/media_types.h"
#include "oci/io/string.h"

namespace waybill::oci::layout {
namespace {

using content::testing::ConformanceCase;
using content::testing::ConformanceTest;
using content::testing::NamesTest;
using ::testing::HasSubstr;

// What a reader of the finished archive would see: nothing when finishing failed.
struct Delivery {
  Archive archive{Archive::Options{}};
  std::string bytes;
  bool finished = false;
};

content::testing::Implementation MakeImplementation() {
  auto delivery = std::make_shared<Delivery>();
  Delivery* const raw = delivery.get();
  content::testing::Implementation implementation;
  implementation.fetcher = &raw->archive;
  implementation.pusher = &raw->archive;
  implementation.tagger = &raw->archive;
  implementation.finish = [raw](const Context& context) {
    io::StringWriter out(raw->bytes);
    absl::Status status = raw->archive.Finish(context, out);
    raw->finished = status.ok();
    return status;
  };
  implementation.visible = [raw] {
    return raw->finished ? std::vector<std::string>{"archive"} : std::vector<std::string>{};
  };
  implementation.owner = std::move(delivery);
  return implementation;
}

const auto kArchive = ::testing::Values(ConformanceCase{"Archive", &MakeImplementation});
INSTANTIATE_TEST_SUITE_P(Archive, ConformanceTest, kArchive, content::testing::CaseName);
INSTANTIATE_TEST_SUITE_P(Archive, NamesTest, kArchive, content::testing::CaseName);

content::Blob BlobOf(const Descriptor& descriptor, std::string bytes) {
  return {.descriptor = descriptor, .source = std::make_unique<io::StringSource>(std::move(bytes))};
}

// Fails every write from the n-th on.
class FullDisk : public io::Writer {
 public:
  explicit FullDisk(int writes) : rest_(writes) {}
  absl::Status Write(absl::string_view) override {
    return rest_-- > 0 ? absl::OkStatus() : StorageError("write out.tar: No space left on device");
  }
  absl::Status Close() override { return absl::OkStatus(); }

 private:
  int rest_;
};

TEST(ArchiveTest, AFailingWriterFailsFinishAtEveryWrite) {
  const std::string text = R"({"schemaVersion":2,"manifests":[]})";
  const Descriptor root{.media_type = std::string(image::kOciIndex),
                        .digest = Digest::Of(text),
                        .size = static_cast<int64_t>(text.size())};
  for (int writes = 0;; ++writes) {
    Archive archive({});
    ASSERT_EQ(archive.Push(Context(), BlobOf(root, text)), absl::OkStatus());
    ASSERT_EQ(archive.Tag(Context(), root, ""), absl::OkStatus());
    FullDisk disk(writes);
    const absl::Status status = archive.Finish(Context(), disk);
    if (status.ok()) {
      EXPECT_GT(writes, 8);
      return;
    }
    EXPECT_EQ(ReasonOf(status), Reason::kStorage);
    EXPECT_EQ(status.message(), "write out.tar: No space left on device");
  }
}

TEST(ArchiveTest, DockerManifestNeedsAManifest) {
  const Descriptor root{.media_type = std::string(image::kOciManifest), .digest = Digest::Of("[]"), .size = 2};
  Archive archive({.docker_manifest = true});
  ASSERT_EQ(archive.Push(Context(), BlobOf(root, "[]")), absl::OkStatus());
  ASSERT_EQ(archive.Tag(Context(), root, ""), absl::OkStatus());
  std::string bytes;
  io::StringWriter out(bytes);
  const absl::Status status = archive.Finish(Context(), out);
  EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput) << status;
}

}  // namespace
}  // namespace waybill::oci::layout
