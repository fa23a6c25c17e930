import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { statSync, writeFileSync } from "node:fs";
import { mkdir, rename, rm, symlink } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { decodeManifest } from "@sitewright/protocol";
import { expect, test, vi } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { asNobody, isRoot } from "@sitewright/testkit/account";
import type { UnitSource } from "../../domain/sites/hierarchy.ts";
import { OFFICE, openBench, type Bench } from "../../../test-support/content-index-bench.ts";

const SOURCE = "packages/ABC00001/source";
const lines = (error: Error) => error.message.replace("ABC00001 is left out: ", "").split("\n").toSorted();

test("names that Windows or a case-insensitive file system cannot store are reported together", async () => {
  await using bench = await openBench();
  for (const name of ["aux.txt", "a:b", "end.", "Readme", "README", "fine"]) await bench.write(name, "x");
  writeFileSync(Buffer.concat([Buffer.from(bench.at("b").slice(0, -1)), Buffer.from([0x62, 0xff])]), "x");
  const error = await bench.fault();
  expect(error.code).toBe("SOURCE_NAME");
  expect(lines(error)).toEqual([
    expect.stringMatching(/source\/(Readme|README): it is one name with (Readme|README) where case and accents are not distinguished/),
    `${SOURCE}/a:b: the name holds the character ":", which Windows forbids: rename it`,
    `${SOURCE}/aux.txt: the name is a device name on Windows: rename it`,
    `${SOURCE}/bÿ: the name is not valid UTF-8: rename it`,
    `${SOURCE}/end.: the name ends with a space or a dot, which Windows drops: rename it`,
  ]);
});

test("of very many faults twenty are reported", async () => {
  await using bench = await openBench();
  for (let i = 0; i < 25; i++) await bench.write(`com1.${i}`, "x");
  expect(lines(await bench.fault())).toHaveLength(21);
});

test("links that stay inside are accepted, including dangling ones; those that leave are refused", async () => {
  await using bench = await openBench();
  await bench.write("sub/file", "x");
  await symlink("sub/file", bench.at("good"));
  await symlink("../nowhere", bench.at("sub/dangling"));
  const { manifest } = await bench.run();
  const { entries } = decodeManifest(await bench.manifest(manifest));
  expect(entries.filter(({ kind }) => kind === "link")).toEqual([
    { kind: "link", path: "ABC00001/good", target: "sub/file" },
    { kind: "link", path: "ABC00001/sub/dangling", target: "../nowhere" },
  ]);
  await symlink("/etc/hostname", bench.at("absolute"));
  await symlink("../package.yaml", bench.at("leaving"));
  // Each step looks harmless by its text; together they lead two folders up.
  await mkdir(bench.at("a/b"), { recursive: true });
  await symlink("../..", bench.at("a/b/up"));
  await symlink("up/../..", bench.at("a/b/out"));
  const error = await bench.fault();
  expect(error.code).toBe("SOURCE_LINK");
  expect(
    lines(error)
      .map((line) => line.slice(SOURCE.length + 1, line.indexOf(": ")))
      .filter((name) => name !== "a/b/up"),
  ).toEqual(["a/b/out", "absolute", "leaving"]);
});

test("links that leave through other links are refused, whether their target exists here or not", async () => {
  await using bench = await openBench();
  await bench.write("d/file", "x");
  await symlink("..", bench.at("d/b"));
  await symlink("b/../../agent-data/agent-key.pem", bench.at("d/l"));
  await symlink("loop", bench.at("loop"));
  const error = await bench.fault();
  expect(error.code).toBe("SOURCE_LINK");
  expect(lines(error)).toEqual([
    `${SOURCE}/d/l: it links to b/../../agent-data/agent-key.pem, and so leads out of ABC00001 by way of the link ABC00001/d/b: put a copy here`,
    `${SOURCE}/loop: it links to loop, and so leads over more than 40 links, or back to itself: put a copy here`,
  ]);
});

