import { readFileSync } from "node:fs";
import { request } from "node:http";
import { join as joinPath } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeAgentKey, dialOpen } from "@sitewright/testkit/agent-wire";
import { CLOSE_CODES, CONTENT_PROTOCOL, LIMITS } from "../packages/protocol/src/index.ts";
import { startFleet, type Fleet } from "./support/fleet.ts";
import { hello, join } from "./support/wire.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({
    systems: { SRVABC: { roles: ["dp"] }, DPABC: { roles: ["dp"] } },
    packages: { ABC00001: { files: { "a.txt": "a" }, on: ["SRVABC"] } },
    absent: ["DPABC"],
  });
});
afterAll(() => fleet?.[Symbol.asyncDispose]());

const thief = makeAgentKey();

async function token(system: string): Promise<string> {
  const { token: text } = await fleet.json<{ token: string }>("token", "create", "--system", system);
  return text.split(".")[0] ?? "";
}

async function expectUnharmed(): Promise<void> {
  expect(fleet.coordinator.process?.exitCode).toBeNull();
  expect((await fleet.overview()).systems.find(({ name }) => name === "SRVABC")).toMatchObject({ connected: true });
}

/** Of the answer to a request that `fetch` cannot make. */
function statusOf(url: URL, headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers }, (reply) => {
      reply.resume();
      resolve(reply.statusCode);
    });
    asked.on("error", reject);
    asked.on("upgrade", (reply, socket) => {
      socket.destroy();
      resolve(reply.statusCode);
    });
    asked.end();
  });
}

const log = () => readFileSync(joinPath(fleet.dataDir, "coordinator.log"), "utf8");

test("a join with a wrong token is refused", async () => {
  expect(await join(fleet.url, { token: "guess", name: "DPABC", publicKey: thief.publicKey })).toEqual({
    status: 401,
    code: "JOIN_TOKEN_INVALID",
  });
});

test("a token joins only its own system, and a join with it for another does not use it up", async () => {
  const own = await token("DPABC");
  expect(await join(fleet.url, { token: own, name: "SRVABC", publicKey: thief.publicKey })).toMatchObject({ code: "JOIN_TOKEN_INVALID" });
  expect(await join(fleet.url, { token: own, name: "DPABC", publicKey: makeAgentKey().publicKey })).toMatchObject({ status: 200 });
});

test("a token joins once", async () => {
  const own = await token("DPABC");
  expect(await join(fleet.url, { token: own, name: "DPABC", publicKey: makeAgentKey().publicKey })).toMatchObject({ status: 200 });
  expect(await join(fleet.url, { token: own, name: "DPABC", publicKey: thief.publicKey })).toMatchObject({ code: "JOIN_TOKEN_USED" });
});

test("no token is made for a system that the hierarchy does not name", async () => {
  expect(await fleet.sitewright("token", "create", "--system", "NOBODY")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("SYSTEM_UNKNOWN"),
  });
});

test("an agent's name without its key is refused, and the real agent stays connected", async () => {
  const wire = await dialOpen(fleet.url, "SRVABC");
  await hello(wire, "SRVABC", thief.privateKey);
  expect(await wire.closed).toMatchObject({ code: CLOSE_CODES.UNAUTHENTICATED });
  await expect.poll(log).toContain("UNAUTHENTICATED");
  await expectUnharmed();
});

test("a name that never joined is refused like one that did, so that refusals do not reveal which systems exist", async () => {
  const answers = [];
  for (const name of ["NOBODY", "SRVABC"]) {
    const wire = await dialOpen(fleet.url, name);
    await hello(wire, name, thief.privateKey);
    answers.push(await wire.closed);
  }
  expect(answers[0]).toMatchObject({ code: CLOSE_CODES.UNAUTHENTICATED });
  expect(answers[0]).toEqual(answers[1]);
});

test("an unsupported protocol version is refused with the supported ones", async () => {
  const wire = await dialOpen(fleet.url, "SRVABC");
  await hello(wire, "SRVABC", thief.privateKey, { version: 99 });
  expect(await wire.closed).toMatchObject({ code: CLOSE_CODES.VERSION_UNSUPPORTED, reason: expect.stringContaining("1") });
});

test("garbage instead of a Hello is refused, logged and harmless", async () => {
  for (const garbage of [Buffer.from("GET / HTTP/1.1\r\n\r\n"), Buffer.alloc(1000, 0xff), Buffer.alloc(0)]) {
    const wire = await dialOpen(fleet.url, "SRVABC");
    await wire.next();
    wire.socket.send(garbage);
    expect(await wire.closed).toMatchObject({ code: CLOSE_CODES.FRAME_INVALID });
  }
  await expect.poll(log).toContain("FRAME_INVALID");
  await expectUnharmed();
});

test("a frame over the limit ends the connection and nothing else", async () => {
  const wire = await dialOpen(fleet.url, "SRVABC");
  await wire.next();
  wire.socket.send(Buffer.alloc(LIMITS.controlFrame + 1));
  expect([CLOSE_CODES.FRAME_TOO_LARGE, CLOSE_CODES.FRAME_INVALID]).toContain((await wire.closed).code);
  await expectUnharmed();
});

test("a manifest that was not ordered for an agent is refused to it, even with a right to other content", async () => {
  const key = makeAgentKey();
  expect(await join(fleet.url, { token: await token("DPABC"), name: "DPABC", publicKey: key.publicKey })).toMatchObject({ status: 200 });
  const { phases } = await fleet.json("rebuild", "--system", "SRVABC");
  const ordered = phases.find((phase) => phase.task === "stage");
  const wire = await dialOpen(fleet.url, "DPABC");
  await hello(wire, "DPABC", key.privateKey);
  const welcome = await wire.next();
  if (welcome.kind !== "welcome") throw new Error(`a ${welcome.kind} came instead of the welcome`);
  const headers = { authorization: `Bearer ${welcome.contentToken}` };
  const manifest = await fetch(new URL(`/content/v1/manifests/${ordered?.manifest}?order=${ordered?.id}`, fleet.url), { headers });
  expect(manifest.status).toBe(403);
  const upgrade = { connection: "upgrade", upgrade: CONTENT_PROTOCOL };
  const stream = new URL(`/content/v1/stream?order=${ordered?.id}&manifest=${ordered?.manifest}`, fleet.url);
  expect(await statusOf(stream, { ...headers, ...upgrade })).toBe(403);
  wire.socket.close();
  await wire.closed;
});

test("a page of another origin and a request for another host are refused", async () => {
  expect((await fleet.api("/api/v1/overview", { headers: { origin: "https://evil.example" } })).status).toBe(403);
  expect((await fleet.api("/api/v1/overview", { method: "GET" })).status).toBe(200);
});

test("the operator's token, join tokens and content tokens are in no log", async () => {
  const secret = await token("DPABC");
  await join(fleet.url, { token: secret, name: "DPABC", publicKey: makeAgentKey().publicKey });
  const operator = readFileSync(joinPath(fleet.dataDir, "operator-token"), "utf8").trim();
  const logs = log() + fleet.agent("SRVABC").log();
  expect(logs.length).toBeGreaterThan(100);
  expect(logs).not.toContain(secret);
  expect(logs).not.toContain(operator);
});
