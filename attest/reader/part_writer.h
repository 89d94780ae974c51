// SPDX-License-Identifier: Apache-2.0
// Writers that cut a part out of the JSON that passes. Part of look.h's implementation.
#ifndef WAYBILL_ATTEST_READER_PART_WRITER_H_
#define WAYBILL_ATTEST_READER_PART_WRITER_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "attest/scan/base64_stream.h"
#include "attest/scan/json_paths.h"
#include "oci/io/stream.h"

namespace waybill::attest::reader {

// Takes an envelope, or a bundle around one, and writes its decoded payload to `out`, which must outlive this. Close
// checks that there was one and does not close `out`.
class PayloadWriter final : public oci::io::Writer, private scan::JsonVisitor {
 public:
  explicit PayloadWriter(oci::io::Writer& out) : out_(out), paths_(*this) {}
  absl::Status Write(absl::string_view bytes) override { return paths_.Feed(bytes); }
  absl::Status Close() override;

 private:
  void OnValue(const scan::JsonPath&, char, int64_t) override {}
  absl::Status OnString(const scan::JsonPath& path, absl::string_view piece, bool last) override;
  void OnEnd(const scan::JsonPath&, int64_t) override {}

  oci::io::Writer& out_;
  scan::JsonPaths paths_;
  scan::Base64Stream base64_;
  bool ended_ = false;
};

// Takes a statement and writes the text of its predicate to `out`, which must outlive this. Close checks that there was
// one and does not close `out`.
class PredicateWriter final : public oci::io::Writer, private scan::JsonVisitor {
 public:
  explicit PredicateWriter(oci::io::Writer& out) : out_(out), paths_(*this) {}
  absl::Status Write(absl::string_view bytes) override;
  absl::Status Close() override;

 private:
  void OnValue(const scan::JsonPath& path, char first, int64_t offset) override;
  absl::Status OnString(const scan::JsonPath&, absl::string_view, bool) override { return absl::OkStatus(); }
  void OnEnd(const scan::JsonPath& path, int64_t offset) override;

  oci::io::Writer& out_;
  scan::JsonPaths paths_;
  int64_t offset_ = 0;  // of what Write takes next
  int64_t begin_ = -1;  // of the predicate; -1 while there is none
  int64_t end_ = -1;
  bool twice_ = false;
};

}  // namespace waybill::attest::reader

#endif  // WAYBILL_ATTEST_READER_PART_WRITER_H_