test("links with trailing or doubled slashes are carried unchanged", async () => {
  await using bench = await openBench();
  await bench.write("v2/lib/a", "x");
  await symlink("v2/", bench.at("current"));
  await symlink("v2//lib", bench.at("lib"));
  const { entries } = decodeManifest(await bench.manifest((await bench.run()).manifest));
  expect(entries.flatMap((entry) => (entry.kind === "link" ? [entry.target] : []))).toEqual(["v2/", "v2//lib"]);
});

test("sockets and pipes are refused", async () => {
  await using bench = await openBench();
  execFileSync("mkfifo", [bench.at("pipe")]);
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(bench.at("socket"), resolve));
  const error = await bench.fault();
  expect(error.code).toBe("SOURCE_KIND");
  expect(lines(error)).toEqual([
    `${SOURCE}/pipe: it is a pipe: only folders, files and links can be carried`,
    `${SOURCE}/socket: it is a socket: only folders, files and links can be carried`,
  ]);
  await new Promise((resolve) => server.close(resolve));
});

test("an owned folder that is missing, a link or a file is refused", async () => {
  await using bench = await openBench();
  await rm(bench.at("."), { recursive: true });
  expect(await bench.fault()).toMatchObject({ code: "SOURCE_UNREADABLE", path: SOURCE });
  await mkdir(join(bench.siteData, "elsewhere"));
  await symlink("../../elsewhere", join(bench.siteData, SOURCE));
  expect(await bench.fault()).toMatchObject({ code: "SOURCE_LINK", path: SOURCE });
  await rm(join(bench.siteData, SOURCE));
  writeFileSync(join(bench.siteData, SOURCE), "");
  expect(await bench.fault()).toMatchObject({ code: "SOURCE_KIND", path: SOURCE });
});

test("an unreadable file is named", async () => {
  await using bench = await openBench();
  await bench.write("first.bin", "x");
  await bench.write("secret.bin", "x", 0o000);
  if (isRoot) openToAll(bench);
  expect(await asNobody(() => bench.fault())).toMatchObject({ code: "SOURCE_UNREADABLE", path: `${SOURCE}/secret.bin` });
});

test.runIf(isRoot)("what a file system keeps for itself at the top of a disk is no content, and may be closed", async () => {
  await using bench = await openBench();
  for (const name of ["disk/lost+found/#12", "disk/file", "open/lost+found/file"]) await bench.write(name, "x");
  execFileSync("chmod", ["-R", "a+rwX", join(bench.dataDir, "..")]);
  execFileSync("chmod", ["700", bench.at("disk/lost+found")]);
  const { manifest } = await asNobody(() => bench.run());
  const { entries } = decodeManifest(await bench.manifest(manifest));
  const files = entries.flatMap(({ kind, path }) => (kind === "file" ? [path] : []));
  expect(files).toEqual(["ABC00001/disk/file", "ABC00001/open/lost+found/file"]);
});

function openToAll(bench: Bench): void {
  execFileSync("chmod", ["-R", "a+rwX", join(bench.dataDir, "..")]);
  execFileSync("chmod", ["000", bench.at("secret.bin")]);
}

test("a source that keeps changing is unstable, and is indexed once it is quiet", async () => {
  await using bench = await openBench();
  await bench.write("growing.log", Buffer.concat(Array.from({ length: 4 }, () => noise(4_000_000, 3))));
  // A separate process, which is independent of this one's event loop.
  const writer = spawn("sh", ["-c", 'while :; do printf x >> "$0"; done', bench.at("growing.log")]);
  await vi.waitFor(() => expect(statSync(bench.at("growing.log")).size).toBeGreaterThan(16_000_000), 20_000);
  const stopped = once(writer, "exit");
  const error = await bench.fault().finally(() => writer.kill("SIGKILL"));
  await stopped;
  expect(error).toMatchObject({ code: "SOURCE_UNSTABLE", path: `${SOURCE}/growing.log`, retryable: true });
  await expect(bench.run()).resolves.toMatchObject({ files: 1 });
});

