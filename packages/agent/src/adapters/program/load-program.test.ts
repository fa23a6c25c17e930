import { createHash, createPrivateKey, sign } from "node:crypto";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import { deflateRawSync, zstdCompressSync } from "node:zlib";
import { programTranscript } from "@sitewright/protocol";
import { makeTestCertificates, TEST_CERTIFICATES } from "@sitewright/testkit/certificates";
import { startFakeCoordinator } from "@sitewright/testkit/fake-coordinator";
import { noise } from "@sitewright/testkit/noise";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { expect, test } from "vitest";
import { createCurrentLink } from "../../app/session/current-link.ts";
import { createHttpClient } from "../link/http-client.ts";
import { loadProgram, requireVouched } from "./load-program.ts";
import { openProgramStore } from "./program-store.ts";
import { unpackExecutable } from "./unpack.ts";

const PROGRAM = noise(300_000, 4);
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** A tar of one file between two others. */
function tar(path: string, bytes: Uint8Array): Buffer {
  const file = (name: string, content: Uint8Array) => {
    const head = Buffer.alloc(512);
    head.write(name, 0);
    head.write(content.length.toString(8).padStart(11, "0"), 124);
    return [head, content, Buffer.alloc((512 - (content.length % 512)) % 512)];
  };
  return Buffer.concat([
    ...file("./usr/", Buffer.alloc(0)),
    ...file("./usr/share/sitewright-agent", noise(700, 1)),
    ...file(path, bytes),
    ...file("z", noise(9, 2)),
    Buffer.alloc(1024),
  ]);
}

function deb(data: Uint8Array, name = "data.tar.zst"): Buffer {
  const member = (title: string, bytes: Uint8Array) => [
    Buffer.from(`${title.padEnd(48)}${String(bytes.length).padEnd(10)}\`\n`),
    bytes,
    Buffer.alloc(bytes.length % 2),
  ];
  return Buffer.concat([Buffer.from("!<arch>\n"), ...member("debian-binary", Buffer.from("2.0")), ...member(name, data)]);
}

/** A zip of one deflated file. */
function zip(path: string, bytes: Uint8Array): Buffer {
  const packed = deflateRawSync(bytes);
  const head = Buffer.alloc(30);
  head.writeUInt16LE(path.length, 26);
  const entry = Buffer.alloc(46);
  entry.writeUInt16LE(8, 10);
  entry.writeUInt32LE(packed.length, 20);
  entry.writeUInt32LE(bytes.length, 24);
  entry.writeUInt16LE(path.length, 28);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(46 + path.length, 12);
  end.writeUInt32LE(30 + path.length + packed.length, 16);
  return Buffer.concat([head, Buffer.from(path), packed, entry, Buffer.from(path), end]);
}

const PACKAGE = deb(zstdCompressSync(tar("./usr/bin/sitewright-agent", PROGRAM)));

test.each([
  ["a package for Debian", PACKAGE],
  ["a zip for Windows", zip("sitewright-agent-0.2.0-win-x64/sitewright-agent.exe", PROGRAM)],
])("the program in %s is unpacked for its owner alone", async (_, bytes) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "package"), bytes);
  await unpackExecutable(join(folder, "package"), join(folder, "program"));
  expect(readFileSync(join(folder, "program")).equals(PROGRAM)).toBe(true);
  expect(statSync(join(folder, "program")).mode & 0o777).toBe(0o700);
});

test.each([
  ["nothing", Buffer.alloc(0)],
  ["another file", noise(5_000, 3)],
  ["a package with another compression", deb(PROGRAM, "data.tar.xz")],
  ["a package of another program", deb(zstdCompressSync(tar("./usr/bin/sitewright", PROGRAM)))],
  ["a package whose content is damaged", deb(noise(5_000, 3))],
  ["a package whose content was cut off", deb(zstdCompressSync(tar("./usr/bin/sitewright-agent", PROGRAM).subarray(0, 9_000)))],
  ["a zip of another program", zip("sitewright.exe", PROGRAM)],
])("%s is refused as a package of the agent", async (_, bytes) => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "package"), bytes);
  await expect(unpackExecutable(join(folder, "package"), join(folder, "program"))).rejects.toMatchObject({ code: "CONTENT_UNAVAILABLE" });
});

