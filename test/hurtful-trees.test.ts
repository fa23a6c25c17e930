import { appendFileSync, chmodSync, readdirSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isRoot } from "@sitewright/testkit/account";
import { noise } from "@sitewright/testkit/noise";
import type { RunView } from "../packages/coordinator/src/app/runs/operations.ts";
import { startFleet, waitFor, type Fleet } from "./support/fleet.ts";
import { differences } from "./support/trees/same-tree.ts";
import { writePackage } from "./support/site.ts";
import { writeSparse, writeTree, type Leaf } from "./support/trees/trees.ts";

/** SRVABC is beside the coordinator, SRVSEC behind a slow line. Each test has packages of its own. */
let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({
    systems: { SRVABC: { roles: ["dp"] }, SRVSEC: { site: "SEC", roles: ["dp"] } },
    bandwidth: "8 Mbit/s",
  });
});
afterAll(() => fleet?.[Symbol.asyncDispose]());

const source = (id: string) => join(fleet.siteData, "packages", id, "source");
const live = (id: string, system = "SRVABC") => join(fleet.agent(system).root("dp"), id);

function offer(id: string, files: Record<string, Leaf>, system = "SRVABC"): void {
  writePackage(fleet.siteData, id, { files, on: [system] });
}

/** Nested folders until a path has some 3,900 bytes in all: what the system accepts beginning with the folder of the tests. */
function deepFolders(folder: string): string {
  let at = "deep";
  while (join(folder, at).length < 3_600) at += `/${"d".repeat((at.length % 29) + 1)}`;
  return at;
}

function writeHurtful(folder: string): void {
  writeTree(folder, {
    "empty.dat": "",
    "empty folder/": "",
    [`${"é".repeat(127)}x`]: "a name of 255 bytes",
    [`folder ${"n".repeat(248)}/${"m".repeat(255)}`]: "two of them",
    "with spaces inside/ leading and  double": "spaces",
    "ünïcödé/日本語/ファイル.txt": "unicode",
    "emoji 🙂👩‍👩‍👧/🏴.txt": "emoji",
    "combining e\u0301 x\u0323\u0307": "combining characters as they are",
    "-rf": "looks like an option",
    "$(touch x);`y` & 'quoted' %PATH% ~": "looks like a command",
    "sub/to.txt": "what a link leads to",
    "sub/link": { link: "to.txt" },
    "sub/dangling": { link: "../nowhere/at all" },
    "link to a folder": { link: "./sub" },
    "read-only/inner/file.txt": { content: "read only", mode: 0o444 },
    "read-only/no rights at all": { content: "secret", mode: 0o000 },
    "read-only/executable": { content: "#!/bin/sh\n", mode: 0o555 },
  });
  const deep = deepFolders(folder);
  writeTree(folder, { [`${deep}/file`]: "down here", [`${deep}/link`]: { link: "../file" } });
  writeSparse(join(folder, "sparse.img"), 3 * 1024 * 1024);
  utimesSync(join(folder, "empty.dat"), 1, 1);
  utimesSync(join(folder, "sparse.img"), 4_000_000_000.123, 4_000_000_000.123);
  chmodSync(join(folder, "read-only/inner"), 0o555);
  chmodSync(join(folder, "read-only"), 0o555);
}

test.runIf(isRoot)(
  "a tree with everything that a file system permits arrives unchanged, also when it changes and when it is removed",
  async () => {
    offer("ABC00001", { "/": "" });
    const folder = source("ABC00001");
    const rebuild = () => fleet.json("rebuild", "--package", "ABC00001");
    writeHurtful(folder);
    expect((await rebuild()).exitCode).toBe(0);
    // What clients cannot read at the source they can read where it is served.
    expect(differences(folder, live("ABC00001"))).toEqual(["read-only/no rights at all has mode 444, not 0"]);

    writeTree(folder, { "read-only/inner/new.txt": "a new one", "empty.dat": "no longer empty" });
    chmodSync(join(folder, "read-only/no rights at all"), 0o600);
    rmSync(join(folder, "read-only/executable"));
    symlinkSync("inner", join(folder, "read-only/link"));
    expect((await rebuild()).exitCode).toBe(0);
    expect(differences(folder, live("ABC00001"))).toEqual(["read-only/no rights at all has mode 644, not 600"]);
    expect((await fleet.json("verify", "--full", "--package", "ABC00001")).exitCode).toBe(0);

    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
    writeTree(folder, { "read-only": "a file by now" });
    expect((await rebuild()).exitCode).toBe(0);
    expect(differences(folder, live("ABC00001"))).toEqual([]);
  },
);