test("a fault excludes only its own unit", async () => {
  await using bench = await openBench();
  await bench.write("nul", "x");
  await mkdir(join(bench.siteData, "packages/ABC00002/source"), { recursive: true });
  const other: UnitSource = {
    ...OFFICE,
    unit: { role: "dp", name: "ABC00002" },
    owned: [{ path: "ABC00002", kind: "folder", rights: "clients-read", source: "packages/ABC00002/source" }],
  };
  const [bad, good] = await Promise.allSettled([bench.run(), bench.run(other)]);
  expect([bad.status, good.status]).toEqual(["rejected", "fulfilled"]);
});

const cap: UnitSource = {
  ...OFFICE,
  unit: { role: "cap", name: "CAP_ABC" },
  owned: ["pkginfo.box", "offerinf.box"].map((box) => ({
    path: `CAP_ABC/${box}`,
    kind: "folder" as const,
    rights: "clients-read" as const,
    source: `${SOURCE}/${box}`,
  })),
  priority: "high",
};

test("a CAP with a broken chain is left out, with file, line and what is missing", async () => {
  await using bench = await openBench();
  await bench.write("offerinf.box/ABCSystm.lkp", "[Systems]\r\nABC:WS1=WS1.ins\r\n");
  await bench.write("offerinf.box/WS1.ins", "[Offers]\r\nOffer=ABC20001.ofr\r\n");
  await bench.write("offerinf.box/ABC20001.ofr", "Package=ABC00001\r\n");
  await bench.write("offerinf.box/binary.lkp", Buffer.from("X=gone.ins\n\0"));
  await bench.write("pkginfo.box/ABC00001.pkg", "");
  await bench.write("pkginfo.box/ABC00001.nal", "");
  await expect(bench.run(cap)).resolves.toMatchObject({ files: 6 });
  await rm(bench.at("pkginfo.box/ABC00001.nal"));
  await rename(bench.at("offerinf.box/WS1.ins"), bench.at("offerinf.box/WS2.ins"));
  const error = await bench.fault(cap);
  expect(error.code).toBe("BROKEN_REFERENCE");
  expect(error.message.replace("CAP_ABC is left out: ", "").split("\n")).toEqual([
    `${SOURCE}/offerinf.box/ABC20001.ofr:1: it names ABC00001.nal, which is not in pkginfo.box: restore that file, or take out the line`,
    `${SOURCE}/offerinf.box/ABCSystm.lkp:2: it names WS1.ins, which is not in offerinf.box: restore that file, or take out the line`,
  ]);
});

test("one version has one content, regardless of times and modes, and versions do not decrease", async () => {
  await using bench = await openBench();
  const version = (sourceVersion: number): UnitSource => ({ ...OFFICE, sourceVersion });
  await bench.write("a.txt", "one");
  await expect(bench.run(version(2))).resolves.toMatchObject({ sourceVersion: 2 });
  await bench.write("a.txt", "one", 0o600);
  await expect(bench.run(version(2))).resolves.toMatchObject({ files: 1 });
  await bench.write("a.txt", "two");
  const changed = await bench.fault(version(2));
  expect(changed.code).toBe("CONTENT_CHANGED_WITHOUT_VERSION");
  expect(changed.message).toContain("raise sourceVersion in packages/ABC00001/package.yaml to 3");
  await expect(bench.run(version(3))).resolves.toMatchObject({ sourceVersion: 3 });
  await bench.write("a.txt", "one");
  expect(await bench.fault(version(2))).toMatchObject({ code: "VERSION_WENT_BACK", path: "packages/ABC00001/package.yaml" });
  await expect(bench.run()).resolves.toMatchObject({ sourceVersion: 0 });
});

test("a plan or a verification stores no version: a half-copied source may be completed later", async () => {
  await using bench = await openBench();
  await bench.write("half", "1");
  const version: UnitSource = { ...OFFICE, sourceVersion: 7 };
  await bench.run(version, false);
  await bench.write("rest", "2");
  await bench.run(version);
  await bench.write("late", "3");
  await expect(bench.run(version, false)).rejects.toMatchObject({ code: "CONTENT_CHANGED_WITHOUT_VERSION" });
});
