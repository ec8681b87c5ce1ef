"""Lines to typed, validated events: a block at a time, beside json.loads a line."""

import json

from bench.desk import A_TURN, BLOCK, blocks
from bench.row import Gate, Row, rate
from bench.turns import cpu_seconds, take_turns
from deskwatch.core.codec import decode


def rows(*, quick: bool) -> list[Row]:
    some = blocks(A_TURN)

    def ours() -> None:
        for block in some:
            assert len(decode(block).events) == BLOCK

    def theirs() -> None:
        for block in some:
            assert len([json.loads(line) for line in block.splitlines()]) == BLOCK

    taken = take_turns(
        {"ours": lambda: cpu_seconds(ours), "theirs": lambda: cpu_seconds(theirs)},
        7 if quick else 25,
    )
    return [
        Row(
            f"decode: blocks of {BLOCK} fills, validated",
            rate(A_TURN, taken["ours"]),
            f"json.loads a line: {rate(A_TURN, taken['theirs'])}",
            taken["theirs"] / taken["ours"],
            Gate(6),
        )
    ]
