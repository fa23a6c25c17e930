import { X509Certificate } from "node:crypto";
import { expect, test } from "vitest";
import { TEST_CERTIFICATES } from "@sitewright/testkit/certificates";
import { startFakeCoordinator } from "@sitewright/testkit/fake-coordinator";
import { events } from "./api-client.ts";

test("a stream of events fails when the coordinator stands still, before its answer and in the middle of it", async () => {
  const { url } = await startFakeCoordinator((request, reply) => {
    if (request.url === "/begun") reply.write('event: snapshot\ndata: {"sequence":1}\n\n');
  });
  const connection = { url, pageUrl: url, token: "operator-token", ca: new X509Certificate(TEST_CERTIFICATES.caPem) };
  const eventsOf = (path: string) => events(connection, path, new AbortController().signal, 200);
  await expect(eventsOf("/never").next()).rejects.toMatchObject({
    code: "COORDINATOR_UNREACHABLE",
    message: expect.stringContaining("silent for 0.2 s") as string,
  });
  const begun = eventsOf("/begun");
  expect(await begun.next()).toMatchObject({ value: { event: "snapshot", data: { sequence: 1 } } });
  await expect(begun.next()).rejects.toThrow();
});
