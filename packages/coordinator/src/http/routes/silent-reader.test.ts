import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { expect, test, vi } from "vitest";
import { startEndpoints, type TestEndpoints } from "../../../test-support/endpoints.ts";
import { aPhase, noContent } from "../../../test-support/fakes.ts";

const MANIFEST = "ab".repeat(32);

/** Endpoints that serve an endless manifest, and the number of open readers. */
async function endlessManifest(): Promise<{ endpoints: TestEndpoints; open: () => number }> {
  let open = 0;
  const endpoints = await startEndpoints({
    index: {
      ...noContent,
      openManifest: async () => {
        open += 1;
        return { base: undefined, next: async () => new Uint8Array(256 * 1024), close: () => void (open -= 1) };
      },
    },
    rights: { ...noContent, orderFor: async () => aPhase({ manifest: MANIFEST }) },
  });
  return { endpoints, open: () => open };
}

/** Requests the manifest, and never reads. */
async function ask(url: string, token: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).on("error", () => undefined);
  await once(socket, "connect");
  socket.pause();
  socket.write(
    `GET /content/v1/manifests/${MANIFEST}?order=o HTTP/1.1\r\nhost: ${hostname}:${port}\r\nauthorization: Bearer ${token}\r\n\r\n`,
  );
  return socket;
}

test("the memory kept for agents that have stopped reading a manifest is bounded, and released with their connection", async () => {
  const { endpoints, open } = await endlessManifest();
  await using _ = endpoints;
  const [silent, other] = [await endpoints.connect("SRV1"), await endpoints.connect("SRV2")];
  const sockets = [];
  for (let i = 0; i < 20; i++) sockets.push(await ask(endpoints.url, silent.token));
  await vi.waitFor(() => expect(endpoints.refused).toEqual(Array(4).fill("TOO_MANY_REQUESTS")), 20_000);
  expect(open()).toBe(16);
  sockets.push(await ask(endpoints.url, other.token));
  await vi.waitFor(() => expect(open()).toBe(17), 20_000);
  silent.socket.terminate();
  await vi.waitFor(() => expect(open()).toBe(1), 20_000);
  for (const socket of sockets) socket.destroy();
  await vi.waitFor(() => expect(open()).toBe(0), 20_000);
});
