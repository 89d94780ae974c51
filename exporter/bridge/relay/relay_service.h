// SPDX-License-Identifier: Apache-2.0
// A gRPC service that takes calls of every name and gives each to a route.
#ifndef WAYBILL_EXPORTER_BRIDGE_RELAY_RELAY_SERVICE_H_
#define WAYBILL_EXPORTER_BRIDGE_RELAY_RELAY_SERVICE_H_

#include <grpcpp/generic/async_generic_service.h>

#include <functional>
#include <utility>

namespace waybill::exporter::bridge::relay {

// Makes the reactor of one call; called on a gRPC thread and must not block.
using Route = std::function<grpc::ServerGenericBidiReactor*(grpc::GenericCallbackServerContext&)>;

class RelayService : public grpc::CallbackGenericService {
 public:
  explicit RelayService(Route route) : route_(std::move(route)) {}
  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override {
    return route_(*context);
  }

 private:
  const Route route_;
};

}  // namespace waybill::exporter::bridge::relay

#endif  // WAYBILL_EXPORTER_BRIDGE_RELAY_RELAY_SERVICE_H_
