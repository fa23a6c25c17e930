import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { nativeSiteData } from "./native-site-data.ts";
import { readYamlText } from "./yaml-kinds.ts";
import { createYamlReader } from "./yaml-reader.ts";

const HIERARCHY = "sites: { ABC: { type: primary, server: S0 } }\nsystems: { S0: { site: ABC, roles: [dp] } }\n";

let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "sitewright-yaml-"))));
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}

function manySystems(count: number): string {
  const systems = Array.from({ length: count }, (_, i) => `  S${i}: { site: ABC, roles: [dp] }`);
  return `sites:\n  ABC: { type: primary, server: S0 }\nsystems:\n${systems.join("\n")}\n`;
}

/** CPU of this thread, ms. */
function costOf(work: () => unknown): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

test("a pipe or an endless device in the place of a package.yaml excludes only that package", async () => {
  write("hierarchy.yaml", HIERARCHY);
  for (const id of ["ABC00001", "ABC00002", "ABC00003"]) {
    write(`packages/${id}/package.yaml`, "distributionPoints: [S0]");
    write(`packages/${id}/source/a.txt`, "a");
  }
  rmSync(join(folder, "packages/ABC00001/package.yaml"));
  spawnSync("mkfifo", [join(folder, "packages/ABC00001/package.yaml")]);
  rmSync(join(folder, "packages/ABC00002/package.yaml"));
  symlinkSync("/dev/zero", join(folder, "packages/ABC00002/package.yaml"));
  const { servedBy, problems } = await nativeSiteData(folder).read();
  expect([...servedBy.keys()]).toEqual(["dp/ABC00003"]);
  expect(problems.map(({ message }) => message)).toEqual([
    "ABC00001 is left out: packages/ABC00001/package.yaml:1: the file is a pipe, not a file",
    "ABC00002 is left out: packages/ABC00002/package.yaml:1: the file is a device, not a file",
  ]);
});

test("a hierarchy.yaml that becomes a pipe is refused immediately", async () => {
  spawnSync("mkfifo", [join(folder, "hierarchy.yaml")]);
  await expect(nativeSiteData(folder).read()).rejects.toThrow("hierarchy.yaml:1: the file is a pipe, not a file");
});

test("a file with eight times as many names takes about eight times as long", () => {
  const read = (count: number) => () => {
    const names = Array.from({ length: count }, (_, i) => `  k${i}: v`);
    return readYamlText({ kind: "site", name: "s", text: `serials:\n${names.join("\n")}\n` });
  };
  const reading = read(3_000)();
  // Each of them, and their number.
  expect(reading.faults).toHaveLength(3_001);
  const few = costOf(read(3_000));
  // Comparing each name with all before it takes sixty times as long.
  expect(costOf(read(24_000)) / few).toBeLessThan(25);
});

test("a chain of thousands of parents is read in linear time", () => {
  const name = (i: number) => i.toString(36).toUpperCase().padStart(3, "0");
  const chain = (count: number): string => {
    const sites = Array.from(
      { length: count },
      (_, i) => `  ${name(i)}: { type: primary, server: S0${i > 0 ? `, parent: ${name(i - 1)}` : ""} }`,
    );
    return `sites:\n${sites.join("\n")}\nsystems:\n  S0: { site: "000", roles: [dp] }\n`;
  };
  readYamlText({ kind: "hierarchy", name: "h", text: chain(500) });
  const few = costOf(() => readYamlText({ kind: "hierarchy", name: "h", text: chain(2_000) }));
  const reading = { faults: 0 };
  const many = costOf(() => (reading.faults = readYamlText({ kind: "hierarchy", name: "h", text: chain(8_000) }).faults.length));
  // The server is of the first site only; nothing else is wrong.
  expect(reading.faults).toBe(7_999);
  expect(many / few).toBeLessThan(9);
});

test("a large hierarchy is read while the coordinator continues to handle events", async () => {
  write("hierarchy.yaml", manySystems(4_000));
  let turns = 0;
  const timer = setInterval(() => (turns += 1), 5);
  const { hierarchy } = await nativeSiteData(folder).read();
  clearInterval(timer);
  expect(hierarchy.systems.size).toBe(4_000);
  // Where the file is parsed nothing else happens, for longer than all of the rest takes.
  expect(turns).toBeGreaterThan(10);
});

test("a file is read again when it was changed, and not while it is unchanged", async () => {
  write("hierarchy.yaml", HIERARCHY);
  const reader = createYamlReader();
  const first = await reader.read("hierarchy", folder, "hierarchy.yaml");
  // A file that was just written may change again with the same metadata.
  await sleep(2_100);
  reader.forget();
  const settled = await reader.read("hierarchy", folder, "hierarchy.yaml");
  reader.forget();
  expect(settled).not.toBe(first);
  expect(await reader.read("hierarchy", folder, "hierarchy.yaml")).toBe(settled);
  const { atime, mtime } = statSync(join(folder, "hierarchy.yaml"));
  write("hierarchy.yaml", HIERARCHY.replaceAll("S0", "S1"));
  utimesSync(join(folder, "hierarchy.yaml"), atime, mtime);
  expect((await reader.read("hierarchy", folder, "hierarchy.yaml"))?.value?.hierarchy.systems.has("S1")).toBe(true);
});

test("a fault is reported in a readable line, however long the wrong name is", async () => {
  write("hierarchy.yaml", HIERARCHY.replace("roles", "x".repeat(5_000)));
  const error: unknown = await nativeSiteData(folder)
    .read()
    .catch((thrown: unknown) => thrown);
  const lines = (error as Error).message.split("\n");
  expect(lines[0]).toMatch(/^hierarchy\.yaml:2: the system S0 has (no roles|the unknown key "xxx)/);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(600);
});
