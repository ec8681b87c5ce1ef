import assert from "node:assert/strict";
import { test } from "node:test";
import type { FlowRow } from "./answers.ts";
import { numbers } from "./settings.ts";
import { points, rejectsOf, slippageOf, venuesOfOpen } from "./execution.ts";

const flow = (part: Partial<FlowRow>): FlowRow => part as FlowRow;

test("ratios of prices are told in basis points, with their sign", () => {
  assert.equal(points(0.000125), "+1.25");
  assert.equal(points(-0.001), "−10.00");
  assert.equal(points(0), "0.00");
  assert.equal(points(1e-9), "0.00");
  assert.equal(points(null), null);
  numbers.value = "1.234,5";
  assert.deepEqual([points(1e-9), points(0.000125)], ["0,00", "+1,25"]);
  numbers.value = "1,234.5";
});

test("a venue at which every order has ended has none open", () => {
  const flows = [
    flow({ venue: "XNAS", strategy: "mm", open: 2 }),
    flow({ venue: "XNAS", strategy: "pairs", open: 1 }),
    flow({ venue: "XLON", open: 0 }),
  ];
  assert.equal(venuesOfOpen(flows), 1);
});

test("reasons of all flows together, the most frequent first", () => {
  const flows = [flow({ rejects: { price: 1, funds: 2 } }), flow({ rejects: { price: 3 } })];
  assert.deepEqual(rejectsOf(flows), [
    { name: "price", count: 4 },
    { name: "funds", count: 2 },
  ]);
});

test("the lowest and the highest bucket of slippage are open", () => {
  const flows = [flow({ slippage_counts: [1, 2, 3] }), flow({ slippage_counts: [0, 1, 0] })];
  assert.deepEqual(slippageOf([-0.001, 0.001], flows), [
    { from: null, to: -0.001, count: 1 },
    { from: -0.001, to: 0.001, count: 3 },
    { from: 0.001, to: null, count: 3 },
  ]);
});
