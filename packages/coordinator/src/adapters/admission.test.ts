import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { expect, onTestFinished, test, vi } from "vitest";
import { admissionLimits, createAdmission, type AdmissionLimits } from "./admission.ts";

/** A server that keeps every connection, and clients of it by name. */
async function start(limits: AdmissionLimits) {
  const accepted: Socket[] = [];
  const server = createServer((socket) => void accepted.push(socket.on("error", () => undefined)));
  const admission = createAdmission(() => undefined, limits);
  admission.watch(server);
  server.listen(0, "0.0.0.0");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const clients: Socket[] = [];
  onTestFinished(async () => {
    for (const socket of clients) socket.destroy();
    server.close();
    await once(server, "close");
  });
  /** @returns Both ends, the server's second. */
  async function come(localAddress = "127.0.0.1"): Promise<[Socket, Socket]> {
    const socket = connect({ port, host: "127.0.0.1", localAddress }).on("error", () => undefined);
    clients.push(socket.resume());
    const before = accepted.length;
    await vi.waitFor(() => expect(accepted.length).toBeGreaterThan(before), 20_000);
    return [socket, accepted.at(-1) as Socket];
  }
  return { admission, come, isOpen: (socket: Socket) => !socket.destroyed };
}

test("a client that holds connections from one address keeps no other client out, from the same or another address", async () => {
  const { come } = await start({ all: 20, perAddress: 10, connections: 100 });
  const [quiet] = await come("127.0.0.2");
  const crowd: Socket[] = [];
  for (let i = 0; i < 40; i++) crowd.push((await come("127.0.0.3"))[0]);
  const [newest] = await come("127.0.0.3");
  await vi.waitFor(() => expect(crowd.filter((socket) => !socket.destroyed)).toHaveLength(9), 20_000);
  expect([quiet.destroyed, newest.destroyed]).toEqual([false, false]);
});

test("a connection whose other side authenticated, or showed that it was welcomed before, is never ended for strangers", async () => {
  const { admission, come } = await start({ all: 8, perAddress: 4, connections: 100 });
  const [operator, operatorEnd] = await come();
  admission.proved(operatorEnd);
  const [agent, agentEnd] = await come();
  admission.provedAgent(agentEnd, "SRV1");
  const [known, knownEnd] = await come();
  admission.reserve(knownEnd, "SRV2");
  const strangers: Socket[] = [];
  for (let i = 0; i < 30; i++) strangers.push((await come(`127.0.0.${10 + (i % 20)}`))[0]);
  await vi.waitFor(() => expect(strangers.filter((socket) => !socket.destroyed).length).toBeLessThanOrEqual(8), 20_000);
  expect([operator, agent, known].map((socket) => socket.destroyed)).toEqual([false, false, false]);
});

test("one known system has few places: its newest connection replaces others, and an authenticated one stays", async () => {
  const { admission, come } = await start({ all: 8, perAddress: 4, connections: 100 });
  const [proved, provedEnd] = await come();
  admission.reserve(provedEnd, "SRV1");
  admission.provedAgent(provedEnd, "SRV1");
  const replayed: Socket[] = [];
  for (let i = 0; i < 6; i++) {
    const [socket, end] = await come();
    admission.reserve(end, "SRV1");
    replayed.push(socket);
  }
  await vi.waitFor(() => expect(replayed.map((socket) => socket.destroyed)).toEqual([true, true, true, true, false, false]), 20_000);
  expect(proved.destroyed).toBe(false);
});

test("with a low limit of open files, strangers get a part of it, and the rest is for authenticated clients", () => {
  for (const openFiles of [256, 1024, 4096, 1_048_576]) {
    const { all, perAddress, connections } = admissionLimits(openFiles);
    expect(perAddress).toBeLessThan(all);
    expect(connections - all).toBeGreaterThanOrEqual(all);
    // A stranger may also need an open file that it is sent.
    expect(connections + all).toBeLessThanOrEqual(openFiles);
  }
  expect(admissionLimits(1024)).toEqual({ all: 256, perAddress: 86, connections: 640 });
});
