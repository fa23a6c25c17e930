import { createPublicKey, verify } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { makeTestCertificates, type TestCertificates } from "@sitewright/testkit/certificates";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { CAN_MOUNT, mountFuse } from "../../../test-support/fuse/mount.ts";
import { FAT } from "../../../test-support/fuse/traits.ts";
import { startJoinServer } from "../../../test-support/join-server.ts";
import { readAgentFile } from "./agent-file.ts";
import { loadSigner } from "./identity.ts";
import { joinCoordinator, type JoinRequest } from "./join.ts";

let certificates: TestCertificates;
let others: TestCertificates;
beforeAll(async () => {
  [certificates, others] = await Promise.all([makeTestCertificates("localhost"), makeTestCertificates("elsewhere.example")]);
});

function request(url: string, folder: string, overrides: Partial<JoinRequest> = {}): JoinRequest {
  return {
    url,
    name: "SRVABC",
    token: { secret: "secret", caHash: certificates.caHash },
    dataDir: join(folder, "agent"),
    roots: [
      { role: "cap", path: join(folder, "caps") },
      { role: "dp", path: join(folder, "drives", "d") },
      { role: "dp", path: join(folder, "drives", "e") },
    ],
    ...overrides,
  };
}

test("a join over TLS stores a key and what run needs, readable by this user only, and sends the secret part of the token", async () => {
  const { port, joins } = await startJoinServer(certificates);
  const folder = temporaryFolder();
  const joining = request(`https://localhost:${port}`, folder);
  await joinCoordinator(joining);

  expect(joins).toEqual([
    { token: "secret", name: "SRVABC", publicKey: expect.any(String), platform: process.platform, roles: ["cap", "dp"] },
  ]);
  const file = await readAgentFile(joining.dataDir);
  expect(file).toEqual({
    url: `https://localhost:${port}/`,
    name: "SRVABC",
    coordinator: "coordinator-1",
    ca: expect.stringContaining("BEGIN CERTIFICATE"),
    roots: joining.roots,
  });
  const sign = await loadSigner(joining.dataDir);
  const publicKey = createPublicKey({ key: Buffer.from(joins[0]?.["publicKey"] as string, "base64"), format: "der", type: "spki" });
  expect(verify(null, Buffer.from("challenge"), publicKey, sign(Buffer.from("challenge")))).toBe(true);
  expect(readdirSync(joining.dataDir)).toEqual(["agent-key.pem", "agent.json", "agent.json.lock"]);
  for (const name of readdirSync(joining.dataDir)) expect(statSync(join(joining.dataDir, name)).mode & 0o777).toBe(0o600);
  expect(statSync(joining.dataDir).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, "caps")).mode & 0o777).toBe(0o755);
});

test("a server whose authority has another hash than the token gets no secret, and the join leaves no trace on the disk", async () => {
  const { port, joins } = await startJoinServer(certificates);
  const folder = temporaryFolder();
  const token = { secret: "secret", caHash: others.caHash };
  await expect(joinCoordinator(request(`https://localhost:${port}`, folder, { token }))).rejects.toMatchObject({
    code: "COORDINATOR_UNTRUSTED",
  });
  expect(joins).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});

test("a server that shows the right authority but a certificate of another one is refused", async () => {
  const { port, joins } = await startJoinServer({ ...others, caPem: certificates.caPem });
  await expect(joinCoordinator(request(`https://localhost:${port}`, temporaryFolder()))).rejects.toMatchObject({
    code: "COORDINATOR_UNTRUSTED",
  });
  expect(joins).toEqual([]);
});

test("a certificate made for another host is refused, though the authority is right", async () => {
  const { port, joins } = await startJoinServer(certificates);
  await expect(joinCoordinator(request(`https://127.0.0.1:${port}`, temporaryFolder()))).rejects.toMatchObject({
    code: "COORDINATOR_UNTRUSTED",
  });
  expect(joins).toEqual([]);
});

test("of the authorities in the reply only the one with the right hash is stored", async () => {
  const { port } = await startJoinServer({ ...certificates, caPem: `${certificates.caPem}\n${others.caPem}` });
  const joining = request(`https://localhost:${port}`, temporaryFolder());
  await joinCoordinator(joining);
  expect((await readAgentFile(joining.dataDir)).ca.match(/BEGIN CERTIFICATE/g)).toHaveLength(1);
});

