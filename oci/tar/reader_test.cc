// SPDX-License-Identifier: Apache-2.0
// testdata/formats.tar was written by Go's archive/tar (testdata/generate.go), sparse.tar by GNU tar (sparse.sh).
#include "oci/tar/reader.h"

#include <fstream>
#include <iterator>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "oci/error.h"
#include "oci/io/string.h"
#include "oci/tar/block.h"
#include "oci/tar/header.h"
#include "oci/tar/writer.h"

namespace waybill::oci::tar {
namespace {

using ::testing::HasSubstr;

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string Formats() { return ReadFile("oci/tar/testdata/formats.tar"); }

std::string Repeat(absl::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) absl::StrAppend(&out, text);
  return out;
}

// "name type size data" per entry; data of every entry but those whose number is in `unread`.
absl::StatusOr<std::vector<std::string>> List(Reader& reader, bool read) {
  std::vector<std::string> lines;
  while (true) {
    absl::StatusOr<std::optional<Entry>> entry = reader.Next(Context());
    if (!entry.ok()) return entry.status();
    if (!entry->has_value()) return lines;
    absl::StatusOr<std::string> data = read ? io::ReadAll(Context(), reader, 1 << 20) : "";
    if (!data.ok()) return data.status();
    lines.push_back(absl::StrCat((*entry)->name, " ", std::string(1, (*entry)->type), " ", (*entry)->size, " ", *data));
  }
}

std::vector<std::string> Expected(bool read) {
  const std::string name = Repeat("long/", 60) + "name";
  const auto data = [&](const std::string& text) { return read ? text : ""; };
  return {
      "GlobalHead.0.0 g 0 ",
      "ustar 0 3 " + data("one"),
      Repeat("d", 120) + "/split 0 3 " + data("two"),
      name + ".pax 0 1000 " + data(Repeat("3", 1000)),
      "directory/ 5 0 ",
      "link 2 0 ",
      name + ".gnu 0 4 " + data("four"),
  };
}

TEST(ReaderTest, ReadsEveryFormatFromAStream) {
  const std::string archive = Formats();
  for (const bool read : {true, false}) {
    io::StringReader stream(archive);
    Reader reader(stream);
    const absl::StatusOr<std::vector<std::string>> lines = List(reader, read);
    ASSERT_TRUE(lines.ok()) << lines.status();
    EXPECT_EQ(*lines, Expected(read));
  }
}

TEST(ReaderTest, ReadsEveryFormatFromASource) {
  const io::StringSource source(Formats());
  for (const bool read : {true, false}) {
    Reader reader(source);
    const absl::StatusOr<std::vector<std::string>> lines = List(reader, read);
    ASSERT_TRUE(lines.ok()) << lines.status();
    EXPECT_EQ(*lines, Expected(read));
  }
}

TEST(ReaderTest, AnEntryCanBeReadFromWhereItBegins) {
  for (const std::string file : {"formats.tar", "sparse.tar"}) {
    const io::StringSource source(ReadFile("oci/tar/testdata/" + file));
    Reader reader(source);
    while (true) {
      const auto entry = reader.Next(Context());
      ASSERT_TRUE(entry.ok()) << entry.status();
      if (!entry->has_value()) break;
      const std::unique_ptr<io::Reader> stream = *source.Open(Context(), reader.entry_offset());
      Reader again(*stream);
      const auto same = again.Next(Context());
      ASSERT_TRUE(same.ok() && same->has_value()) << same.status();
      EXPECT_EQ((*same)->name, (*entry)->name);
      EXPECT_EQ(*io::ReadAll(Context(), again, 2 << 20), *io::ReadAll(Context(), reader, 2 << 20));
    }
  }
}

// An archive of one entry with `size` bytes and a second, empty one.
std::string TwoEntries(size_t size) {
  std::string archive;
  io::StringWriter out(archive);
  Writer writer(out);
  EXPECT_TRUE(writer.Begin({.name = "big", .size = static_cast<int64_t>(size)}).ok());
  EXPECT_TRUE(writer.Write(std::string(size, 'b')).ok());
  EXPECT_TRUE(writer.Begin({.name = "last"}).ok());
  EXPECT_TRUE(writer.Close().ok());
  return archive;
}

// Counts what is read of it.
class CountingSource : public io::Source {
 public:
  explicit CountingSource(std::string bytes) : inner_(std::move(bytes)) {}
  int64_t size() const override { return inner_.size(); }
  absl::StatusOr<std::unique_ptr<io::Reader>> Open(const Context& context, int64_t offset) const override {
    absl::StatusOr<std::unique_ptr<io::Reader>> reader = inner_.Open(context, offset);
    if (!reader.ok()) return reader.status();
    return std::make_unique<Counter>(*std::move(reader), total_);
  }
  int64_t total() const { return total_; }

 private:
  class Counter : public io::Reader {
   public:
    Counter(std::unique_ptr<io::Reader> inner, int64_t& total) : inner_(std::move(inner)), total_(total) {}
    absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
      absl::StatusOr<size_t> count = inner_->Read(buffer);
      if (count.ok()) total_ += static_cast<int64_t>(*count);
      return count;
    }

   private:
    const std::unique_ptr<io::Reader> inner_;
    int64_t& total_;
  };

  const io::StringSource inner_;
  mutable int64_t total_ = 0;
};

