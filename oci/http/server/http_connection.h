// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 on one connection of the fake registry: requests in, replies out (RFC 9112). Parsing is Boost.Beast's; the
// bytes move here, because a fake must be able to break off at any of them.
#ifndef WAYBILL_OCI_HTTP_SERVER_HTTP_CONNECTION_H_
#define WAYBILL_OCI_HTTP_SERVER_HTTP_CONNECTION_H_

#include "oci/context.h"
#include "oci/http/server/http_message.h"
#include "oci/http/server/socket.h"

namespace waybill::oci::http::server {

// Serves requests until the client leaves, something breaks, or a reply ends the connection. A request body of more
// than 256 KiB that the handler did not read is not waited for: the reply goes out at once and the connection ends.
void ServeConnection(const Context& context, Socket& socket, int64_t number, Handler& handler);

}  // namespace waybill::oci::http::server

#endif  // WAYBILL_OCI_HTTP_SERVER_HTTP_CONNECTION_H_
