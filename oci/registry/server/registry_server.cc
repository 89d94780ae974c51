// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/server/registry_server.h"

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

bool RegistryServer::HasBlob(absl::string_view repository, const Digest& digest) const {
  return state_->storage->Open(repository, digest).ok();
}

bool RegistryServer::HasManifest(absl::string_view repository, const Digest& digest) const {
  return state_->catalog.Find(repository, digest).has_value();
}

std::optional<Digest> RegistryServer::Tagged(absl::string_view repository, absl::string_view tag) const {
  return state_->catalog.Tagged(repository, tag);
}

std::vector<std::string> RegistryServer::Tags(absl::string_view repository) const {
  std::vector<std::string> tags;
  for (const auto& [tag, digest] : state_->catalog.Tags(repository)) tags.push_back(tag);
  return tags;
}

std::vector<Digest> RegistryServer::Referrers(absl::string_view repository, const Digest& subject) const {
  std::vector<Digest> digests;
  for (const store::ManifestEntry& entry : state_->catalog.Referrers(repository, subject, absl::InfiniteFuture())) {
    digests.push_back(entry.digest);
  }
  return digests;
}

absl::StatusOr<std::string> RegistryServer::Content(absl::string_view repository, const Digest& digest) const {
  ABSL_ASSIGN_OR_RETURN(const auto source, state_->storage->Open(repository, digest));
  return io::ReadAll(Context(), *source, source->size());
}

absl::Status RegistryServer::AddBlob(absl::string_view repository, absl::string_view bytes) {
  ABSL_ASSIGN_OR_RETURN(const auto draft, state_->storage->NewDraft(repository));
  ABSL_RETURN_IF_ERROR(draft->Write(bytes));
  state_->catalog.AddRepository(repository);
  return draft->Keep(Digest::Of(bytes));
}

void RegistryServer::AddRepository(absl::string_view repository) { state_->catalog.AddRepository(repository); }

}  // namespace waybill::oci::registry::server
