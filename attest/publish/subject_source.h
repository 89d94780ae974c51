// SPDX-License-Identifier: Apache-2.0
// A statement with one subject more, as a stream.
#ifndef WAYBILL_ATTEST_PUBLISH_SUBJECT_SOURCE_H_
#define WAYBILL_ATTEST_PUBLISH_SUBJECT_SOURCE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "oci/context.h"
#include "oci/digest.h"
#include "oci/io/slice.h"
#include "oci/io/stream.h"
#include "oci/io/string.h"

namespace waybill::attest::publish {

// All other bytes of the statement stay as they are. Nothing of it is in memory. Thread-safe, as sources are.
class SubjectSource final : public oci::io::Source {
 public:
  // The statement with the manifest as its first subject; the name is the one that BuildKit gives to a subject without
  // a name. Reads the statement up to its subjects. Errors: INVALID_ARGUMENT for what has no subject; the statement's.
  static absl::StatusOr<std::unique_ptr<SubjectSource>> Make(const oci::Context& context,
                                                             std::unique_ptr<oci::io::Source> statement,
                                                             const oci::Digest& subject);

  int64_t size() const override { return statement_->size() + inserted_.size(); }
  absl::StatusOr<std::unique_ptr<oci::io::Reader>> Open(const oci::Context& context, int64_t offset) const override;

 private:
  SubjectSource(std::unique_ptr<oci::io::Source> statement, int64_t at, std::string inserted)
      : statement_(std::move(statement)),
        head_(*statement_, 0, at),
        inserted_(std::move(inserted)),
        tail_(*statement_, at, statement_->size() - at) {}

  const std::unique_ptr<oci::io::Source> statement_;
  const oci::io::Slice head_;
  const oci::io::StringSource inserted_;
  const oci::io::Slice tail_;
};

}  // namespace waybill::attest::publish

#endif  // WAYBILL_ATTEST_PUBLISH_SUBJECT_SOURCE_H_
