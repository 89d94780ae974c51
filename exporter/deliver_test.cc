// SPDX-License-Identifier: Apache-2.0
#include "exporter/deliver.h"

#include <map>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"
#include "oci/content/store/memory_store.h"
#include "oci/error.h"

namespace waybill::exporter {
namespace {

using answers::Delivery;

// Answers as it is told, and remembers what it got.
class ToldOutput : public Output {
 public:
  explicit ToldOutput(absl::StatusOr<Delivery> answer) : answer_(std::move(answer)) {}
  absl::StatusOr<Delivery> Deliver(const oci::Context&, const Image& image,
                                   const request::ExportOptions& options) override {
    root_ = image.root.digest.ToString();
    type_ = options.type;
    return answer_;
  }
  const std::string& root() const { return root_; }
  request::ExporterType type() const { return type_; }

 private:
  const absl::StatusOr<Delivery> answer_;
  std::string root_;
  request::ExporterType type_ = request::ExporterType::kLocal;
};

oci::Descriptor Manifest(const std::string& text) {
  return {.media_type = "application/vnd.oci.image.manifest.v1+json",
          .digest = oci::Digest::Of(text),
          .size = static_cast<int64_t>(text.size())};
}

class DeliverTest : public ::testing::Test {
 protected:
  absl::StatusOr<Report> Run(Output& output) {
    return Deliver(oci::Context(),
                   {.root = asked_, .referrers = {}, .names = {"a:1", "b:2"}, .content = content_, .config = config_},
                   {.type = request::ExporterType::kImage}, output);
  }

  oci::content::store::MemoryStore content_;
  const oci::Descriptor asked_ = Manifest("asked");
  const oci::Digest config_ = oci::Digest::Of("config");
};

// As the daemon answers for one manifest (testdata/golden/cases/image-*).
TEST_F(DeliverTest, ReportsTheImageAsItWasAskedFor) {
  ToldOutput output{Delivery{}};
  const absl::StatusOr<Report> report = Run(output);
  ASSERT_EQ(report.status(), absl::OkStatus());
  EXPECT_EQ(output.root(), asked_.digest.ToString());
  EXPECT_EQ(output.type(), request::ExporterType::kImage);
  EXPECT_EQ(report->root, asked_);
  EXPECT_EQ(report->names, (std::vector<std::string>{"a:1", "b:2"}));
  EXPECT_TRUE(report->delivery.pushed.empty());
  std::map<std::string, std::string> response = report->response;
  EXPECT_EQ(response["containerimage.digest"], asked_.digest.ToString());
  EXPECT_EQ(response["containerimage.config.digest"], config_.ToString());
  EXPECT_EQ(response["image.name"], "a:1,b:2");
  EXPECT_FALSE(response.contains("waybill.pushed"));
}

// All registries took another root, for instance one without attestations: that is the image now.
TEST_F(DeliverTest, ReportsWhatWasPushedInstead) {
  const oci::Descriptor pushed = Manifest("pushed");
  ToldOutput output{Delivery{.pushed = {{.name = "a:1", .root = pushed}, {.name = "b:2", .root = pushed}}}};
  const absl::StatusOr<Report> report = Run(output);
  ASSERT_EQ(report.status(), absl::OkStatus());
  EXPECT_EQ(report->root, pushed);
  EXPECT_EQ(report->response.at("containerimage.digest"), pushed.digest.ToString());
  EXPECT_EQ(report->delivery.pushed.size(), 2u);
  std::string names;
  ASSERT_TRUE(absl::Base64Unescape(report->response.at("waybill.pushed"), &names));
  EXPECT_EQ(names, "{\"a:1\":{\"containerimage.digest\":\"" + pushed.digest.ToString() +
                       "\"},\"b:2\":{\"containerimage.digest\":\"" + pushed.digest.ToString() + "\"}}");
}

TEST_F(DeliverTest, RegistriesThatDifferLeaveTheImageAsItWasAskedFor) {
  ToldOutput output{
      Delivery{.pushed = {{.name = "a:1", .root = asked_}, {.name = "b:2", .root = Manifest("another")}}}};
  const absl::StatusOr<Report> report = Run(output);
  ASSERT_EQ(report.status(), absl::OkStatus());
  EXPECT_EQ(report->root, asked_);
  EXPECT_EQ(report->response.at("containerimage.digest"), asked_.digest.ToString());
}

TEST_F(DeliverTest, AnErrorIsTheOutputs) {
  ToldOutput output{oci::MakeError(oci::Reason::kStorage, "the disk is full", {{"path", "/disk"}})};
  const absl::Status status = Run(output).status();
  EXPECT_EQ(oci::ReasonOf(status), oci::Reason::kStorage);
  EXPECT_EQ(status.message(), "the disk is full");
  EXPECT_EQ(oci::MetadataOf(status), (oci::ErrorMetadata{{"path", "/disk"}}));
}

}  // namespace
}  // namespace waybill::exporter
