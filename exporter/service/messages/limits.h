// SPDX-License-Identifier: Apache-2.0
// Limits of the service's messages, which both sides know.
#ifndef WAYBILL_EXPORTER_SERVICE_MESSAGES_LIMITS_H_
#define WAYBILL_EXPORTER_SERVICE_MESSAGES_LIMITS_H_

namespace waybill::exporter::service::messages {

// Bytes of a request. A build result travels in one, without its blobs: a result directory's result.json may have
// 64 MiB. Content.Write takes less (exporter/service/content).
inline constexpr int kMaxRequestBytes = 72 << 20;

}  // namespace waybill::exporter::service::messages

#endif  // WAYBILL_EXPORTER_SERVICE_MESSAGES_LIMITS_H_