test("an agent with a plain address on this machine uses TLS there, and sends nothing to a server without TLS", async () => {
  const { port, joins } = await startJoinServer(certificates);
  const joining = request(`http://localhost:${port}`, temporaryFolder());
  await joinCoordinator(joining);
  expect(joins).toHaveLength(1);
  expect((await readAgentFile(joining.dataDir)).url).toBe(`https://localhost:${port}/`);

  const heard: string[] = [];
  const squatter = createServer(
    (socket) =>
      void socket
        .on("data", (data) => {
          heard.push(data.toString("latin1"));
          socket.end("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
        })
        .on("error", () => undefined),
  );
  squatter.listen(0, "127.0.0.1");
  await once(squatter, "listening");
  onTestFinished(() => void squatter.close());
  const plain = `http://localhost:${(squatter.address() as AddressInfo).port}`;
  await expect(joinCoordinator(request(plain, temporaryFolder()))).rejects.toMatchObject({ code: "COORDINATOR_UNTRUSTED" });
  expect(heard.join("")).not.toContain("secret");
});

for (const traits of CAN_MOUNT ? [FAT, { type: "mergerfs" }] : [])
  test(`a join with a role root on ${traits.type} is refused by name before anything is sent, and leaves nothing behind`, async () => {
    const { port, joins } = await startJoinServer(certificates);
    const folder = temporaryFolder();
    const stick = join(folder, "stick");
    mkdirSync(stick);
    await using _ = await mountFuse(stick, traits);
    const roots: JoinRequest["roots"] = [
      { role: "cap", path: join(folder, "caps") },
      { role: "dp", path: join(stick, "dp") },
    ];
    await expect(joinCoordinator(request(`https://localhost:${port}`, folder, { roots }))).rejects.toMatchObject({
      code: "ROOT_UNFIT",
      path: join(stick, "dp"),
      message: expect.stringContaining(`cannot be used (fuse.${traits.type}): `) as string,
    });
    expect(joins).toEqual([]);
    expect([readdirSync(folder), readdirSync(stick)]).toEqual([["stick"], []]);
  });

test("a refused join reports the reason and leaves nothing behind", async () => {
  const { port } = await startJoinServer(certificates, {
    refuse: { status: 403, error: { code: "JOIN_TOKEN_USED", message: "the token was used before" } },
  });
  const folder = temporaryFolder();
  await expect(joinCoordinator(request(`https://localhost:${port}`, folder))).rejects.toMatchObject({
    code: "JOIN_TOKEN_USED",
    message: "the token was used before",
  });
  expect(readdirSync(folder)).toEqual([]);
});

test("a failed join leaves an earlier join and existing folders as they were", async () => {
  const { port } = await startJoinServer(certificates);
  const folder = temporaryFolder();
  const joining = request(`https://localhost:${port}`, folder);
  mkdirSync(join(folder, "caps"));
  writeFileSync(join(folder, "caps", "foreign"), "kept");
  await joinCoordinator(joining);
  const key = readFileSync(join(joining.dataDir, "agent-key.pem"), "utf8");
  const token = { secret: "secret", caHash: others.caHash };
  await expect(joinCoordinator({ ...joining, token })).rejects.toMatchObject({ code: "COORDINATOR_UNTRUSTED" });
  expect(readFileSync(join(joining.dataDir, "agent-key.pem"), "utf8")).toBe(key);
  expect((await readAgentFile(joining.dataDir)).name).toBe("SRVABC");
  expect(readdirSync(join(folder, "caps"))).toEqual(["foreign"]);
});

test("role roots that a join creates are open to clients whatever the umask, and the data folder is closed", async () => {
  const { port } = await startJoinServer(certificates);
  const folder = temporaryFolder();
  const joining = request(`https://localhost:${port}`, folder);
  const umask = process.umask(0o077);
  try {
    await joinCoordinator(joining);
  } finally {
    process.umask(umask);
  }
  const mode = (...path: string[]) => statSync(join(folder, ...path)).mode & 0o777;
  expect([mode("caps"), mode("drives"), mode("drives", "e"), mode("agent")]).toEqual([0o755, 0o755, 0o755, 0o700]);
});

test("a second join under the same name keeps the roots of the first, and is told which roles have none", async () => {
  const { port } = await startJoinServer(certificates);
  const folder = temporaryFolder();
  const joining = request(`https://localhost:${port}`, folder);
  expect(await joinCoordinator(joining)).toEqual({ roots: joining.roots, missing: ["logon-point"], warnings: [] });
  const logon = { role: "logon-point" as const, path: join(folder, "logon") };
  expect(await joinCoordinator({ ...joining, roots: [logon] })).toEqual({ roots: [...joining.roots, logon], missing: [], warnings: [] });
  expect((await readAgentFile(joining.dataDir)).roots).toEqual([...joining.roots, logon]);
  // A join for another system does not use these folders.
  expect((await joinCoordinator({ ...joining, name: "SRVSEC", roots: [logon] })).roots).toEqual([logon]);
});

test("an unsafe role root is refused before the coordinator is contacted", async () => {
  const { port, joins } = await startJoinServer(certificates);
  const folder = temporaryFolder();
  const roots = [
    { role: "cap" as const, path: join(folder, "x") },
    { role: "dp" as const, path: join(folder, "x", "y") },
  ];
  await expect(joinCoordinator(request(`https://localhost:${port}`, folder, { roots }))).rejects.toMatchObject({
    code: "ROLE_ROOT_UNSAFE",
  });
  expect(joins).toEqual([]);
  expect(readdirSync(folder)).toEqual([]);
});

test("a role root that is a file is refused", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "file"), "");
  const roots = [{ role: "cap" as const, path: join(folder, "file") }];
  await expect(joinCoordinator(request("https://localhost:1", folder, { roots }))).rejects.toMatchObject({ code: "ROLE_ROOT_UNSAFE" });
});

