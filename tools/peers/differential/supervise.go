// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"
)

// The journal of a worker, open as this file. The variable tells a worker that it is one.
const journalFile, workerVariable = 3, "DIFFERENTIAL_WORKER"

// How often a worker may end by itself, and what its last words have then. When an export to a directory fails, writers of the
// client's library go on in a directory that it has closed, now and then: fsutil's rootCache dereferences a nil pointer.
const maxWorkers = 20

var clientsFault = []byte("fsutil.(*rootCache)")

func isWorker() bool { return os.Getenv(workerVariable) != "" }

// supervise runs this program as a worker until all cases have ended, and returns its exit code. A fault of the client's library ends
// the whole process; the next worker runs the cases that are left.
func supervise() (int, error) {
	journal, err := os.CreateTemp("", "journal")
	if err != nil {
		return 0, err
	}
	defer journal.Close()
	if err := os.Remove(journal.Name()); err != nil {
		return 0, err
	}
	// A worker ends with the thread that started it.
	runtime.LockOSThread()
	for range maxWorkers {
		var words bytes.Buffer
		worker := exec.Command("/proc/self/exe", os.Args[1:]...)
		worker.Env = append(os.Environ(), workerVariable+"=1")
		worker.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		worker.ExtraFiles = []*os.File{journal}
		worker.Stdout, worker.Stderr = os.Stdout, io.MultiWriter(os.Stderr, &words)
		err := worker.Run()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			return 0, err
		}
		if code := worker.ProcessState.ExitCode(); code != 2 || !bytes.Contains(words.Bytes(), clientsFault) {
			return code, nil
		}
		fmt.Println("the client's library ended the program; the cases that are left run now")
	}
	return 0, fmt.Errorf("the client's library ended the program %d times", maxWorkers)
}
