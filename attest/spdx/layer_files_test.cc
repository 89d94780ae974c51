// SPDX-License-Identifier: Apache-2.0
#include "attest/spdx/layer_files.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/content/content.h"
#include "oci/content/store/memory_store.h"
#include "oci/context.h"
#include "oci/descriptor.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/io/stream.h"
#include "oci/io/string.h"

namespace waybill::attest::spdx {
namespace {

// GNU tar, gzip -9n: a.txt, dir/, dir/b.txt
constexpr absl::string_view kBottom =
    "H4sIAAAAAAACA+3VMQqAMAyF4cyeoidQ0Saep+LiqhU8vtVJHAQHC+L/LQldy3sJZVyjvKtOzPtjJteZNKd9fzdTE1dLBsscw+Sc/"
    "FQoBD82jFMlGfLf"
    "qd7k/7qbt1ackv8s/9+/fAOe93/nW6X/c+jpfwAAAAAAAAAAAAAAPm8D2vqzRgAoAAA=";
// GNU tar, zstd -19: ./, ./a.txt, ./dir/, ./dir/.wh.b.txt
constexpr absl::string_view kTop =
    "KLUv/QRobQMAUkQOEaA9wEPfMFUPttvkJ1e/RyQDxTt8/E274LYXbkzxJjitKUIbH6N8/EW8qdrQu5dJNH106STEdPIGEyAQN6zb/"
    "W0PyFBpEEjMYYEyU4"
    "djwKiirzrAqqa7EA4fYDJ0FP863VWAAw4KYD4pNwWkC+0=";

class LayerFilesTest : public ::testing::Test {
 protected:
  oci::Descriptor Add(std::string bytes) {
    const int64_t size = static_cast<int64_t>(bytes.size());
    return {.digest = store_.Add(std::move(bytes)), .size = size};
  }
  oci::Descriptor AddBase64(absl::string_view text) {
    std::string bytes;
    EXPECT_TRUE(absl::Base64Unescape(text, &bytes));
    return Add(std::move(bytes));
  }
  // The index of the layer that has the file, -1 for none.
  int Find(LayerFiles& files, absl::string_view path) {
    const absl::StatusOr<std::optional<oci::Digest>> layer = files.Find(path);
    EXPECT_TRUE(layer.ok()) << layer.status();
    for (size_t i = 0; layer.ok() && i < layers_.size(); ++i) {
      if (*layer == layers_[i].digest) return static_cast<int>(i);
    }
    return -1;
  }

  oci::Context context_;
  oci::content::store::MemoryStore store_;
  std::vector<oci::Descriptor> layers_;
};

// One entry: a regular empty file, in the old V7 form.
std::string PlainTar(absl::string_view name) {
  std::string block(512, '\0');
  block.replace(0, name.size(), name.data(), name.size());
  block.replace(100, 8, "0000644", 8);
  block.replace(124, 12, "00000000000", 12);
  block.replace(136, 12, "00000000000", 12);
  block.replace(148, 8, "        ");
  int sum = 0;
  for (char c : block) sum += static_cast<unsigned char>(c);
  std::string octal(6, '0');
  for (int i = 5; i >= 0; --i, sum /= 8) octal[i] = static_cast<char>('0' + sum % 8);
  block.replace(148, 8, octal + std::string("\0 ", 2));
  return block + std::string(1024, '\0');
}

TEST_F(LayerFilesTest, TheTopmostLayerCounts) {
  layers_ = {AddBase64(kBottom), Add(PlainTar("./c//d.txt")), AddBase64(kTop)};
  LayerFiles files(context_, store_, layers_);
  EXPECT_EQ(Find(files, "/a.txt"), 2);
  EXPECT_EQ(Find(files, "/dir"), 2);
  EXPECT_EQ(Find(files, "/c/d.txt"), 1);
  EXPECT_EQ(Find(files, "/dir/b.txt"), 0);  // deleted above, but made here
  EXPECT_EQ(Find(files, "/"), 2);
  EXPECT_EQ(Find(files, "/dir/.wh.b.txt"), -1);
  EXPECT_EQ(Find(files, "/gone"), -1);
  EXPECT_EQ(Find(files, "/a.txt"), 2);
}

TEST_F(LayerFilesTest, NoLayersHaveNoFiles) {
  LayerFiles files(context_, store_, layers_);
  EXPECT_EQ(Find(files, "/a.txt"), -1);
}

TEST_F(LayerFilesTest, ReadsNoFurtherThanNeeded) {
  const oci::Descriptor absent{.digest = oci::Digest::Of("not in the store"), .size = 1};
  layers_ = {absent, AddBase64(kTop)};
  LayerFiles files(context_, store_, layers_);
  EXPECT_EQ(Find(files, "/a.txt"), 1);
  const absl::Status status = files.Find("/gone").status();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kNotFound);
  EXPECT_TRUE(absl::StartsWith(status.message(), absl::StrCat("list files of layer ", absent.digest.ToString(), ": ")))
      << status;
}

class CountedReads : public oci::content::Fetcher {
 public:
  explicit CountedReads(oci::content::Fetcher& from) : from_(from) {}
  absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(const oci::Context& context,
                                                         const oci::Descriptor& blob) override {
    ++reads;
    return from_.Fetch(context, blob);
  }
  int reads = 0;

