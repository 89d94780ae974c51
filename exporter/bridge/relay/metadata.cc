// SPDX-License-Identifier: Apache-2.0
#include "exporter/bridge/relay/metadata.h"

#include <algorithm>
#include <chrono>

namespace waybill::exporter::bridge::relay {
namespace {

constexpr absl::string_view kWrittenByGrpc[] = {
    "user-agent",     "content-type",         "te",          "host",         "grpc-timeout",
    "grpc-encoding",  "grpc-accept-encoding", "grpc-status", "grpc-message", "grpc-status-details-bin",
    "accept-encoding"};

absl::string_view View(grpc::string_ref text) { return absl::string_view(text.data(), text.size()); }

bool Passes(absl::string_view key) {
  return std::find(std::begin(kWrittenByGrpc), std::end(kWrittenByGrpc), key) == std::end(kWrittenByGrpc);
}

template <typename Add>
void ForEachPassing(const Metadata& metadata, Add add) {
  for (const auto& [key, value] : metadata) {
    if (Passes(View(key))) add(std::string(key.data(), key.size()), std::string(value.data(), value.size()));
  }
}

}  // namespace

void CopyRequest(const grpc::ServerContextBase& from, grpc::ClientContext& to, const Replacements& replaced) {
  ForEachPassing(from.client_metadata(), [&](const std::string& key, const std::string& value) {
    if (!replaced.contains(key)) to.AddMetadata(key, value);
  });
  for (const auto& [key, value] : replaced) to.AddMetadata(key, value);
  if (from.deadline() != std::chrono::system_clock::time_point::max()) to.set_deadline(from.deadline());
}

void CopyInitialMetadata(const grpc::ClientContext& from, grpc::ServerContextBase& to) {
  ForEachPassing(from.GetServerInitialMetadata(),
                 [&](const std::string& key, const std::string& value) { to.AddInitialMetadata(key, value); });
}

void CopyTrailingMetadata(const grpc::ClientContext& from, grpc::ServerContextBase& to) {
  ForEachPassing(from.GetServerTrailingMetadata(),
                 [&](const std::string& key, const std::string& value) { to.AddTrailingMetadata(key, value); });
}

absl::string_view FirstValue(const Metadata& metadata, absl::string_view key) {
  const auto found = metadata.find(grpc::string_ref(key.data(), key.size()));
  return found == metadata.end() ? absl::string_view() : View(found->second);
}

std::vector<std::string> Values(const Metadata& metadata, absl::string_view key) {
  std::vector<std::string> values;
  const auto [begin, end] = metadata.equal_range(grpc::string_ref(key.data(), key.size()));
  for (auto it = begin; it != end; ++it) values.emplace_back(it->second.data(), it->second.size());
  return values;
}

}  // namespace waybill::exporter::bridge::relay
