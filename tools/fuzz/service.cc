// SPDX-License-Identifier: Apache-2.0
// exporter/service: a client's build result and its filters are taken or refused.
#include <optional>
#include <string>
#include <vector>

#include "exporter/service/content/filter.h"
#include "exporter/service/messages/result_codec.h"
#include "proto/waybill/v1/build_result.pb.h"
#include "tools/fuzz/require.h"

using waybill::fuzz::Require;

namespace {

void CheckResult(const uint8_t* data, size_t size) {
  waybill::v1::BuildResult message;
  if (!message.ParseFromArray(data, static_cast<int>(size))) return;
  const auto result = waybill::exporter::service::messages::FromProto(std::move(message));
  if (!result.ok()) {
    Require(!result.status().message().empty(), "an error says what is wrong");
    return;
  }
  const auto again =
      waybill::exporter::service::messages::FromProto(waybill::exporter::service::messages::ToProto(*result));
  Require(again.ok(), "a result that was taken is taken again");
  Require(waybill::exporter::service::messages::ToProto(*again).SerializeAsString().size() ==
              waybill::exporter::service::messages::ToProto(*result).SerializeAsString().size(),
          "and is the same");
}

void CheckFilter(absl::string_view text) {
  const auto filter = waybill::exporter::service::content::Filter::Parse(text);
  if (!filter.ok()) return;
  (void)filter->Matches([](const std::vector<std::string>& path) -> std::optional<std::string> {
    Require(!path.empty(), "a field has a name");
    if (path.size() == 1) return std::nullopt;
    return path.back();
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  CheckResult(data, size);
  CheckFilter(waybill::fuzz::View(data, size));
  return 0;
}
