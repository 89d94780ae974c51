// SPDX-License-Identifier: Apache-2.0
// Expected layers: those that BuildKit made (testdata/golden, cases with original_layers). Random archives are compared
// with Go's in tools/e2e.
#include "oci/layer/rewrite.h"

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "oci/compress/compression.h"
#include "oci/digest.h"
#include "oci/error.h"
#include "oci/file/file.h"
#include "oci/io/hashing.h"
#include "oci/io/string.h"
#include "oci/tar/writer.h"

namespace waybill::oci::layer {
namespace {

nlohmann::json ReadCase(const std::string& name) {
  std::ifstream file(absl::StrCat("testdata/golden/cases/", name, ".json"));
  return nlohmann::json::parse(file, nullptr, false);
}

// The diff id of the recorded blob, rewritten.
absl::StatusOr<Digest> Rewrite(const std::string& blob, int64_t epoch) {
  const Digest digest = *Digest::Parse(blob);
  const auto source =
      *file::FileSource::Open(absl::StrCat("testdata/golden/blobs/", digest.hex()), file::Links::kFollow);
  const auto tar = *compress::NewDecompressor(*source->Open(Context(), 0));
  std::string bytes;
  io::StringWriter to(bytes);
  const absl::Status status = RewriteTimestamps(Context(), *tar, epoch, to);
  if (!status.ok()) return status;
  return Digest::Of(bytes);
}

TEST(RewriteTimestampsTest, MakesTheLayersOfBuildKit) {
  int layers = 0;
  for (const std::string name :
       {"gw-exotic-rewrite", "gw-exotic-rewrite-uncompressed", "oci-base-rewrite-timestamp", "oci-rewrite-timestamp",
        "oci-rewrite-timestamp-noop-epoch", "oci-rewrite-timestamp-zstd"}) {
    const nlohmann::json golden = ReadCase(name);
    const int64_t epoch = std::stoll(golden["exporter"]["attrs"]["source-date-epoch"].get<std::string>());
    const nlohmann::json& given = golden["original_layers"]["refs"]["0"];
    const nlohmann::json& made = golden["result"]["refs"][""]["layers"];
    ASSERT_EQ(given.size(), made.size()) << name;
    // The first two layers of that image are its base's, which BuildKit keeps.
    for (size_t i = name == "oci-base-rewrite-timestamp" ? 2 : 0; i < given.size(); ++i, ++layers) {
      const absl::StatusOr<Digest> diff_id = Rewrite(given[i]["digest"], epoch);
      ASSERT_TRUE(diff_id.ok()) << name << i << diff_id.status();
      EXPECT_EQ(diff_id->ToString(), made[i]["diff_id"].get<std::string>()) << name << " " << i;
    }
  }
  EXPECT_EQ(layers, 23);
}

std::string Archive(const std::vector<tar::Entry>& entries) {
  std::string bytes;
  io::StringWriter out(bytes);
  tar::Writer writer(out);
  for (const tar::Entry& entry : entries) {
    EXPECT_EQ(writer.Begin(entry), absl::OkStatus());
    EXPECT_EQ(writer.Write(std::string(static_cast<size_t>(entry.size), 'x')), absl::OkStatus());
  }
  EXPECT_EQ(writer.Close(), absl::OkStatus());
  return bytes;
}

// Reads to the end only what it is asked for.
TEST(RewriteTimestampsTest, ReadsWhatFollowsTheArchive) {
  const std::string archive = Archive({{.name = "f", .size = 700, .mtime = {5, 0}}});
  const std::string padded = archive + std::string(100000, 'p');
  io::StringReader inner(padded);
  std::string bytes;
  io::StringWriter to(bytes);
  ASSERT_EQ(RewriteTimestamps(Context(), inner, 9, to), absl::OkStatus());
  EXPECT_EQ(bytes, archive);
  char byte;
  EXPECT_EQ(*inner.Read(absl::MakeSpan(&byte, 1)), 0u);
}

// Go's archive/tar gives up on the records of a global header at the first that it cannot parse, and goes on.
TEST(RewriteTimestampsTest, DropsGlobalRecordsThatAreMalformed) {
  std::string archive = Archive({{.name = "global", .type = tar::kPaxGlobal, .records = {{"uid", "one"}}}});
  io::StringReader from(archive);
  std::string bytes;
  io::StringWriter to(bytes);
  ASSERT_EQ(RewriteTimestamps(Context(), from, 0, to), absl::OkStatus());
  EXPECT_EQ(bytes, Archive({{.name = "global", .type = tar::kPaxGlobal}}));
}

TEST(RewriteTimestampsTest, FailsWithTheArchive) {
  const std::string archive = Archive({{.name = "f", .size = 700}});
  for (const size_t size : {size_t{511}, size_t{512}, size_t{1000}}) {
    io::StringReader from(absl::string_view(archive).substr(0, size));
    std::string bytes;
    io::StringWriter to(bytes);
    EXPECT_EQ(ReasonOf(RewriteTimestamps(Context(), from, 0, to)), Reason::kInvalidInput) << size;
  }
}

TEST(RewriteTimestampsTest, StopsWhenCancelled) {
  const std::string archive = Archive({{.name = "f", .size = 700}});
  io::StringReader from(archive);
  std::string bytes;
  io::StringWriter to(bytes);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(RewriteTimestamps(Context().WithStop(stop.get_token()), from, 0, to).code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace waybill::oci::layer
