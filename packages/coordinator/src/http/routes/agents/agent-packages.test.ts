import { createHash } from "node:crypto";
import { appendFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { openAgentPackages } from "../../../adapters/agent-packages.ts";
import { OPERATOR, startEndpoints, type EndpointsSetUp } from "../../../../test-support/endpoints.ts";
import { aHierarchy, anAddress, hashOf } from "../../../../test-support/fakes.ts";

const TOKEN = `a-join-secret.${"ab".repeat(32)}`;
const CONTENT = noise(300_000, 1);
const DEB = "sitewright-agent_0.1.0_amd64.deb";

const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** A coordinator with one package for Linux, and a join token for a system. */
async function serve(setUp: EndpointsSetUp & { system?: string; expiresAt?: number } = {}) {
  const folder = temporaryFolder();
  writeFileSync(join(folder, DEB), CONTENT);
  const { system = "SRV1", expiresAt = Date.now() + 60_000 } = setUp;
  const at = await startEndpoints({ agentPackages: openAgentPackages(folder), ...setUp });
  await at.registry.addJoinToken(hashOf("a-join-secret"), { system, expiresAt });
  const load = async (headers: Record<string, string> = {}, path = `${sha256(CONTENT)}?system=${system}`) => {
    const reply = await fetch(`${at.url}/content/v1/agents/${path}`, { headers: { authorization: `Bearer ${TOKEN}`, ...headers } });
    const bytes = Buffer.from(await reply.arrayBuffer());
    const isRefusal = reply.headers.get("content-type")?.startsWith("application/json") ?? false;
    const code = isRefusal ? (JSON.parse(bytes.toString()) as { error: { code: string } }).error.code : undefined;
    return { status: reply.status, headers: reply.headers, bytes, code };
  };
  return Object.assign(at, { folder, load });
}

test("the holder of a join token loads the agent as it is, as often as it takes, and the token still joins", async () => {
  await using at = await serve();
  for (const _ of [1, 2]) {
    const { status, headers, bytes } = await at.load();
    expect([status, headers.get("content-length"), bytes.equals(CONTENT)]).toEqual([200, "300000", true]);
  }
  await at.registry.checkJoinToken(hashOf("a-join-secret"), "SRV1", Date.now());
});

test("a download that broke off continues at its byte, and one that was complete is told so", async () => {
  await using at = await serve();
  const { status, headers, bytes } = await at.load({ range: "bytes=123456-" });
  expect([status, headers.get("content-range")]).toEqual([206, "bytes 123456-299999/300000"]);
  expect(bytes.equals(CONTENT.subarray(123_456))).toBe(true);
  const complete = await at.load({ range: "bytes=300000-" });
  expect([complete.status, complete.code, complete.headers.get("content-range")]).toEqual([416, "BAD_REQUEST", "bytes */300000"]);
  // Anything else that HTTP calls a range is answered with the whole.
  expect((await at.load({ range: "bytes=0-9,20-29" })).bytes.equals(CONTENT)).toBe(true);
});

test("a joined agent loads it too, with the content token of its connection", async () => {
  await using at = await serve();
  const { token } = await at.connect("SRV2");
  const { status, bytes } = await at.load({ authorization: `Bearer ${token}` }, sha256(CONTENT));
  expect([status, bytes.equals(CONTENT)]).toEqual([200, true]);
});

test.each<[string, Record<string, string>, string, [number, string]]>([
  ["no token", { authorization: "" }, "SRV1", [401, "UNAUTHENTICATED"]],
  ["half a token", { authorization: "Bearer a-join-secret" }, "SRV1", [401, "UNAUTHENTICATED"]],
  ["the operator token", { authorization: `Bearer ${OPERATOR}` }, "SRV1", [401, "UNAUTHENTICATED"]],
  ["a guessed token", { authorization: `Bearer guessed.${"ab".repeat(32)}` }, "SRV1", [401, "JOIN_TOKEN_INVALID"]],
  ["the token of another system", {}, "SRV2", [401, "JOIN_TOKEN_INVALID"]],
  ["no system", {}, "", [400, "BAD_REQUEST"]],
])("a download with %s is refused with a code", async (_, headers, system, expected) => {
  await using at = await serve();
  const { status, code } = await at.load(headers, `${sha256(CONTENT)}${system === "" ? "" : `?system=${system}`}`);
  expect([status, code]).toEqual(expected);
});

test("an expired token, one for a system that the hierarchy lost, and a digest that is not there are refused with their codes", async () => {
  await using expired = await serve({ expiresAt: Date.now() - 1 });
  expect((await expired.load()).code).toBe("JOIN_TOKEN_EXPIRED");
  await using lost = await serve({ system: "GONE" });
  expect((await lost.load()).code).toBe("SYSTEM_UNKNOWN");
  await using at = await serve();
  const other = await at.load({}, `${"cd".repeat(32)}?system=SRV1`);
  expect([other.status, other.code]).toEqual([404, "NOT_FOUND"]);
  const noDigest = await at.load({}, `..%2f${DEB}?system=SRV1`);
  expect([noDigest.status, noDigest.code]).toEqual([400, "BAD_REQUEST"]);
});

test("the agent is sent no faster than the line to its system allows", async () => {
  await using at = await serve({ system: "SRV2", hierarchy: aHierarchy([anAddress("SEC", { bandwidth: 4_000_000 })]) });
  const started = performance.now();
  expect((await at.load()).bytes.equals(CONTENT)).toBe(true);
  expect(performance.now() - started).toBeGreaterThan((CONTENT.length * 8 * 1000) / 4_000_000 / 1.2 - 50);
});

test("one system loads the agent at most three times at once, and again once one of these has ended", async () => {
  await using at = await serve({ system: "SRV2", hierarchy: aHierarchy([anAddress("SEC", { bandwidth: 200_000 })]) });
  const url = `${at.url}/content/v1/agents/${sha256(CONTENT)}?system=SRV2`;
  const ask = () => fetch(url, { headers: { authorization: `Bearer ${TOKEN}` } });
  // Kept until they are cancelled: a reply that nothing refers to is given up when garbage is collected.
  const underWay: Response[] = [];
  for (let i = 0; i < 3; i++) underWay.push(await ask());
  const { status, code } = await at.load();
  expect([status, code]).toEqual([429, "TOO_MANY_REQUESTS"]);
  expect(underWay.map((reply) => reply.status)).toEqual([200, 200, 200]);
  for (const { body } of underWay) await body?.cancel();
  await expect
    .poll(async () => {
      const reply = await ask();
      await reply.body?.cancel();
      return reply.status;
    })
    .toBe(200);
});

test("the newest version of each platform is offered, also one that was put there later, and an older one can still be loaded", async () => {
  const folder = temporaryFolder();
  const packages = openAgentPackages(folder);
  expect(await packages.newest()).toEqual({});
  writeFileSync(join(folder, DEB), CONTENT);
  expect(await packages.newest()).toEqual({ "linux-x64": sha256(CONTENT) });
  const [newer, windows] = [noise(1_000, 2), noise(1_000, 3)];
  writeFileSync(join(folder, "sitewright-agent_0.10.0_amd64.deb"), newer);
  writeFileSync(join(folder, "sitewright-agent_0.9.0_amd64.deb"), noise(1_000, 4));
  writeFileSync(join(folder, "sitewright-agent-0.1.0-win-x64.zip"), windows);
  writeFileSync(join(folder, "sitewright-0.1.0-win-x64.zip"), "the operator's program");
  expect(await packages.newest()).toEqual({ "linux-x64": sha256(newer), "win-x64": sha256(windows) });
  await using older = await openedPackage(packages, sha256(CONTENT));
  expect(older.bytes).toBe(CONTENT.length);
});

async function openedPackage(packages: ReturnType<typeof openAgentPackages>, digest: string) {
  const file = await packages.open(digest);
  if (!file) throw new Error(`no ${digest}`);
  return Object.assign(file, { [Symbol.asyncDispose]: () => file.close() });
}

test("a package that differs from the sum beside it is not offered, and a folder that is none is refused at the start", async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, DEB), CONTENT);
  writeFileSync(join(folder, "SHA256SUMS"), `${sha256(CONTENT)}  ${DEB}\n`);
  const packages = openAgentPackages(folder);
  expect(await packages.newest()).toEqual({ "linux-x64": sha256(CONTENT) });
  appendFileSync(join(folder, DEB), "altered");
  await expect(packages.newest()).rejects.toMatchObject({ code: "HASH_MISMATCH" });
  rmSync(folder, { recursive: true });
  expect(() => openAgentPackages(folder)).toThrow(expect.objectContaining({ code: "BAD_REQUEST" }));
});
