// SPDX-License-Identifier: Apache-2.0
#include "attest/publish/subject_source.h"

#include <array>
#include <cstddef>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "attest/scan/json_paths.h"
#include "oci/error.h"
#include "oci/json/json.h"
#include "oci/status_macros.h"

namespace waybill::attest::publish {
namespace {

constexpr absl::string_view kNoName = "_";
// The subjects of most statements come first.
constexpr size_t kStepBytes = 4096;

// Finds where the first subject begins.
class FirstSubject final : public scan::JsonVisitor {
 public:
  void OnValue(const scan::JsonPath& path, char first, int64_t offset) override {
    if (at_ < 0 && first == '{' && path.Is({"subject", scan::kElement})) at_ = offset;
  }
  absl::Status OnString(const scan::JsonPath&, absl::string_view, bool) override { return absl::OkStatus(); }
  void OnEnd(const scan::JsonPath&, int64_t) override {}

  int64_t at() const { return at_; }

 private:
  int64_t at_ = -1;
};

absl::StatusOr<int64_t> FindFirstSubject(const oci::Context& context, const oci::io::Source& statement) {
  FirstSubject first;
  scan::JsonPaths paths(first);
  ABSL_ASSIGN_OR_RETURN(const std::unique_ptr<oci::io::Reader> reader, statement.Open(context, 0));
  std::array<char, kStepBytes> buffer;
  while (first.at() < 0) {
    ABSL_RETURN_IF_ERROR(context.Check());
    ABSL_ASSIGN_OR_RETURN(const size_t read, reader->Read(absl::MakeSpan(buffer)));
    if (read == 0) return oci::InvalidInputError("the statement has no subject");
    ABSL_RETURN_IF_ERROR(paths.Feed(absl::string_view(buffer.data(), read)));
  }
  return first.at();
}

std::string SubjectJson(const oci::Digest& digest) {
  oci::json::Writer writer;
  writer.BeginObject().Key("name").String(kNoName).Key("digest").BeginObject();
  writer.Key(digest.algorithm()).String(digest.hex()).EndObject().EndObject();
  return writer.Take();
}

// Sources one after the other, each opened when its turn comes.
class Chain final : public oci::io::Reader {
 public:
  // `offset` lies in the first source.
  Chain(const oci::Context& context, std::vector<const oci::io::Source*> sources, int64_t offset)
      : context_(context), sources_(std::move(sources)), offset_(offset) {}

  absl::StatusOr<size_t> Read(absl::Span<char> buffer) override {
    while (next_ < sources_.size() || reader_ != nullptr) {
      if (reader_ == nullptr) {
        ABSL_ASSIGN_OR_RETURN(reader_, sources_[next_++]->Open(context_, std::exchange(offset_, 0)));
      }
      ABSL_ASSIGN_OR_RETURN(const size_t read, reader_->Read(buffer));
      if (read > 0) return read;
      reader_.reset();
    }
    return size_t{0};
  }

 private:
  const oci::Context context_;
  const std::vector<const oci::io::Source*> sources_;
  size_t next_ = 0;
  int64_t offset_;
  std::unique_ptr<oci::io::Reader> reader_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<SubjectSource>> SubjectSource::Make(const oci::Context& context,
                                                                   std::unique_ptr<oci::io::Source> statement,
                                                                   const oci::Digest& subject) {
  ABSL_ASSIGN_OR_RETURN(const int64_t at, FindFirstSubject(context, *statement));
  return std::unique_ptr<SubjectSource>(
      new SubjectSource(std::move(statement), at, absl::StrCat(SubjectJson(subject), ",")));
}

absl::StatusOr<std::unique_ptr<oci::io::Reader>> SubjectSource::Open(const oci::Context& context,
                                                                     int64_t offset) const {
  std::vector<const oci::io::Source*> rest = {&head_, &inserted_, &tail_};
  while (rest.size() > 1 && offset >= rest.front()->size()) {
    offset -= rest.front()->size();
    rest.erase(rest.begin());
  }
  return std::make_unique<Chain>(context, std::move(rest), offset);
}

}  // namespace waybill::attest::publish
