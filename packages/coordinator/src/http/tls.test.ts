import { mkdtempSync, rmSync } from "node:fs";
import { get } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { dial, helloTo, makeKeys, startDoors } from "../../test-support/doors.ts";
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
