// SPDX-License-Identifier: Apache-2.0
// What stands around the payload of a bundle or an envelope, taken out of the JSON that passes.
#ifndef WAYBILL_ATTEST_SIGN_ENVELOPE_FIELDS_H_
#define WAYBILL_ATTEST_SIGN_ENVELOPE_FIELDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "attest/reader/part_writer.h"
#include "attest/scan/json_paths.h"
#include "oci/io/stream.h"

namespace waybill::attest::sign {

// Takes the bytes of a bundle, or of a bare envelope, in pieces. Memory is bounded. Not thread-safe.
class EnvelopeFields final : public oci::io::Writer, private scan::JsonVisitor {
 public:
  explicit EnvelopeFields(bool in_bundle) : in_bundle_(in_bundle), paths_(*this), payload_(payload_size_) {}

  // Errors: INVALID_ARGUMENT for what is no JSON, a payload that is no base64, and strings beyond any key's.
  absl::Status Write(absl::string_view bytes) override;
  // Errors: INVALID_ARGUMENT unless there was one document with one payload.
  absl::Status Close() override;

  // Each is there once for each time that it stands in the document. Decoded.
  const std::vector<std::string>& media_types() const { return media_types_; }
  const std::vector<std::string>& payload_types() const { return payload_types_; }
  const std::vector<std::string>& signatures() const { return signatures_; }  // base64
  const std::vector<std::string>& key_ids() const { return key_ids_; }
  const std::vector<std::string>& hints() const { return hints_; }
  bool has_certificate() const { return has_certificate_; }
  int64_t payload_size() const { return payload_size_.bytes; }  // decoded

 private:
  struct Counter final : oci::io::Writer {
    absl::Status Write(absl::string_view written) override {
      bytes += static_cast<int64_t>(written.size());
      return absl::OkStatus();
    }
    absl::Status Close() override { return absl::OkStatus(); }
    int64_t bytes = 0;
  };

  void OnValue(const scan::JsonPath& path, char first, int64_t offset) override;
  absl::Status OnString(const scan::JsonPath& path, absl::string_view piece, bool last) override;
  void OnEnd(const scan::JsonPath&, int64_t) override {}
  std::vector<std::string>* Wanted(const scan::JsonPath& path);

  const bool in_bundle_;
  scan::JsonPaths paths_;
  Counter payload_size_;
  reader::PayloadWriter payload_;
  std::string string_;  // raw, the wanted one that passes
  bool has_certificate_ = false;
  std::vector<std::string> media_types_, payload_types_, signatures_, key_ids_, hints_;
};

}  // namespace waybill::attest::sign

#endif  // WAYBILL_ATTEST_SIGN_ENVELOPE_FIELDS_H_
