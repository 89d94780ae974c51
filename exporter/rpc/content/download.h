// SPDX-License-Identifier: Apache-2.0
// A blob of a content service as a source.
#ifndef WAYBILL_EXPORTER_RPC_CONTENT_DOWNLOAD_H_
#define WAYBILL_EXPORTER_RPC_CONTENT_DOWNLOAD_H_

#include <cstdint>
#include <memory>

#include "exporter/rpc/content/peer.h"
#include "oci/digest.h"
#include "oci/io/stream.h"

namespace waybill::exporter::rpc::content {

// Each Open is a call of Content.Read, cancelled when its reader is dropped before the end. Shares the peer with the
// client, which it may outlive.
std::unique_ptr<oci::io::Source> NewDownload(std::shared_ptr<const Peer> peer, oci::Digest digest, int64_t size);

}  // namespace waybill::exporter::rpc::content

#endif  // WAYBILL_EXPORTER_RPC_CONTENT_DOWNLOAD_H_