test("a coordinator that does not answer is COORDINATOR_UNREACHABLE", async () => {
  const folder = temporaryFolder();
  await expect(joinCoordinator(request("https://localhost:1", folder))).rejects.toMatchObject({ code: "COORDINATOR_UNREACHABLE" });
  expect(readdirSync(folder)).toEqual([]);
});

test("with several addresses the first one at which the coordinator of the token answers takes the join, and all are kept in their order", async () => {
  const [stranger, { port, joins }] = await Promise.all([startJoinServer(others), startJoinServer(certificates)]);
  const folder = temporaryFolder();
  const further = [`https://localhost:${stranger.port}`, `https://localhost:${port}`];
  const joining = request("https://localhost:1", folder, { others: further });
  await joinCoordinator(joining);
  expect([joins.length, stranger.joins.length]).toEqual([1, 0]);
  expect(await readAgentFile(joining.dataDir)).toMatchObject({ url: "https://localhost:1/", others: further.map((url) => `${url}/`) });
});

test("when no address has the coordinator of the token, the join says why for each and leaves nothing behind", async () => {
  const stranger = await startJoinServer(others);
  const folder = temporaryFolder();
  const joining = request("https://localhost:1", folder, { others: [`https://localhost:${stranger.port}`] });
  await expect(joinCoordinator(joining)).rejects.toMatchObject({
    code: "COORDINATOR_UNTRUSTED",
    message: expect.stringMatching(/localhost:1\b.*; localhost:\d+ is not the coordinator that made this token/s),
  });
  expect(readdirSync(folder)).toEqual([]);
});

test("an agent that joined before joins again without roots and keeps those that it has; a new one has to name them", async () => {
  const { port, joins } = await startJoinServer(certificates);
  const folder = temporaryFolder();
  const joining = request(`https://localhost:${port}`, folder);
  await expect(joinCoordinator({ ...joining, roots: [] })).rejects.toMatchObject({
    code: "BAD_REQUEST",
    message: expect.stringContaining("--root ROLE=PATH"),
  });
  expect([joins, readdirSync(folder)]).toEqual([[], []]);
  const { roots } = await joinCoordinator(joining);
  await joinCoordinator({ ...joining, roots: [] });
  expect((await readAgentFile(joining.dataDir)).roots).toEqual(roots);
});
