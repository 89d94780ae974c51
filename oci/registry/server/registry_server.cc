// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/server/registry_server.h"

#include <optional>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "oci/http/server/http_server.h"
#include "oci/registry/server/dispatcher.h"
#include "oci/registry/server/fault_injector.h"
#include "oci/registry/server/store/catalog.h"
#include "oci/registry/server/store/directory_storage.h"
#include "oci/registry/server/store/layout_index.h"
#include "oci/registry/server/store/storage.h"
#include "oci/registry/server/store/uploads.h"
#include "oci/status_macros.h"

namespace waybill::oci::registry::server {

// Destroyed from the bottom: the servers first, so that no request is under way when the rest goes.
struct RegistryServer::State {
  explicit State(std::function<void(const wire::LoggedRequest&)> on_request) : log(std::move(on_request)) {}
  std::unique_ptr<store::Storage> storage;
  store::Catalog catalog;
  std::optional<Contents> contents;
  store::Uploads uploads;
  wire::RequestLog log;
  FaultInjector faults;
  std::unique_ptr<Dispatcher> dispatcher;
  std::unique_ptr<http::server::HttpServer> other_server;
  std::unique_ptr<http::server::HttpServer> server;
};

absl::StatusOr<std::unique_ptr<RegistryServer>> RegistryServer::Start(Options options) {
  auto state = std::make_unique<State>(std::move(options.on_request));
  if (options.directory.empty()) {
    state->storage = store::NewMemoryStorage();
  } else {
    ABSL_ASSIGN_OR_RETURN(state->storage, store::OpenDirectoryStorage(options.directory));
  }
  state->contents.emplace(*state->storage, state->catalog);
  ABSL_ASSIGN_OR_RETURN(const auto indexes, state->storage->LoadAll());
  for (const auto& [repository, index_json] : indexes) {
    ABSL_RETURN_IF_ERROR(store::ReadLayoutIndex(Context(), repository, index_json, *state->storage, state->catalog));
  }
  state->faults.Set(options.behavior.faults);
  state->dispatcher = std::make_unique<Dispatcher>(Dispatcher::Deps{.storage = *state->storage,
                                                                    .catalog = state->catalog,
                                                                    .uploads = state->uploads,
                                                                    .log = state->log,
                                                                    .faults = state->faults,
                                                                    .clock = std::move(options.clock),
                                                                    .sleeper = std::move(options.sleeper)});
  state->dispatcher->SetBehavior(options.behavior);
  ABSL_ASSIGN_OR_RETURN(state->other_server, http::server::HttpServer::Start({}, *state->dispatcher));
  state->dispatcher->SetOtherHost(state->other_server->address());
  ABSL_ASSIGN_OR_RETURN(state->server, http::server::HttpServer::Start({.listen = options.listen}, *state->dispatcher));
  return std::unique_ptr<RegistryServer>(new RegistryServer(std::move(state)));
}

RegistryServer::RegistryServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
RegistryServer::~RegistryServer() = default;

const std::string& RegistryServer::host() const { return state_->server->address(); }
const std::string& RegistryServer::other_host() const { return state_->other_server->address(); }

void RegistryServer::SetBehavior(const behavior::Behavior& behavior) {
  state_->faults.Set(behavior.faults);
  state_->dispatcher->SetBehavior(behavior);
}
behavior::Behavior RegistryServer::behavior() const { return state_->dispatcher->behavior(); }

wire::RequestLog& RegistryServer::log() { return state_->log; }
int64_t RegistryServer::connections() const {
  return state_->server->connections() + state_->other_server->connections();
}
int64_t RegistryServer::faults_hit() const { return state_->faults.hits(); }
size_t RegistryServer::open_uploads() const { return state_->uploads.size(); }

Contents& RegistryServer::contents() { return *state_->contents; }

}  // namespace waybill::oci::registry::server
