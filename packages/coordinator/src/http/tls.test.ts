import { mkdtempSync, rmSync } from "node:fs";
import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { get, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { expect, onTestFinished, test, vi } from "vitest";
import { noise } from "../../test-support/content-index-bench.ts";
import { dial, helloTo, makeKeys, OPERATOR, startDoors } from "../../test-support/doors.ts";
import { serveUnit } from "../../test-support/served-unit.ts";
import { hostNames } from "../adapters/host-names.ts";
import { openPki } from "../adapters/pki.ts";

function statusOf(url: string, ca: string, maxVersion: "TLSv1.2" | "TLSv1.3" = "TLSv1.3"): Promise<number | string | undefined> {
  return new Promise((resolve) => {
    get(`${url}/healthz`, { ca, maxVersion, agent: false }, (reply) => resolve(reply.resume().statusCode)).once(
      "error",
      (error: NodeJS.ErrnoException) => resolve(error.code),
    );
  });
}

test("over TLS, a session's cookie never travels without it, and a sign-in link leads there", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sitewright-tls-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const pki = await openPki(folder);
  await using at = await startDoors({ tls: await pki.serverTls(hostNames("127.0.0.1")) });
  const post = async (path: string, body: object): Promise<{ cookie: string; text: string }> => {
    const headers = { authorization: `Bearer ${OPERATOR}`, "content-type": "application/json" };
    const sent = request(`${at.url}${path}`, { method: "POST", ca: pki.caPem, agent: false, headers }).end(JSON.stringify(body));
    const [reply] = (await once(sent, "response")) as [IncomingMessage];
    return { cookie: String(reply.headers["set-cookie"]), text: await textOf(reply) };
  };
  expect((await post("/api/v1/session", { token: OPERATOR })).cookie).toMatch(/; HttpOnly; Secure; SameSite=Strict$/);
  const { text } = await post("/api/v1/sign-in-codes", {});
  expect((JSON.parse(text) as { url: string }).url.startsWith(`${at.url}/#/sign-in/`)).toBe(true);
});

test("over TLS, the API and the agents' WebSocket are reached by whoever trusts our CA", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sitewright-tls-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const pki = await openPki(join(folder, "ours"));
  const foreign = await openPki(join(folder, "foreign"));
  await using at = await startDoors({ tls: await pki.serverTls(hostNames("127.0.0.1")) });
  expect(at.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  expect(await statusOf(at.url, pki.caPem)).toBe(200);
  expect(await statusOf(at.url, foreign.caPem)).toMatch(/CERT|SIGNATURE/);
  expect(await statusOf(at.url, pki.caPem, "TLSv1.2")).toMatch(/^(ERR_SSL|EPROTO|ECONNRESET)/);

  const keys = makeKeys();
  await at.registry.setKey("SRV1", keys.der);
  const agent = dial(at.url, "SRV1", { ca: pki.caPem });
  agent.say(helloTo(await agent.challenge(), "SRV1", keys.privateKey));
  expect(await agent.next()).toMatchObject({ kind: "welcome" });
  const wary = dial(at.url, "SRV1", { ca: foreign.caPem });
  expect((await wary.closed).code).toBe(1006);
});

test("over TLS, content comes as it does without", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sitewright-tls-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const pki = await openPki(folder);
  await using unit = await serveUnit({ "a.bin": noise(700_000, 1) }, { tls: await pki.serverTls(hostNames("127.0.0.1")) });
  const { token } = await unit.connect("SRV1", pki.caPem);
  const stream = await unit.open(token, { ca: pki.caPem });
  stream.ask([[0, unit.chunks.length - 1]]);
  await vi.waitFor(() => expect(stream.frames.reduce((sum, { count }) => sum + count, 0)).toBe(unit.chunks.length));
  const content = Buffer.concat(stream.frames.map((frame) => frame.content));
  expect(content.equals(unit.content(0, unit.chunks.length - 1))).toBe(true);
});
