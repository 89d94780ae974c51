// SPDX-License-Identifier: Apache-2.0
#include "exporter/service/testing/local_service.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "exporter/rpc/client.h"
#include "gtest/gtest.h"
#include "oci/error.h"

namespace waybill::exporter::service::testing {

LocalService::LocalService(const std::string& root) : root_(root) {
  std::error_code error;
  std::filesystem::remove_all(root_, error);
  std::filesystem::create_directories(root_ + "/allowed", error);
}

void LocalService::Start(const ServiceLimits& limits) {
  server_.reset();
  std::vector<rpc::listen::Address> addresses = {*rpc::listen::Address::Parse("tcp://127.0.0.1:0")};
  if (!limits.socket.empty()) addresses.push_back(*rpc::listen::Address::Parse("unix://" + limits.socket));
  absl::StatusOr<std::unique_ptr<Server>> server =
      Server::Start({.listen = addresses,
                     .root = root_ + "/service",
                     .layouts = {root_ + "/allowed"},
                     .version = "1.2.3",
                     .parallel_exports = limits.parallel_exports,
                     .client_memory = limits.client_memory,
                     .limits = limits.store,
                     .client_calls = limits.client_calls,
                     .client_exports = limits.client_exports,
                     .client_patience = limits.client_patience,
                     .new_output = [this](const request::ExportOptions& options,
                                          oci::io::Writer* archive) -> absl::StatusOr<std::unique_ptr<Output>> {
                       if (archive == nullptr) return oci::UnsupportedError("a push");
                       if (options.type == request::ExporterType::kDocker)
                         return std::make_unique<EndlessOutput>(*archive, endless_);
                       return std::make_unique<ArchiveOutput>(*archive);
                     },
                     .on_export_end =
                         [this](const ExportEnd& end) {
                           absl::MutexLock lock(&mutex_);
                           ends_.push_back(absl::StrCat(end.type, " ", end.names, " ", end.status.code()));
                         },
                     .spans = &spans_,
                     .exporter = {.now = [] { return absl::UnixEpoch(); },
                                  .version = "v0",
                                  .host = {.architecture = "amd64", .os = "linux"}}});
  ASSERT_TRUE(server.ok()) << server.status();
  server_ = *std::move(server);
  remote_ = std::make_unique<client::RemoteExporter>(address(), rpc::Connect(address()), clock_);
  stub_ = v1::Exporter::NewStub(rpc::Connect(address()));
}

std::vector<std::string> LocalService::Ends(size_t count) {
  const auto enough = [&]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return ends_.size() >= count; };
  absl::MutexLock lock(&mutex_, absl::Condition(&enough));
  return ends_;
}

}  // namespace waybill::exporter::service::testing
