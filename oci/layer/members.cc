// SPDX-License-Identifier: Apache-2.0
#include "oci/layer/members.h"

#include <utility>

#include "oci/deflate/gzip_writer.h"
#include "oci/status_macros.h"

namespace waybill::oci::layer {
namespace {

class DeflateMember : public GzipMember {
 public:
  explicit DeflateMember(std::unique_ptr<deflate::GzipWriter> writer) : writer_(std::move(writer)) {}
  absl::Status Write(absl::string_view bytes) override { return writer_->Write(bytes); }
  absl::Status End(bool flushed) override {
    if (flushed) writer_->FlushAtEnd();
    return writer_->Close();
  }

 private:
  const std::unique_ptr<deflate::GzipWriter> writer_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<GzipMember>> DeflateMembers::Begin(io::Writer& to) {
  ABSL_ASSIGN_OR_RETURN(std::unique_ptr<deflate::GzipWriter> writer,
                        deflate::GzipWriter::New(engine_, to, {.level = level_}));
  return std::make_unique<DeflateMember>(std::move(writer));
}

}  // namespace waybill::oci::layer
