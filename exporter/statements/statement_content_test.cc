// SPDX-License-Identifier: Apache-2.0
#include "exporter/statements/statement_content.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/io/string.h"
#include "oci/progress.h"

namespace waybill::exporter::statements {
namespace {

// One blob: `size` spaces, which may differ from what anyone asks for.
class Spaces : public oci::content::Fetcher {
 public:
  explicit Spaces(int64_t size) : size_(size) {}
  absl::StatusOr<std::unique_ptr<oci::io::Source>> Fetch(const oci::Context&, const oci::Descriptor&) override {
    return std::make_unique<Source>(size_);
  }

 private:
  class Reader : public oci::io::Reader {
   public:
    explicit Reader(int64_t size) : rest_(size) {}
    absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
      const size_t size = std::min<size_t>(buffer.size(), rest_);
      std::fill_n(buffer.begin(), size, ' ');
      rest_ -= static_cast<int64_t>(size);
      return size;
    }

   private:
    int64_t rest_;
  };
  class Source : public oci::io::Source {
   public:
    explicit Source(int64_t size) : size_(size) {}
    int64_t size() const override { return size_; }
    absl::StatusOr<std::unique_ptr<oci::io::Reader>> Open(const oci::Context&, int64_t offset) const override {
      return std::make_unique<Reader>(size_ - offset);
    }

   private:
    const int64_t size_;
  };

  const int64_t size_;
};

class Warnings : public oci::ProgressSink {
 public:
  void Report(const oci::ProgressEvent& event) override {
    if (event.state == oci::ProgressEvent::State::kWarning) details.push_back(event.detail);
  }
  std::vector<std::string> details;
};

// Takes everything and keeps nothing.
class Counter : public oci::io::Writer {
 public:
  absl::Status Write(absl::string_view bytes) override {
    size += static_cast<int64_t>(bytes.size());
    return absl::OkStatus();
  }
  absl::Status Close() override { return absl::OkStatus(); }
  int64_t size = 0;
};

const oci::Descriptor kThreeSpaces{.digest = oci::Digest::Of("   "), .size = 3};

TEST(ContentReaderTest, CopiesAndMapsWhatIsVerified) {
  const oci::Context context;
  Spaces source(3);
  const ContentReader content(context, source, 3, ::testing::TempDir());
  std::string copy;
  oci::io::StringWriter to(copy);
  ASSERT_TRUE(content.Copy("/p", kThreeSpaces, to).ok());
  EXPECT_EQ(copy, "   ");
  EXPECT_EQ(content.Map("/p", kThreeSpaces).value()->bytes(), "   ");
  oci::io::StringReader other("other");
  EXPECT_EQ(content.Map(other).value()->bytes(), "other");
}

TEST(ContentReaderTest, RefusesOtherBytes) {
  const oci::Context context;
  Spaces source(4);
  const ContentReader content(context, source, 0, ::testing::TempDir());
  Counter to;
  EXPECT_EQ(oci::ReasonOf(content.Copy("/p", kThreeSpaces, to)), oci::Reason::kVerification);
  EXPECT_EQ(oci::ReasonOf(content.Map("/p", kThreeSpaces).status()), oci::Reason::kVerification);
}

TEST(ContentReaderTest, RefusesMoreThanTheLimit) {
  const oci::Context context;
  Spaces source(3);
  const ContentReader content(context, source, 2, ::testing::TempDir());
  Counter to;
  EXPECT_EQ(content.Copy("/p", kThreeSpaces, to).message(), "/p exceeds 2 bytes");
  EXPECT_EQ(content.Map("/p", kThreeSpaces).status().message(), "/p exceeds 2 bytes");
  EXPECT_EQ(to.size, 0);
}

TEST(ContentReaderTest, WarnsAboveWhatBuildKitTakes) {
  Warnings warnings;
  const oci::Context context = oci::Context().WithProgress(warnings);
  for (int64_t size : {kUsualAttestationBytes, kUsualAttestationBytes + 1}) {
    Spaces source(size);
    const ContentReader content(context, source, 0, ::testing::TempDir());
    Counter to;
    // The bytes are none that a digest is known of.
    EXPECT_EQ(oci::ReasonOf(content.Copy("/p", kThreeSpaces, to)), oci::Reason::kVerification);
    EXPECT_EQ(to.size, size);
  }
  EXPECT_EQ(warnings.details,
            std::vector<std::string>{"attestation /p has 83886081 bytes; BuildKit takes no more than 83886080"});
}

}  // namespace
}  // namespace waybill::exporter::statements
