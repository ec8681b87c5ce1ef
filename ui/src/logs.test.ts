import assert from "node:assert/strict";
import { test } from "node:test";
import type { LogLine } from "./answers.ts";
import {
  headline,
  MOST_LINES,
  parameters,
  parts,
  readLevels,
  withNews,
  withOlder,
} from "./logs.ts";

const lines = (...ids: string[]): LogLine[] => ids.map((id) => ({ id }) as LogLine);
const ids = (found: readonly LogLine[]): string => found.map(({ id }) => id).join("");

test("what came since stands on top, each entry once", () => {
  assert.equal(ids(withNews(lines("b", "a"), lines("b", "c", "d"))), "dcba");
  assert.equal(ids(withOlder(lines("d", "c"), lines("c", "b", "a"))), "dcba");
});

test("no more is kept than can be looked at, and the oldest go", () => {
  const many = lines(...Array.from({ length: MOST_LINES }, (_, place) => `l${place}`));
  const found = withNews(many, lines("new"));
  assert.equal(found.length, MOST_LINES);
  assert.equal(found[0]?.id, "new");
});

test("only what is asked for stands in an address", () => {
  assert.deepEqual(parameters({ service: "", levels: [], text: "" }), {});
  assert.deepEqual(parameters({ service: "oms", levels: ["error", "warning"], text: "x y" }), {
    service: "oms",
    level: "error,warning",
    text: "x y",
  });
  assert.deepEqual(readLevels("warning,error,nonsense"), ["error", "warning"]);
});

test("what was found is told from what stands between", () => {
  assert.deepEqual(parts("Order refused, order kept", "order"), [
    "",
    "Order",
    " refused, ",
    "order",
    " kept",
  ]);
  assert.deepEqual(parts("Order refused", "Order"), ["", "Order", " refused"]);
  assert.deepEqual(parts("order refused", "Order"), ["order refused"]);
  assert.deepEqual(parts("anything", ""), ["anything"]);
});

test("an entry in JSON begins with what happened, and leaves out what its columns say", () => {
  const line = '{"source": "desk", "count": 2, "event": "event_refused", "level": "warning"}';
  assert.equal(headline(line), "event_refused source=desk count=2");
  assert.equal(headline('{"msg": "up", "at": {"host": "a"}}'), 'up at={"host":"a"}');
});

test("what is no such entry is read as it is", () => {
  for (const line of ["plain", '{"count": 2}', '{"event": 7}', '{"event": "cut', "[1]", ""])
    assert.equal(headline(line), line);
});
