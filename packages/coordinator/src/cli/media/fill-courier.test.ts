import fc from "fast-check";
import { expect, test } from "vitest";
import type { MediaPlan, MediaRequest } from "@sitewright/protocol/api";
import { EMPTY_MEDIA_PLAN } from "../../../test-support/fake-use-cases.ts";
import { fillCourier, type LaidOut } from "./fill-courier.ts";

/** Chunks by name, each of 100 bytes. */
interface Unit {
  chunks: number[];
  listBytes: number;
}

const ARRIVES = 1000;
const request = (capacity?: number): MediaRequest => ({
  options: {},
  courier: { leaves: 0, arrives: ARRIVES, ...(capacity === undefined ? {} : { capacity }) },
});

/** Counts each unit in full, as the coordinator does, and takes them in their order as far as that fits. */
function coordinator(units: readonly Unit[]) {
  const asked: number[] = [];
  const layOut = async ({ courier }: MediaRequest): Promise<LaidOut> => {
    let room = courier?.capacity ?? Infinity;
    asked.push(room);
    const goes = units.map(({ chunks, listBytes }) => {
      const space = chunks.length * 100 + listBytes;
      if (space > room) return false;
      room -= space;
      return true;
    });
    const content = { manifest: "", files: 1, sourceVersion: 1, root: "", owned: [] };
    const plan: MediaPlan = {
      ...EMPTY_MEDIA_PLAN,
      units: units.map(({ chunks, listBytes }, i) => {
        return { unit: { role: "dp", name: `ABC${i}` }, ...content, manifestBytes: listBytes, sourceBytes: chunks.length * 100 };
      }),
      orders: units.map((_, unit) => ({ system: "SRV", unit, by: goes[unit] ? "medium" : "line", lineAt: ARRIVES + 1 })),
    };
    const once = new Set(units.flatMap(({ chunks }, i) => (goes[i] ? chunks : [])));
    return { plan, volumes: 1, bytes: once.size * 100 };
  };
  return { layOut, asked };
}

const goesIn = ({ plan }: LaidOut): number => plan.orders.filter(({ by }) => by === "medium").length;

test("units that share most of their chunks all go where a medium, which holds a chunk once, has room for them", async () => {
  const units = Array.from({ length: 8 }, (_, i) => ({ chunks: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10 + i], listBytes: 20 }));
  const { layOut } = coordinator(units);
  const filled = await fillCourier(request(2000), layOut);
  expect([goesIn(filled), filled.bytes]).toEqual([8, 1700]);
  // With the same request the orders are the same.
  expect(goesIn(await layOut(filled.request))).toBe(8);
});

test("a unit that counts more than the capacity goes where the system holds most of it", async () => {
  const { layOut } = coordinator([{ chunks: Array.from({ length: 50 }, () => 1), listBytes: 10 }]);
  expect(goesIn(await fillCourier(request(500), layOut))).toBe(1);
});

test("no further plan is asked for without a capacity, or where everything has room", async () => {
  const { layOut, asked } = coordinator([{ chunks: [1, 2], listBytes: 0 }]);
  await fillCourier(request(), layOut);
  await fillCourier(request(200), layOut);
  expect(asked).toEqual([Infinity, 200]);
});

test("for any units that share chunks: what is laid out fits, at least as much goes as when each counts in full, and few plans are asked for", async () => {
  const unit = fc.record({ chunks: fc.uniqueArray(fc.nat(30), { minLength: 1, maxLength: 20 }), listBytes: fc.nat(50) });
  await fc.assert(
    fc.asyncProperty(fc.array(unit, { maxLength: 10 }), fc.integer({ min: 1, max: 8000 }), async (units, capacity) => {
      const { layOut, asked } = coordinator(units);
      const filled = await fillCourier(request(capacity), layOut);
      const lists = filled.plan.orders.reduce((sum, { by, unit: i }) => sum + (by === "medium" ? (units[i]?.listBytes ?? 0) : 0), 0);
      expect(filled.bytes + lists).toBeLessThanOrEqual(capacity);
      expect(asked.length).toBeLessThanOrEqual(8);
      expect(filled.request.courier?.capacity ?? 0).toBeGreaterThanOrEqual(capacity);
    }),
    { numRuns: 300 },
  );
});
