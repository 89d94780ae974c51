// SPDX-License-Identifier: Apache-2.0
// Expected layers: those that BuildKit made (testdata/golden). The compressor of these tests plays their members back:
// it takes exactly the bytes that a recorded member holds, and gives the recorded member.
#include "oci/layer/estargz.h"

#include <zlib.h>

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "oci/error.h"
#include "oci/file/testing/files.h"
#include "oci/io/string.h"
#include "oci/tar/writer.h"

namespace waybill::oci::layer {
namespace {

using file::testing::ReadFile;

struct Member {
  std::string compressed;
  std::string bytes;
};

// The gzip members of a blob, by zlib.
std::vector<Member> MembersOf(const std::string& blob) {
  std::vector<Member> members;
  for (size_t start = 0; start < blob.size();) {
    z_stream stream = {};
    EXPECT_EQ(inflateInit2(&stream, 31), Z_OK);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(blob.data() + start));
    stream.avail_in = static_cast<uInt>(blob.size() - start);
    std::string bytes(64 << 20, '\0');
    stream.next_out = reinterpret_cast<Bytef*>(bytes.data());
    stream.avail_out = static_cast<uInt>(bytes.size());
    EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
    bytes.resize(stream.total_out);
    members.push_back({blob.substr(start, stream.total_in), std::move(bytes)});
    start += stream.total_in;
    inflateEnd(&stream);
  }
  return members;
}

// A member that Go flushed and closed ends in two empty stored blocks, the second of them the last.
bool IsFlushed(const Member& member) {
  const std::string& bytes = member.compressed;
  return absl::EndsWith(absl::string_view(bytes).substr(0, bytes.size() - 8),
                        absl::string_view("\0\0\xff\xff\x01\0\0\xff\xff", 9));
}

class Playback : public GzipMembers {
 public:
  explicit Playback(std::vector<Member> members) : members_(std::move(members)) {}
  absl::StatusOr<std::unique_ptr<GzipMember>> Begin(io::Writer& to) override {
    if (next_ == members_.size()) return MakeError(Reason::kInternal, "a member too many");
    return std::make_unique<Played>(members_[next_++], to);
  }
  size_t begun() const { return next_; }

 private:
  class Played : public GzipMember {
   public:
    Played(const Member& member, io::Writer& to) : member_(member), to_(to) {}
    absl::Status Write(absl::string_view bytes) override {
      absl::StrAppend(&got_, bytes);
      return absl::OkStatus();
    }
    absl::Status End(bool flushed) override {
      EXPECT_TRUE(got_ == member_.bytes) << got_.size() << " bytes instead of " << member_.bytes.size();
      EXPECT_EQ(flushed, IsFlushed(member_));
      return to_.Write(member_.compressed);
    }

   private:
    const Member& member_;
    io::Writer& to_;
    std::string got_;
  };

  const std::vector<Member> members_;
  size_t next_ = 0;
};

TEST(WriteEStargzTest, MakesTheLayersOfBuildKit) {
  int layers = 0;
  for (const std::string name :
       {"oci-compression-estargz", "oci-compression-estargz-chunks", "gw-exotic-rewrite-estargz",
        "oci-base-estargz-force", "oci-force-compression-estargz"}) {
    const nlohmann::json golden =
        nlohmann::json::parse(ReadFile(absl::StrCat("testdata/golden/cases/", name, ".json")), nullptr, false);
    for (const nlohmann::json& layer : golden["result"]["refs"][""]["layers"]) {
      if (!layer.contains("annotations")) continue;  // one that BuildKit could not convert
      const std::string blob =
          ReadFile(absl::StrCat("testdata/golden/blobs/", Digest::Parse(layer["digest"].get<std::string>())->hex()));
      std::vector<Member> members = MembersOf(blob);
      members.pop_back();  // the footer
      std::string archive;
      for (size_t i = 0; i + 1 < members.size(); ++i) archive += members[i].bytes;
      io::StringReader from(archive);
      const size_t count = members.size();
      Playback playback(std::move(members));
      std::string made;
      io::StringWriter to(made);
      const absl::StatusOr<EStargz> result = WriteEStargz(Context(), from, playback, to);
      ASSERT_TRUE(result.ok()) << result.status();
      EXPECT_TRUE(made == blob) << name;
      EXPECT_EQ(playback.begun(), count);
      EXPECT_EQ(result->diff_id.ToString(), layer["diff_id"].get<std::string>());
      const nlohmann::json& annotations = layer["annotations"];
      EXPECT_EQ(result->toc_digest.ToString(), annotations[std::string(kTocDigestAnnotation)].get<std::string>());
      EXPECT_EQ(absl::StrCat(result->uncompressed_size),
                annotations[std::string(kUncompressedSizeAnnotation)].get<std::string>());
      ++layers;
    }
  }
  EXPECT_EQ(layers, 16);
}

// Members that are not compressed, for tests that look at something else.
class Stored : public GzipMembers {
 public:
  absl::StatusOr<std::unique_ptr<GzipMember>> Begin(io::Writer& to) override { return std::make_unique<Plain>(to); }

