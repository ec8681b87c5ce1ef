"""Fills as lines over TCP, so many a second, until standard input ends: `PORT PER_SECOND`.

Prints how many were accepted and in how many seconds. A group that is late is sent at once.
"""

import json
import select
import socket
import sys
import threading
import time

from bench.desk import fills

GROUP = 100
HOST = "127.0.0.1"


def main() -> None:
    port, per_second = int(sys.argv[1]), int(sys.argv[2])
    accepted = 0
    with socket.create_connection((HOST, port)) as peer:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def receive() -> None:
            nonlocal accepted
            for answer in peer.makefile("rb"):
                accepted += json.loads(answer)["accepted"]

        receiving = threading.Thread(target=receive)
        receiving.start()
        began = time.perf_counter()
        sent = 0
        while True:
            due = began + sent / per_second
            if select.select([sys.stdin], [], [], max(0.0, due - time.perf_counter()))[0]:
                break
            peer.sendall(b"".join(fills(GROUP, 1 + sent, opening=time.time_ns())))
            sent += GROUP
        peer.shutdown(socket.SHUT_WR)
        receiving.join()
    print(accepted, time.perf_counter() - began)


if __name__ == "__main__":
    main()
