import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { authorityKey, signSuccession } from "@sitewright/node-kit/succession";
import { makeTestCertificates, type TestCertificates } from "@sitewright/testkit/certificates";
import { CHALLENGE, openFakeCoordinator } from "@sitewright/testkit/fake-coordinator";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import type { SuccessionStatement } from "@sitewright/protocol";
import { expect, onTestFinished, test } from "vitest";
import { readAgentFile, storeJoin } from "../join/agent-file.ts";
import { openAuthority, type Authority } from "./authority.ts";
import { linkOpener } from "./coordinator-link.ts";

const log = () => undefined;
const [ONE, TWO] = await Promise.all([makeTestCertificates("localhost"), makeTestCertificates("localhost")]);
const keyOf = ({ caPem }: TestCertificates) => authorityKey(new X509Certificate(caPem));

function says(by: TestCertificates, number: number, to: TestCertificates, coordinator = "coordinator-1"): SuccessionStatement {
  return signSuccession({ coordinator, number, from: keyOf(by), to: keyOf(to) }, createPrivateKey(by.caKey));
}

/** An agent that joined the coordinator with the first CA. */
async function anAgent(succession = 0): Promise<{ dataDir: string; open(): Promise<Authority> }> {
  const dataDir = join(temporaryFolder(), "agent");
  mkdirSync(dataDir);
  const file = {
    url: "https://a/",
    name: "A",
    coordinator: "coordinator-1",
    ca: ONE.caPem,
    roots: [{ role: "dp" as const, path: "/srv/dp" }],
  };
  await storeJoin(dataDir, () => ({ ...file, ...(succession > 0 ? { succession } : {}) }));
  return { dataDir, open: async () => openAuthority(dataDir, await readAgentFile(dataDir), log) };
}

/** A coordinator with this CA, which shows these statements. */
async function aCoordinator(
  { serverKey, serverCert }: TestCertificates,
  statements: SuccessionStatement[],
): Promise<{ url: URL; asked: string[] }> {
  const asked: string[] = [];
  const coordinator = await openFakeCoordinator({
    tls: { key: serverKey, cert: serverCert },
    answer(request, response) {
      asked.push(`${request.method} ${request.url}`);
      response.end(JSON.stringify({ statements }));
    },
  });
  onTestFinished(() => coordinator[Symbol.asyncDispose]());
  void coordinator.connection().then((connection) => connection.say(CHALLENGE));
  return { url: coordinator.url, asked };
}

/** How one attempt to connect ends, and what was received. */
async function attempt(url: URL, authority: Authority): Promise<{ reason: string; heard: string[] }> {
  const stop = new AbortController();
  const heard: string[] = [];
  const open = linkOpener({
    coordinator: {
      url,
      get ca() {
        return authority.ca;
      },
    },
    name: "A",
    onStranger: authority.judge,
    log,
  });
  const { reason } = await open(({ kind }) => {
    heard.push(kind);
    stop.abort();
  }, stop.signal);
  return { reason, heard };
}

test("a coordinator that the joined one named as its successor is believed with the next attempt, and the former one no longer", async () => {
  const agent = await anAgent(5);
  const authority = await agent.open();
  const [former, successor] = [await aCoordinator(ONE, []), await aCoordinator(TWO, [says(ONE, 5, TWO)])];
  const first = await attempt(successor.url, authority);
  expect(first).toEqual({ reason: expect.stringMatching(/^COORDINATOR_UNTRUSTED: .* named it as its successor/), heard: [] });
  expect(successor.asked).toEqual(["GET /api/v1/succession"]);
  const { ca, succession } = await readAgentFile(agent.dataDir);
  expect([new X509Certificate(ca).fingerprint256, succession]).toEqual([new X509Certificate(TWO.caPem).fingerprint256, undefined]);
  // Also by an agent that started again.
  const later = await agent.open();
  expect((await attempt(successor.url, later)).heard).toEqual(["challenge"]);
  expect(await attempt(former.url, later)).toEqual({ reason: expect.stringContaining("it shows no statement"), heard: [] });
});

test.each([
  ["has the signature of another CA", says(TWO, 9, TWO), "no statement leads to it"],
  ["was altered", { ...says(ONE, 8, TWO), number: 9 }, "another signature"],
  ["is about another coordinator", says(ONE, 9, TWO, "coordinator-2"), "another coordinator"],
  ["is older than the newest of which the joined coordinator told", says(ONE, 6, TWO), "is older than 7"],
])("a stranger whose statement %s is refused, and the agent still trusts the one that it joined", async (_, statement, why) => {
  const agent = await anAgent();
  const authority = await agent.open();
  authority.newestSuccession(7);
  authority.newestSuccession(6);
  const stranger = await aCoordinator(TWO, [statement]);
  expect((await attempt(stranger.url, authority)).reason).toContain(why);
  await expect.poll(async () => (await readAgentFile(agent.dataDir)).succession).toBe(7);
  expect((await readAgentFile(agent.dataDir)).ca).toBe(ONE.caPem);
});