 private:
  oci::content::Fetcher& from_;
};

TEST_F(LayerFilesTest, ReadsEachLayerOnceForNamesThatAreWanted) {
  layers_ = {AddBase64(kBottom), AddBase64(kTop)};
  CountedReads counted(store_);
  LayerFiles files(context_, counted, layers_);
  for (const char* path : {"/dir/b.txt", "/a.txt", "/gone", "/a.txt"}) files.Want(path);
  EXPECT_EQ(Find(files, "/a.txt"), 1);
  EXPECT_EQ(counted.reads, 1);
  EXPECT_EQ(Find(files, "/dir/b.txt"), 0);
  EXPECT_EQ(Find(files, "/gone"), -1);
  EXPECT_EQ(counted.reads, 2);
  EXPECT_EQ(Find(files, "/dir"), 1) << "a name that was not announced";
  EXPECT_EQ(counted.reads, 3);
}

// Gives the same bytes whatever it is asked for.
class OtherBytes : public oci::content::Fetcher {
 public:
  absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(const oci::Context&, const oci::Descriptor&) override {
    return std::make_unique<oci::io::StringSource>("\x1f\x8b broken");
  }
};

TEST_F(LayerFilesTest, BytesThatAreNotTheLayersAreToldFromALayerThatIsNoArchive) {
  layers_ = {{.digest = oci::Digest::Of("the layer"), .size = 9}};
  OtherBytes other;
  LayerFiles files(context_, other, layers_);
  const absl::Status status = files.Find("/a.txt").status();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kVerification) << status;
  EXPECT_TRUE(absl::StrContains(status.message(), layers_[0].digest.ToString())) << status;
}

TEST_F(LayerFilesTest, NamesTheLayerThatIsNoArchive) {
  for (const std::string& bytes : {std::string("\x1f\x8b broken"), std::string(512, 'x')}) {
    layers_ = {Add(bytes)};
    LayerFiles files(context_, store_, layers_);
    const absl::Status status = files.Find("/a.txt").status();
    EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kInvalidInput);
    EXPECT_TRUE(absl::StrContains(status.message(), layers_[0].digest.ToString())) << status;
  }
}

TEST_F(LayerFilesTest, StopsWhenAsked) {
  layers_ = {AddBase64(kTop)};
  std::stop_source source;
  source.request_stop();
  const oci::Context stopped = context_.WithStop(source.get_token());
  LayerFiles files(stopped, store_, layers_);
  EXPECT_EQ(oci::ReasonOf(files.Find("/a.txt").status()), oci::Reason::kInterrupted);
}

}  // namespace
}  // namespace waybill::attest::spdx
