// SPDX-License-Identifier: Apache-2.0
#include "oci/layer/toc.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "oci/error.h"
#include "oci/json/json.h"
#include "oci/words/quote.h"

namespace waybill::oci::layer {
namespace {

// What the format calls a type; empty when it has none.
absl::string_view TypeName(char type) {
  switch (type) {
    case tar::kFile:
      return "reg";
    case tar::kHardLink:
      return "hardlink";
    case tar::kSymlink:
      return "symlink";
    case tar::kCharDevice:
      return "char";
    case tar::kBlockDevice:
      return "block";
    case tar::kDirectory:
      return "dir";
    case tar::kFifo:
      return "fifo";
    default:
      return "";
  }
}

// RFC 3339, rounded to seconds; empty for 1970 and for Go's zero time.
std::string FormatTime(const tar::Time& time) {
  constexpr tar::Time kYearOne{-62135596800, 0};
  if (time.seconds == 0 || time == kYearOne) return "";
  const int64_t seconds = time.seconds + (time.nanoseconds >= 500'000'000 ? 1 : 0);
  const absl::CivilSecond civil = absl::CivilSecond() + seconds;  // counts from 1970
  return absl::StrFormat("%s%04d-%02d-%02dT%02d:%02d:%02dZ", civil.year() < 0 ? "-" : "", std::abs(civil.year()),
                         civil.month(), civil.day(), civil.hour(), civil.minute(), civil.second());
}

// Fields of one object; zeros and empty texts are left out.
class Fields {
 public:
  void Text(absl::string_view key, absl::string_view value) {
    if (!value.empty()) list.push_back(absl::StrCat("\"", key, "\": ", json::Quote(value)));
  }
  void Number(absl::string_view key, int64_t value) {
    if (value != 0) list.push_back(absl::StrCat("\"", key, "\": ", value));
  }
  void Xattrs(const std::map<std::string, std::string>& records) {
    std::vector<std::string> lines;
    for (auto record = records.lower_bound(std::string(tar::kXattrPrefix));
         record != records.end() && absl::StartsWith(record->first, tar::kXattrPrefix); ++record) {
      lines.push_back(absl::StrCat("\t\t\t\t", json::Quote(record->first.substr(tar::kXattrPrefix.size())), ": \"",
                                   absl::Base64Escape(record->second), "\""));
    }
    if (!lines.empty()) list.push_back(absl::StrCat("\"xattrs\": {\n", absl::StrJoin(lines, ",\n"), "\n\t\t\t}"));
  }
  void Chunk(const layer::Chunk& chunk) {
    Number("chunkOffset", chunk.file_offset);
    Number("chunkSize", chunk.size);
    Text("chunkDigest", chunk.digest.ToString());
  }

  std::vector<std::string> list;
};

}  // namespace

absl::Status Toc::CheckType(const tar::Entry& entry) {
  if (!TypeName(entry.type).empty()) return absl::OkStatus();
  const std::string type = words::Escaped(absl::string_view(&entry.type, 1));
  return InvalidInputError(absl::StrCat("unsupported input tar entry '", type, "'"));
}

void Toc::Add(const tar::Entry& entry, const Digest* digest, const std::vector<Chunk>& chunks) {
  const bool device = entry.type == tar::kCharDevice || entry.type == tar::kBlockDevice;
  const bool link = entry.type == tar::kHardLink || entry.type == tar::kSymlink;
  Fields fields;
  fields.list.push_back(absl::StrCat("\"name\": ", json::Quote(entry.name)));
  fields.Text("type", TypeName(entry.type));
  if (entry.type == tar::kFile) fields.Number("size", entry.size);
  fields.Text("modtime", FormatTime(entry.mtime));
  if (link) fields.Text("linkName", entry.link);
  fields.Number("mode", entry.mode);
  fields.Number("uid", entry.uid);
  fields.Number("gid", entry.gid);
  fields.Text("userName", IfChanged(users_, entry.uid, entry.user));
  fields.Text("groupName", IfChanged(groups_, entry.gid, entry.group));
  if (!chunks.empty()) fields.Number("offset", chunks[0].blob_offset);
  if (device) fields.Number("devMajor", entry.device_major);
  if (device) fields.Number("devMinor", entry.device_minor);
  fields.Xattrs(entry.records);
  if (digest != nullptr) fields.Text("digest", digest->ToString());
  if (!chunks.empty()) fields.Chunk(chunks[0]);
  AddObject(fields.list);
  for (size_t i = 1; i < chunks.size(); ++i) {
    Fields more;
    more.list.push_back(absl::StrCat("\"name\": ", json::Quote(entry.name)));
    more.Text("type", "chunk");
    more.Number("offset", chunks[i].blob_offset);
    more.Chunk(chunks[i]);
    AddObject(more.list);
  }
}

std::string Toc::IfChanged(std::map<int64_t, std::string>& last, int64_t id, const std::string& name) {
  if (name.empty() || std::exchange(last[id], name) == name) return "";
  return name;
}

void Toc::AddObject(const std::vector<std::string>& fields) {
  absl::StrAppend(&entries_, entries_.empty() ? "" : ",\n", "\t\t{\n\t\t\t", absl::StrJoin(fields, ",\n\t\t\t"),
                  "\n\t\t}");
}

std::string Toc::Take() {
  constexpr absl::string_view kStart = "{\n\t\"version\": 1,\n\t\"entries\": ";
  if (entries_.empty()) return absl::StrCat(kStart, "null\n}");
  entries_.insert(0, absl::StrCat(kStart, "[\n"));
  entries_ += "\n\t]\n}";
  return std::move(entries_);
}

}  // namespace waybill::oci::layer
