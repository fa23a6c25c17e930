import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { openLogStore } from "./log-store.ts";

const root = mkdtempSync(join(tmpdir(), "sitewright-logs-"));
let folders = 0;
const aFolder = () => join(root, String(folders++));
afterAll(() => rmSync(root, { recursive: true }));

const line = (facts: object) => `${JSON.stringify({ level: 30, time: 1, ...facts })}\n`;

test("lines about orders and systems are kept, also across a restart; others are not", () => {
  const folder = aFolder();
  const first = openLogStore(folder);
  first.append(line({ order: "o1", system: "A", msg: "sent" }));
  first.append(line({ system: "A", msg: "connected" }));
  first.append(line({ msg: "the coordinator listens" }));
  first.append("no JSON\n");
  first.append(line({ order: "o2", system: "B", msg: "sent" }));
  first.close();
  const second = openLogStore(folder);
  expect(second.find({ order: "o1" }, 10)).toEqual([line({ order: "o1", system: "A", msg: "sent" }).trim()]);
  expect(second.find({ system: "A" }, 10)).toHaveLength(2);
  expect(second.find({ system: "A" }, 1)[0]).toContain("connected");
  expect(second.find({ order: "o3" }, 10)).toEqual([]);
  second.close();
});

test("what came back of a system's log replaces what came before, and is kept for 200 systems, across a restart", () => {
  const folder = aFolder();
  const first = openLogStore(folder);
  for (let i = 0; i < 201; i++) first.keepReturned(`S${i}`, ["before"]);
  first.keepReturned("S1", ["one", "two"]);
  first.close();
  const second = openLogStore(folder);
  expect([second.returned("S0"), second.returned("S1"), second.returned("S200")]).toEqual([[], ["one", "two"], ["before"]]);
  second.close();
});

test("only the last lines are kept", () => {
  const store = openLogStore(aFolder(), 100);
  for (let i = 0; i < 1000; i++) store.append(line({ order: "o1", msg: `line ${i}` }));
  expect(store.find({ order: "o1" }, 1000).length).toBeGreaterThanOrEqual(95);
  expect(store.find({ order: "o1" }, 1000).length).toBeLessThanOrEqual(100);
  expect(store.find({ order: "o1" }, 1)[0]).toContain("line 999");
  store.close();
});

test("a system with more lines than all others displaces only its own lines", () => {
  const store = openLogStore(aFolder(), 1000);
  for (const system of ["A", "B"]) for (let i = 0; i < 200; i++) store.append(line({ system, msg: `line ${i}` }));
  for (let i = 0; i < 20_000; i++) store.append(line({ system: "LOUD", order: "o1", msg: `line ${i}` }));
  expect(["A", "B"].map((system) => store.find({ system }, 1000).length)).toEqual([200, 200]);
  const loud = store.find({ system: "LOUD" }, 5000);
  expect(loud.length).toBeLessThanOrEqual(600 + 500);
  expect(loud.at(-1)).toContain("line 19999");
  store.close();
});

test("refusals, which strangers cause, displace no line of an order, and are kept for the system that they are about", () => {
  const store = openLogStore(aFolder(), 100);
  for (let i = 0; i < 50; i++) store.append(line({ order: "o1", system: "A", msg: `line ${i}` }));
  for (let i = 0; i < 5000; i++) store.append(line({ system: "A", refused: 1, msg: `refusal ${i}` }));
  expect(store.find({ order: "o1" }, 1000)).toHaveLength(50);
  const ofSystem = store.find({ system: "A" }, 5000);
  expect(ofSystem.length).toBeLessThan(2_600);
  expect(ofSystem.filter((text) => text.includes(`"order"`))).toHaveLength(50);
  expect(ofSystem.join()).toContain("refusal 4999");
  store.close();
});

test("a line takes no more space than the limit, whatever it names", () => {
  const folder = aFolder();
  const store = openLogStore(folder);
  for (let i = 0; i < 100; i++) store.append(line({ system: `${i}`.padEnd(14_000, "N"), refused: 1, msg: "refused" }));
  for (let i = 0; i < 100; i++) store.append(line({ order: `${i}`.padEnd(14_000, "N"), system: "A", msg: "x".repeat(20_000) }));
  store.close();
  expect(statSync(join(folder, "log.db")).size).toBeLessThan(150_000);
});

test("a damaged file is started again, and a closed store accepts nothing and throws nothing", () => {
  const folder = aFolder();
  openLogStore(folder).close();
  writeFileSync(join(folder, "log.db"), "no database ".repeat(1000));
  const store = openLogStore(folder);
  store.append(line({ order: "o1", msg: "sent" }));
  expect(store.find({ order: "o1" }, 10)).toHaveLength(1);
  store.close();
  store.append(line({ order: "o1", msg: "late" }));
});