/** Loads what a coordinator answers. */
async function load(answer: RequestListener, digest = sha256(PACKAGE)) {
  const coordinator = await startFakeCoordinator(answer);
  const folder = join(temporaryFolder(), "agent");
  mkdirSync(folder);
  const store = openProgramStore(folder, "linux-x64");
  const current = createCurrentLink();
  current.up({ send: async () => true, localAddress: "", close: () => undefined }, "content-token");
  const http = createHttpClient({ url: coordinator.url }, { ca: TEST_CERTIFICATES.caPem });
  const loaded = loadProgram(
    { version: "0.2.0", digest },
    { http, current, store, log: () => undefined, stallMs: 500 },
    new AbortController().signal,
  ).finally(() => http.close());
  return { store, loaded };
}

test("a package whose transfer breaks off is continued where it ended, verified and unpacked", async () => {
  const asked: unknown[] = [];
  const half = Math.floor(PACKAGE.length / 2);
  const { store, loaded } = await load(({ url, headers }, response) => {
    asked.push([url, headers.authorization, headers.range]);
    const from = Number(/\d+/.exec(headers.range ?? "0")?.[0]);
    response.writeHead(from > 0 ? 206 : 200, { "content-length": PACKAGE.length - from });
    if (from > 0) return void response.end(PACKAGE.subarray(from));
    response.write(PACKAGE.subarray(0, half), () => setTimeout(() => response.destroy(), 20));
  });
  const program = await loaded;
  expect(program).toEqual({ version: "0.2.0", digest: sha256(PACKAGE), executable: sha256(PROGRAM) });
  const path = `/content/v1/agents/${program.digest}`;
  expect(asked[0]).toEqual([path, "Bearer content-token", undefined]);
  expect(asked.at(-1)).toEqual([path, "Bearer content-token", expect.stringMatching(/^bytes=[1-9]\d*-$/)]);
  expect(await store.executable(program)).toBe((await store.places(program.digest)).executable);
});

test("a transfer of a package that stands still, or a request that is not answered, is given up and continued", async () => {
  const half = Math.floor(PACKAGE.length / 2);
  let asked = 0;
  const { loaded } = await load(({ headers }, response) => {
    asked += 1;
    if (asked === 2) return;
    const from = Number(/\d+/.exec(headers.range ?? "0")?.[0]);
    response.writeHead(from > 0 ? 206 : 200, { "content-length": PACKAGE.length - from });
    if (asked === 1) response.write(PACKAGE.subarray(0, half));
    else response.end(PACKAGE.subarray(from));
  });
  expect((await loaded).digest).toBe(sha256(PACKAGE));
  expect(asked).toBe(3);
});

test("a package with another digest is refused and begun again by the next order", async () => {
  const { store, loaded } = await load((_, response) => response.end(PACKAGE), "ab".repeat(32));
  await expect(loaded).rejects.toMatchObject({ code: "HASH_MISMATCH" });
  await expect(store.places("ab".repeat(32)).then(({ package: part }) => statSync(part))).rejects.toThrow(/ENOENT/);
});

test("a package that the coordinator does not have any longer ends the order with its answer", async () => {
  const { loaded } = await load((_, response) => {
    response.writeHead(404, { "content-type": "application/json" });
    response.end(JSON.stringify({ error: { code: "NOT_FOUND", message: "there is no such agent" } }));
  });
  await expect(loaded).rejects.toMatchObject({ code: "NOT_FOUND" });
});

test("a version is believed only with the signature of the CA that was joined, over exactly what is ordered", async () => {
  const statement = { coordinator: "c", version: "0.2.0", target: "linux-x64", digest: "ab".repeat(32) };
  const signed = (by: string, about = statement) =>
    sign("sha256", programTranscript(about), { key: createPrivateKey(by), dsaEncoding: "ieee-p1363" });
  const { caPem, caKey } = TEST_CERTIFICATES;
  expect(() => requireVouched(statement, signed(caKey), caPem)).not.toThrow();
  const other = (await makeTestCertificates("localhost")).caKey;
  for (const signature of [
    signed(other),
    signed(caKey, { ...statement, version: "0.3.0" }),
    signed(caKey, { ...statement, target: "win-x64" }),
    signed(caKey, { ...statement, coordinator: "d" }),
    Buffer.alloc(64),
    Buffer.alloc(0),
  ])
    expect(() => requireVouched(statement, signature, caPem)).toThrow(expect.objectContaining({ code: "COORDINATOR_UNTRUSTED" }));
});
