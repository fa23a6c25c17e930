import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { get } from "node:https";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { startEndpoints } from "../../test-support/endpoints.ts";
import { openPki } from "../adapters/pki.ts";
import type { Log } from "../app/log.ts";
import { ownNames } from "./own-names.ts";

const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };

test("an address that the machine is given while the coordinator runs is accepted soon, and one that it loses no more", async () => {
  const pki = await openPki(temporaryFolder());
  let present = ["localhost", "10.1.2.3"];
  const names = ownNames(pki, () => present, silent, 20);
  await using at = await startEndpoints({ tls: await names.certificate(), hosts: names.hosts });
  const keeping = names.keep(at.endpoints.useCertificate);
  const { port } = new URL(at.url);
  const asked = async (address: string): Promise<number | string> => {
    // No server name is sent for an address: the certificate is compared with that of the URL.
    const options = { ca: pki.caPem, host: "127.0.0.1", port, path: "/healthz", headers: { host: `${address}:${port}` }, agent: false };
    const request = get({
      ...options,
      servername: "",
      checkServerIdentity: (_, { subjectaltname = "" }) => missing(address, subjectaltname),
    });
    try {
      const [reply] = (await once(request, "response")) as [IncomingMessage];
      reply.resume();
      return reply.statusCode ?? 0;
    } catch (error) {
      return (error as Error).message;
    }
  };
  expect([await asked("10.1.2.3"), await asked("10.1.2.4")]).toEqual([200, "10.1.2.4 is missing"]);
  present = ["localhost", "10.1.2.4"];
  await expect.poll(async () => [await asked("10.1.2.3"), await asked("10.1.2.4")]).toEqual(["10.1.2.3 is missing", 200]);
  await keeping.stop();
});

function missing(address: string, names: string): Error | undefined {
  return names.split(", ").includes(`IP Address:${address}`) ? undefined : new Error(`${address} is missing`);
}
