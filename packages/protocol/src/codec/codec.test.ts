import { expect, test } from "vitest";
import { decodeAgentMessage, decodeCoordinatorMessage, encodeAgentMessage, encodeCoordinatorMessage, type Order } from "../index.ts";

const order: Order = {
  kind: "order",
  id: "r1-4",
  epoch: 2,
  unit: { role: "dp", name: "ABC00001" },
  generation: { epoch: 1, counter: 1_795_000_000_000_000 },
  task: { kind: "stage", manifest: "ab".repeat(32), manifestBytes: 5 * 2 ** 32, full: true, sourceVersion: 3, credit: 65536 },
};

test("an order comes out of its bytes as it went in, with sizes beyond 4 GiB intact", () => {
  expect(decodeCoordinatorMessage(encodeCoordinatorMessage(order))).toEqual(order);
});
test("credit", () => {
  const credit = { kind: "credit", transfer: 3, consumed: Number.MAX_SAFE_INTEGER } as const;
  expect(decodeAgentMessage(encodeAgentMessage(credit))).toEqual(credit);
});
