"""The hand-written monitor behind HTTP: Starlette on uvicorn. `python -m … PORT`."""

import sys

import uvicorn
from prometheus_client import generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bench.peers.float_monitor import FloatMonitor

monitor = FloatMonitor()


async def events(request: Request) -> JSONResponse:
    return JSONResponse({"accepted": monitor.take(await request.body())})


async def metrics(_: Request) -> Response:
    return Response(generate_latest(monitor.registry), media_type="text/plain; version=0.0.4")


app = Starlette(routes=[Route("/v1/events", events, methods=["POST"]), Route("/metrics", metrics)])

if __name__ == "__main__":
    uvicorn.run(
        app,
        host="127.0.0.1",
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
