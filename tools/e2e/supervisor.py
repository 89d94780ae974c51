# SPDX-License-Identifier: Apache-2.0
"""supervisor.py SOCKET COMMAND...: what systemd does for a socket unit and a service of Type=notify, as far as tests need it.

Listens on SOCKET and runs COMMAND with it (LISTEN_FDS, the name is "grpc"), NOTIFY_SOCKET and a watchdog of half a second, which it does not
enforce. Prints a line for each
message of the process ("READY=1") and for its end ("ended CODE"). Reads orders from standard input: "restart" ends the process with SIGTERM
and starts it again when it has gone, "signal N" sends a signal, "pid" prints the process; at the end of the input it ends the process for good.
"""
import os
import selectors
import signal
import socket
import sys

path, *command = sys.argv[1:]
listener = socket.socket(socket.AF_UNIX)
listener.bind(path)
listener.listen(4096)
notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
notify.bind(path + ".notify")


def say(text):
    print(text, flush=True)


def start():
    pid = os.fork()
    if pid:
        return pid
    os.dup2(listener.fileno(), 3)
    os.set_inheritable(3, True)  # it may have had that number before
    environment = dict(os.environ, LISTEN_PID=str(os.getpid()), LISTEN_FDS="1", LISTEN_FDNAMES="grpc",
                       NOTIFY_SOCKET=path + ".notify", WATCHDOG_USEC="500000", WATCHDOG_PID=str(os.getpid()))
    os.execve(command[0], command, environment)


def messages():
    while True:
        try:
            text = notify.recv(4096, socket.MSG_DONTWAIT).decode()
        except BlockingIOError:
            return
        for line in text.splitlines():
            say(line)


def end(pid):
    os.kill(pid, signal.SIGTERM)
    _, status = os.waitpid(pid, 0)
    messages()
    code = os.waitstatus_to_exitcode(status)
    say(f"ended {code}")
    return code


process = start()
waiting = selectors.DefaultSelector()
waiting.register(sys.stdin, selectors.EVENT_READ)
waiting.register(notify, selectors.EVENT_READ)
while True:
    for key, _ in waiting.select():
        if key.fileobj is notify:
            messages()
            continue
        order = sys.stdin.readline().split()
        if not order:
            sys.exit(end(process))
        if order[0] == "restart":
            if end(process) != 0:
                sys.exit(1)
            process = start()
        elif order[0] == "signal":
            os.kill(process, int(order[1]))
        elif order[0] == "pid":
            say(f"pid {process}")