 private:
  class Plain : public GzipMember {
   public:
    explicit Plain(io::Writer& to) : to_(to) {}
    absl::Status Write(absl::string_view bytes) override { return to_.Write(bytes); }
    absl::Status End(bool) override { return absl::OkStatus(); }

   private:
    io::Writer& to_;
  };
};

absl::StatusOr<std::string> Convert(const std::string& archive) {
  io::StringReader from(archive);
  Stored stored;
  std::string made;
  io::StringWriter to(made);
  const absl::Status status = WriteEStargz(Context(), from, stored, to).status();
  if (!status.ok()) return status;
  return made;
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

// The table of what stargz-snapshotter's library makes of such an entry.
TEST(WriteEStargzTest, WritesNamesTimesAndAttributesAsGoDoes) {
  tar::Entry entry{.name = "a<b>\xff", .type = tar::kDirectory, .mode = 0755, .uid = 3, .user = "u"};
  entry.mtime = {1, 500'000'000};
  entry.records = {{"SCHILY.xattr.user.b", std::string("\0\1", 2)}, {"SCHILY.xattr.user.a", ""}};
  entry.format = tar::Format::kPax;
  tar::Entry second{.name = "c", .type = tar::kFifo, .uid = 3, .user = "u"};
  const absl::StatusOr<std::string> made = Convert(Archive({entry, second}));
  ASSERT_TRUE(made.ok()) << made.status();
  EXPECT_TRUE(absl::StrContains(*made, R"({
	"version": 1,
	"entries": [
		{
			"name": "a\u003cb\u003e\ufffd",
			"type": "dir",
			"modtime": "1970-01-01T00:00:02Z",
			"mode": 493,
			"uid": 3,
			"userName": "u",
			"xattrs": {
				"user.a": "",
				"user.b": "AAE="
			}
		},
		{
			"name": "c",
			"type": "fifo",
			"uid": 3
		}
	]
})")) << *made;
}

TEST(WriteEStargzTest, AnEmptyArchiveHasAnEmptyTable) {
  for (const std::string& archive : {std::string(), std::string(1024, '\0')}) {
    const absl::StatusOr<std::string> made = Convert(archive);
    ASSERT_TRUE(made.ok()) << made.status();
    EXPECT_TRUE(absl::StrContains(*made, "\"entries\": null\n}"));
  }
}

TEST(WriteEStargzTest, RefusesWhatTheFormatDoesNotHave) {
  const std::pair<std::string, std::string> wrong[] = {
      {Archive({{.name = "g", .type = tar::kPaxGlobal, .records = {{"comment", "x"}}}}),
       "unsupported input tar entry 'g'"},
      {Archive({{.name = "./stargz.index.json", .size = 1}}),
       "existing TOC JSON is not allowed; decompress layer before append"},
      {ReadFile("oci/tar/testdata/sparse.tar"), "unsupported input tar entry 'S'"},
  };
  for (const auto& [archive, text] : wrong) {
    const absl::Status status = Convert(archive).status();
    EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput);
    EXPECT_EQ(status.message(), text);
  }
  const absl::Status cut = Convert(Archive({{.name = "f", .size = 700}}).substr(0, 1000)).status();
  EXPECT_EQ(ReasonOf(cut), Reason::kInvalidInput);
}

}  // namespace
}  // namespace waybill::oci::layer
