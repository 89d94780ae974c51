// SPDX-License-Identifier: Apache-2.0
#include "oci/registry/transfer/blob_answer.h"

#include <cstdint>
#include <string>

#include "absl/strings/numbers.h"
#include "oci/registry/reply/reply_error.h"

namespace waybill::oci::registry::transfer {
namespace {

bool NamesDigest(const http::Reply& reply, const Descriptor& blob) {
  return reply.headers.Find("Docker-Content-Digest") == blob.digest.ToString();
}

}  // namespace

bool SaysPresent(const http::Reply& reply, const Descriptor& blob) {
  if (reply.status != 200) return false;
  int64_t size = -1;
  if (!absl::SimpleAtoi(reply.headers.Find("Content-Length").value_or(""), &size)) return NamesDigest(reply, blob);
  if (blob.size >= 0) return size == blob.size;
  return NamesDigest(reply, blob) || !reply::IsWebPage(reply);
}

bool SaysStored(const http::Reply& reply, const Descriptor& blob) {
  return SaysMounted(reply) || (reply.status >= 200 && reply.status < 300 && NamesDigest(reply, blob));
}

bool SaysMounted(const http::Reply& reply) {
  return reply.status == 201 &&
         (reply.headers.Find("Location").has_value() || reply.headers.Find("Docker-Content-Digest").has_value());
}

bool RefusesHead(int status) {
  return status == 400 || status == 401 || status == 403 || status == 405 || status == 501;
}

}  // namespace waybill::oci::registry::transfer