TEST(ReaderTest, JumpsOverDataOfASource) {
  const CountingSource source(TwoEntries(1 << 20));
  Reader reader(source);
  ASSERT_EQ((**reader.Next(Context())).name, "big");
  EXPECT_EQ(reader.data_offset(), 512);
  ASSERT_EQ((**reader.Next(Context())).name, "last");
  EXPECT_EQ(reader.data_offset(), 1024 + (1 << 20));
  EXPECT_FALSE(reader.Next(Context())->has_value());
  EXPECT_EQ(source.total(), 4 * 512);  // two headers and the end
}

TEST(ReaderTest, AnArchiveCutAnywhereIsAnErrorOrEndsBetweenEntries) {
  const std::string archive = TwoEntries(700);
  const size_t second = 512 + 1024;
  for (size_t size = 0; size < second + 512; ++size) {
    for (const bool read : {true, false}) {
      io::StringReader stream(absl::string_view(archive).substr(0, size));
      Reader reader(stream);
      const absl::StatusOr<std::vector<std::string>> lines = List(reader, read);
      // Nothing is missing when the archive ends in padding.
      if (size == 0 || (size >= 512 + 700 && size <= second)) {
        EXPECT_TRUE(lines.ok()) << size << lines.status();
      } else {
        EXPECT_EQ(ReasonOf(lines.status()), Reason::kInvalidInput) << size;
        EXPECT_EQ(lines.status().message(), "the tar archive is cut short") << size;
      }
    }
  }
}

// A header of a type that the writer keeps for itself.
std::string RawHeader(char type, int64_t size) {
  BlockBuilder block;
  block.PutText(kNameField, "special");
  block.PutType(type);
  block.PutOctal(kSizeField, size);
  return block.Take(Magic::kUstar);
}

// A header as PAX and GNU write them before the real one, with `size` bytes announced.
std::string Special(char type, int64_t size, const std::string& bytes) {
  std::string special = RawHeader(type, size) + bytes;
  special.append(static_cast<size_t>(PaddingOf(static_cast<int64_t>(bytes.size()))), '\0');
  return special;
}

absl::Status ReadStatus(const std::string& archive) {
  io::StringReader stream(archive);
  Reader reader(stream);
  return List(reader, true).status();
}

TEST(ReaderTest, RefusesOversizedExtensions) {
  for (const char type : {'x', 'g', 'L', 'K'}) {
    const absl::Status status = ReadStatus(Special(type, (1 << 20) + 1, ""));
    EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput) << type;
    EXPECT_EQ(status.message(), "a tar extension header is too large");
  }
}

TEST(ReaderTest, RefusesImpossibleSizes) {
  const std::string file = *EncodeHeader({.name = "f"});
  const std::pair<std::string, std::string> records[] = {
      {"28 size=9223372036854775807\n", "the size is out of range"},
      {"11 size=-1\n", "the size is negative"},
      {"12 size=1x2\n", "the PAX size is not a number"},
  };
  for (const auto& [record, text] : records) {
    const absl::Status status = ReadStatus(Special('x', static_cast<int64_t>(record.size()), record) + file);
    EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput) << record;
    EXPECT_THAT(std::string(status.message()), HasSubstr(text)) << record;
  }
}

TEST(ReaderTest, ReadsSparseFilesOfEveryForm) {
  std::string whole(1 << 20, '\0');  // testdata/sparse.sh
  for (size_t piece = 1; piece <= 30; ++piece) {
    const std::string text = absl::StrCat(piece);
    whole.replace(piece * 1024, text.size(), text);
  }
  const io::StringSource source(ReadFile("oci/tar/testdata/sparse.tar"));
  const std::unique_ptr<io::Reader> stream = *source.Open(Context(), 0);
  Reader reading(*stream);
  Reader jumping(source);
  for (Reader* const reader : {&reading, &jumping}) {
    for (const std::string form : {"gnu", "0.0", "0.1", "1.0"}) {
      const auto sparse = reader->Next(Context());
      ASSERT_TRUE(sparse.ok() && sparse->has_value()) << form << sparse.status();
      EXPECT_EQ((*sparse)->name, form + "/holes");
      EXPECT_TRUE(reader->sparse()) << form;
      EXPECT_EQ((*sparse)->size, static_cast<int64_t>(whole.size())) << form;
      if (reader == &reading) {
        EXPECT_EQ(*io::ReadAll(Context(), *reader, 1 << 20), whole) << form;
      }
      const auto after = reader->Next(Context());
      ASSERT_TRUE(after.ok() && after->has_value()) << form << after.status();
      EXPECT_EQ((*after)->name, form + "/after");
      EXPECT_FALSE(reader->sparse());
      EXPECT_EQ(*io::ReadAll(Context(), *reader, 100), "after");
    }
    EXPECT_FALSE(reader->Next(Context())->has_value());
  }
}

TEST(ReaderTest, ASparseMapThatIsCutShort) {
  BlockBuilder block;
  block.PutType(kSparse);
  block.PutNumber({kGnuSparseField.offset + kGnuSparseField.length - 1, 1}, 1);
  const absl::Status status = ReadStatus(block.Take(Magic::kGnu));
  EXPECT_EQ(ReasonOf(status), Reason::kInvalidInput);
  EXPECT_EQ(status.message(), "the tar archive is cut short");
}

TEST(ReaderTest, CancelsWhileSkipping) {
  const std::string archive = TwoEntries(1 << 20);
  io::StringReader stream(archive);
  Reader reader(stream);
  ASSERT_TRUE(reader.Next(Context()).ok());
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(reader.Next(Context().WithStop(stop.get_token())).status().code(), absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace waybill::oci::tar
