// SPDX-License-Identifier: Apache-2.0
// Faults of single system calls: a process runs under a seccomp notifier, which lets one of its file operations fail,
// or kills the process before it. Neither a tracer nor a preloaded library is needed (seccomp_unotify(2), Linux 5.9).
#ifndef WAYBILL_OCI_FILE_TESTING_FAULTS_H_
#define WAYBILL_OCI_FILE_TESTING_FAULTS_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace waybill::oci::file::testing {

// In the place of an errno: SIGKILL.
inline constexpr int kKill = -1;

struct Fault {
  size_t call = 0;  // from 0 on
  int error = 0;    // errno, or kKill
};

struct FaultedRun {
  std::vector<std::string> calls;  // for example "fsync /a/layout/index.json", up to the end of the process
  bool injected = false;           // the call came
  bool killed = false;             // by a signal
  int exit_code = -1;              // where it was not killed
};

// Whether this kernel and this container allow it.
bool CanInjectFaults();

// Runs `work` in a child process, whose exit code is what `work` returns. The calls on files in `directory` (absolute)
// or below it are counted over all threads: opens, reads of directories, writes, syncs, locks, renames, removals and
// the like. A process that runs for a minute is killed, and the test fails.
FaultedRun RunWithFault(const std::string& directory, const std::optional<Fault>& fault,
                        const std::function<int()>& work);

}  // namespace waybill::oci::file::testing

#endif  // WAYBILL_OCI_FILE_TESTING_FAULTS_H_
