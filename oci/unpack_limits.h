// SPDX-License-Identifier: Apache-2.0
// How much a layer from outside may become when it is unpacked. The defaults are bounds that no honest layer meets.
#ifndef WAYBILL_OCI_UNPACK_LIMITS_H_
#define WAYBILL_OCI_UNPACK_LIMITS_H_

#include <cstdint>

namespace waybill::oci {

struct UnpackLimits {
  int64_t bytes = int64_t{1} << 40;
  // Times its size, where it unpacks to more than `any_ratio` bytes: files of zeros may do better.
  int64_t ratio = 1000;
  int64_t any_ratio = int64_t{16} << 30;
};

}  // namespace waybill::oci

#endif  // WAYBILL_OCI_UNPACK_LIMITS_H_
