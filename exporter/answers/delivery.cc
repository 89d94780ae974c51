// SPDX-License-Identifier: Apache-2.0
#include "exporter/answers/delivery.h"

#include <algorithm>
#include <utility>

#include "oci/error.h"
#include "oci/json/json.h"

namespace waybill::exporter::answers {
namespace {

constexpr size_t kMaxPushedBytes = 2 << 10;

}  // namespace

oci::Descriptor DeliveredRoot(const oci::Descriptor& asked, const Delivery& delivery) {
  const oci::Descriptor& whole = delivery.root.has_value() ? *delivery.root : asked;
  if (delivery.pushed.empty()) return whole;
  const oci::Descriptor& first = delivery.pushed.front().root;
  const bool agreed = std::all_of(delivery.pushed.begin(), delivery.pushed.end(),
                                  [&first](const PushedName& pushed) { return pushed.root.digest == first.digest; });
  return agreed ? first : whole;
}

std::string ReusedJson(const Delivery& delivery) {
  oci::json::Writer json;
  json.BeginObject();
  for (const ReusedAttestations& one : delivery.reused) {
    json.Key(one.image.ToString()).BeginObject();
    json.Key("platform").String(one.platform);
    json.Key("attestations").String(one.attestations.ToString()).EndObject();
  }
  json.EndObject();
  return json.Take();
}

std::string PushedJson(const Delivery& delivery) {
  oci::json::Writer json;
  json.BeginObject();
  for (const PushedName& pushed : delivery.pushed) {
    json.Key(pushed.name).BeginObject();
    json.Key("containerimage.digest").String(pushed.root.digest.ToString());
    if (!pushed.attestations.empty()) json.Key("attestations").String(pushed.attestations);
    if (!pushed.warnings.empty()) {
      json.Key("warnings").BeginArray();
      for (const std::string& warning : pushed.warnings) json.String(warning);
      json.EndArray();
    }
    json.EndObject();
  }
  json.EndObject();
  return json.Take();
}

absl::Status WithPushed(const absl::Status& failure, Delivery delivery) {
  if (delivery.pushed.empty()) return failure;
  for (PushedName& name : delivery.pushed) name.warnings.clear();
  std::string pushed = PushedJson(delivery);
  if (pushed.size() > kMaxPushedBytes) return failure;
  oci::ErrorMetadata metadata = oci::MetadataOf(failure);
  metadata[std::string(kPushedKey)] = std::move(pushed);
  return oci::MakeError(oci::ReasonOf(failure).value_or(oci::Reason::kInternal), failure.message(), metadata);
}

}  // namespace waybill::exporter::answers
