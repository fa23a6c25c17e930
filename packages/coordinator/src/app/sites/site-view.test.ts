import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { nativeSiteData } from "../../adapters/site-data/native-site-data.ts";
import { openSourceMemory } from "../../adapters/source-memory.ts";
import { notReady } from "./not-ready.ts";
import { createSiteView, requireSystem, type SiteDataState, type SiteView } from "./site-view.ts";

const GOOD = "sites: { ABC: { type: primary, server: S0 } }\nsystems: { S0: { site: ABC, roles: [dp] } }\n";
const BAD = GOOD.replace("primary", "main");

const NONE_DELETED = new Map();

let folder: string;
let now: number;
let site: SiteView;
let memory: ReturnType<typeof openSourceMemory>;
let told: SiteDataState[];
let logged: string[];
/** How often the site data were read. */
let readings: number;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sitewright-view-"));
  now = 1_000;
  [told, logged] = [[], []];
  const note = (_: object, message: string): void => void logged.push(message);
  const log = { debug: note, info: note, warn: note, error: note };
  memory = openSourceMemory(join(folder, "data"), log);
  const native = nativeSiteData(folder);
  readings = 0;
  site = createSiteView({
    watch: {
      look: async () => [],
      refused: async () => ({ parents: new Map(), problems: [] }),
      standing: () => ({ signs: [], shrunk: [], recovery: "none" }),
    },
    deletions: { all: () => NONE_DELETED },
    siteData: { ...native, read: (parents) => (readings++, native.read(parents)) },
    memory,
    clock: () => now,
    steady: () => now,
    log,
    inForce: (hierarchy) => hierarchy,
    onState: (state) => told.push(state),
  });
});
afterEach(() => {
  memory.close();
  rmSync(folder, { recursive: true });
});

const hierarchy = (text: string): void => writeFileSync(join(folder, "hierarchy.yaml"), text);

test("a hierarchy that is faulty from the start is a state that names file and line, and ends when it is mended", async () => {
  hierarchy(BAD);
  expect(await site.followEdits()).toBe(false);
  expect(site.hierarchy()).toBeUndefined();
  const fault = { code: "SITE_DATA_INVALID", path: "hierarchy.yaml", since: 1_000 };
  expect(site.state()).toMatchObject({ fault, problemCounts: { leftOut: 0, notes: 0 } });
  expect(site.state().fault?.message).toBe('hierarchy.yaml:1: type "main" is not known: write primary or secondary');
  expect(site.state().readAt).toBeUndefined();
  expect(notReady(site.state(), true)).toMatchObject([
    { code: "SITE_DATA_INVALID", message: expect.stringContaining("no agent may connect") },
  ]);
  await expect(site.recent()).rejects.toThrow("write primary or secondary");

  hierarchy(GOOD);
  expect(await site.followEdits()).toBe(true);
  expect(site.hierarchy()?.systems.has("S0")).toBe(true);
  expect(site.state()).toMatchObject({ readAt: 1_000 });
  expect(notReady(site.state(), true)).toEqual([]);
  expect(told.map(({ fault: of }) => of?.code)).toEqual(["SITE_DATA_INVALID", undefined]);
});

test("an edit with faults leaves the last valid reading in force, and is logged once however often it is checked", async () => {
  hierarchy(GOOD);
  expect(await site.followEdits()).toBe(true);
  hierarchy(BAD);
  now = 2_000;
  expect(await site.followEdits()).toBe(false);
  now = 9_000;
  expect(await site.followEdits()).toBe(false);
  expect((await site.recent()).hierarchy.systems.has("S0")).toBe(true);
  await expect(site.refresh()).rejects.toThrow("write primary or secondary");
  expect(site.state()).toMatchObject({ fault: { since: 2_000 }, readAt: 1_000 });
  expect(told).toHaveLength(1);
  expect(logged.filter((message) => message.includes("have faults"))).toHaveLength(1);
});

test("a fault in a site.yaml ends when that file is mended, though the hierarchy is as it was", async () => {
  hierarchy(GOOD);
  await site.followEdits();
  mkdirSync(join(folder, "ABC"));
  writeFileSync(join(folder, "ABC/site.yaml"), "identity: 12");
  now += 61_000;
  await site.followEdits();
  expect(site.state().fault?.path).toBe("ABC/site.yaml");
  rmSync(join(folder, "ABC/site.yaml"));
  expect(await site.followEdits()).toBe(true);
  expect(site.state().fault).toBeUndefined();
});

test("an edit that was read for another caller is followed as well", async () => {
  hierarchy(GOOD);
  expect(await site.followEdits()).toBe(true);
  expect(await site.followEdits()).toBe(false);
  hierarchy(GOOD.replaceAll("S0", "S1"));
  await site.refresh();
  expect(await site.followEdits()).toBe(true);
  expect(await site.followEdits()).toBe(false);
});

test("for an unknown system, no more than twenty known ones are named", async () => {
  const systems = Array.from({ length: 30 }, (_, i) => `S${i}: { site: ABC, roles: [dp] }`).join(", ");
  hierarchy(`sites: { ABC: { type: primary, server: S0 } }\nsystems: { ${systems} }\n`);
  const { hierarchy: known } = await site.refresh();
  expect(() => requireSystem(known, "T0")).toThrow(/no system T0; it has: S0, .* and 10 more$/);
});

test("new problems of the site data are published at once, and unchanged ones are not published again", async () => {
  hierarchy(GOOD);
  await site.refresh();
  told.length = 0;
  mkdirSync(join(folder, "packages/lost+found"), { recursive: true });
  await site.refresh();
  await site.refresh();
  expect(told).toMatchObject([{ problemCounts: { leftOut: 0, notes: 1 } }]);
  rmSync(join(folder, "packages/lost+found"), { recursive: true });
  await site.refresh();
  expect(told).toHaveLength(2);
});

test("callers that arrive while the site data are read share one further reading, which has what was edited before they came", async () => {
  hierarchy(GOOD);
  const first = site.refresh();
  await setImmediate();
  hierarchy(GOOD.replace("S0: {", "S1: { site: ABC, roles: [dp] }, S0: {"));
  const others = await Promise.all(Array.from({ length: 20 }, () => site.refresh()));
  expect([...new Set(others.map((reading) => [...reading.hierarchy.systems.keys()].join()))]).toEqual(["S1,S0"]);
  await first;
  expect(readings).toBe(2);
  hierarchy(BAD);
  const refused = await Promise.allSettled([site.refresh(), site.refresh(), site.refresh()]);
  expect(refused.map(({ status }) => status)).toEqual(["rejected", "rejected", "rejected"]);
  hierarchy(GOOD);
  expect([...(await site.refresh()).hierarchy.systems.keys()]).toEqual(["S0"]);
});
