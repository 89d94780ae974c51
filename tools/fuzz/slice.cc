// SPDX-License-Identifier: Apache-2.0
// exporter/bridge/session/slice: a session's message is a slice of bytes, which survives being sent on.
#include "exporter/bridge/session/slice.h"

#include <grpcpp/grpcpp.h>

#include <string>

#include "tools/fuzz/require.h"

namespace session = waybill::exporter::bridge::session;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const grpc::Slice whole(data, size);
  const auto bytes = session::DecodeSlice(grpc::ByteBuffer(&whole, 1));
  if (bytes.ok()) {
    waybill::fuzz::Require(bytes->size() <= size, "a slice is a part of its message");
    const auto again = session::DecodeSlice(session::EncodeSlice(grpc::Slice(*bytes)));
    waybill::fuzz::Require(waybill::fuzz::Is(again, *bytes), "a slice survives being sent on");
  }
  const std::string raw(waybill::fuzz::View(data, size));
  waybill::fuzz::Require(waybill::fuzz::Is(session::DecodeSlice(session::EncodeSlice(whole)), raw),
                         "any bytes survive being sent");
  return 0;
}
