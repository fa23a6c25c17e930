import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { LIMITS, unitOf, type ContentPart, type Held, type Order, type OrderTask, type SeenObject } from "@sitewright/protocol";
import { openSeenMemory } from "../../adapters/memory/seen-objects.ts";
import type { OrderContext } from "../ports/content.ts";
import { createWitness } from "./witness.ts";

const CAP = unitOf("cap", "ABC");
const DP = unitOf("dp", "ABC00001");
const offer = (id: string, number: number): SeenObject => ({
  path: `CAP_ABC/offerinf.box/${id}.ofr`,
  number,
  hash: `${number}`.padStart(64, "0"),
  size: 10,
});
const activate: OrderTask = { kind: "activate", graceMs: 0 };
const context = {} as OrderContext;

/** An agent with this on its disk; `onOrder` is what an order leaves there. */
function anAgent(database = new DatabaseSync(":memory:")) {
  const disk = { objects: [] as SeenObject[], held: [] as Held[], failure: undefined as ContentPart["failure"], onOrder: () => {} };
  const witness = createWitness({
    contents: {
      answer: async ({ id }) => [
        { kind: "content-part", id, last: true, ...(disk.failure ? { failure: disk.failure } : { objects: disk.objects }) },
      ],
    },
    executor: {
      inventory: () => disk.held,
      execute: async () => {
        disk.onOrder();
        return { kind: "activated", folders: 1, previous: true };
      },
    },
    memory: openSeenMemory(database),
    log: () => {},
  });
  const ask = async () => {
    const parts = await witness.answer({ kind: "content-query", id: 1, unit: CAP, want: { kind: "definitions" } });
    return { parts, remembered: parts.flatMap(({ remembered = [] }) => remembered) };
  };
  const order = (task: OrderTask, unit = CAP) =>
    witness.execute({ kind: "order", id: "o", epoch: 1, unit, generation: { epoch: 1, counter: 1 }, task } satisfies Order, context);
  return { disk, witness, ask, order, database };
}

test("what a rebuild replaced on a client access point is remembered with its highest number, also by the next process", async () => {
  const { disk, order, ask, database } = anAgent();
  disk.objects = [offer("ABC20001", 5), offer("ABC20002", 3)];
  disk.onOrder = () => void (disk.objects = [offer("ABC20001", 2)]);
  await order(activate);
  const { parts, remembered } = await ask();
  expect(remembered).toEqual([offer("ABC20001", 5), offer("ABC20002", 3)]);
  expect(parts.map(({ last }) => last)).toEqual([false, true]);
  const next = anAgent(database);
  next.disk.objects = [offer("ABC20001", 6)];
  expect((await next.ask()).remembered).toEqual([offer("ABC20002", 3)]);
  next.disk.objects = [];
  expect((await next.ask()).remembered).toEqual([offer("ABC20001", 6), offer("ABC20002", 3)]);
});

test("what lies there now is not named a second time, and an earlier version's answer is not changed by an empty memory", async () => {
  const { disk, ask } = anAgent();
  disk.objects = [offer("ABC20001", 5)];
  expect((await ask()).parts).toEqual([{ kind: "content-part", id: 1, objects: disk.objects, last: true }]);
  disk.failure = { code: "ROOT_AWAY", message: "the disk is absent" };
  expect((await ask()).parts).toEqual([{ kind: "content-part", id: 1, last: true, failure: disk.failure }]);
});

test("more remembered definitions than fit one message are named in several", async () => {
  const { disk, ask } = anAgent();
  disk.objects = Array.from({ length: LIMITS.definitionsPart + 1 }, (_, i) => offer(`ABC${10_000 + i}`, 1));
  await ask();
  disk.objects = [];
  const { parts } = await ask();
  expect(parts.map(({ remembered = [], last }) => [remembered.length, last])).toEqual([
    [0, false],
    [LIMITS.definitionsPart, false],
    [1, true],
  ]);
});

test("the highest source version that was live is in the inventory while a lower one, or none, is live", async () => {
  const { disk, order, witness } = anAgent();
  const live = { generation: { epoch: 1, counter: 1 }, manifest: "a".repeat(64) };
  disk.held = [{ unit: DP, previous: false, sourceVersion: 4, live }];
  expect(witness.inventory()).toEqual(disk.held);
  disk.onOrder = () => void (disk.held = [{ unit: DP, previous: true, sourceVersion: 2, live }]);
  await order(activate, DP);
  expect(witness.inventory()).toEqual([{ unit: DP, previous: true, sourceVersion: 2, live, highestVersion: 4 }]);
  disk.held = [{ unit: DP, previous: false, sourceVersion: 4, live }];
  expect(witness.inventory()).toEqual(disk.held);
});

test("an order is carried out although what it replaces cannot be read", async () => {
  const { disk, order } = anAgent();
  disk.failure = { code: "IO_ERROR", message: "the disk fails" };
  expect(await order({ kind: "remove", owned: [] })).toMatchObject({ kind: "activated" });
});