test("names that are not UTF-8, and names that are equal after normalisation, exclude their units with each file named; the others are rebuilt", async () => {
  offer("ABC00002", { "sub/fine.txt": "fine" });
  offer("ABC00003", { "e\u0301.txt": "apart", "sub/\u00fc": "together" });
  offer("ABC00004", { "fine.txt": "fine" });
  for (const name of ["one \xff", "two \xc3("]) writeFileSync(Buffer.from(join(source("ABC00002"), "sub", name), "latin1"), "x");
  writeTree(source("ABC00003"), { "\u00e9.txt": "together", "sub/u\u0308": "apart" });
  const { run, exitCode } = await fleet.json("rebuild", ...["ABC00002", "ABC00003", "ABC00004"].flatMap((id) => ["--package", id]));
  expect(exitCode).toBe(1);
  const told = new Map(run.problems.map(({ unit, code, message }) => [unit, `${code} ${message}`]));
  expect(new Set(told.keys())).toEqual(new Set(["dp/ABC00002", "dp/ABC00003"]));
  expect(told.get("dp/ABC00002")).toMatch(/^SOURCE_NAME [^]*source\/sub\/one \u00ff: the name is not valid UTF-8/);
  expect(told.get("dp/ABC00002")).toMatch(/source\/sub\/two \u00c3\(: the name is not valid UTF-8/);
  expect(told.get("dp/ABC00003")).toMatch(/^SOURCE_NAME [^]*source\/(e\u0301|\u00e9)\.txt: it is one name with/);
  expect(told.get("dp/ABC00003")).toMatch(/source\/sub\/(u\u0308|\u00fc): it is one name with/);
  expect(differences(source("ABC00004"), live("ABC00004"))).toEqual([]);
});

test.each([
  ["grows", "ABC00005", 5, (path: string) => appendFileSync(path, "more")],
  ["shrinks", "ABC00006", 6, (path: string) => truncateSync(path, 1_000_000)],
])(
  "a source file that %s while its unit is staged fails the unit with its name; what is served stays, and the next rebuild is right",
  async (_, id, seed, change) => {
    offer(id, { "big.bin": noise(2_000_000, seed), "zz.txt": "last" }, "SRVSEC");
    writeTree(live(id, "SRVSEC"), { "served.txt": "until now" });
    const { stdout } = await fleet.sitewright("rebuild", "--detach", "--package", id);
    await waitFor("the first bytes", async () => {
      const { totals } = (await (await fleet.api(`/api/v1/runs/${stdout.trim()}`)).json()) as RunView;
      return totals.fetchedBytes > 200_000 || undefined;
    });
    change(join(source(id), "big.bin"));
    const { exitCode, phases } = await fleet.json("watch", stdout.trim());
    expect(exitCode).toBe(1);
    expect(phases.find(({ state }) => state === "failed")?.outcome).toMatchObject({
      code: expect.stringMatching(/^SOURCE_(CHANGED|UNSTABLE)$/),
      message: expect.stringContaining("big.bin"),
    });
    expect(readdirSync(live(id, "SRVSEC"))).toEqual(["served.txt"]);
    expect((await fleet.json("rebuild", "--package", id)).exitCode).toBe(0);
    expect(differences(source(id), live(id, "SRVSEC"))).toEqual([]);
  },
);
