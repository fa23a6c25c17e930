import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { connect, createServer } from "node:tls";
import * as ws from "ws";
import { makeServerCertificate } from "../../../packages/coordinator/src/adapters/certificates.ts";
import type { Recorded } from "./conversation.ts";

const END_OF_HEAD = "\r\n\r\n";

/** Passes everything between agents and a coordinator on, and keeps what both say on the agents' WebSocket. */
export async function tap(coordinator: URL, dataDir: string): Promise<AsyncDisposable & { url: string; messages: Recorded[] }> {
  const [cert, key] = ["ca.pem", "ca-key.pem"].map((name) => readFileSync(join(dataDir, name), "utf8")) as [string, string];
  const messages: Recorded[] = [];
  const server = createServer(await makeServerCertificate({ cert, key }, ["127.0.0.1"], Date.now()), (near) => {
    const far = connect({ host: coordinator.hostname, port: Number(coordinator.port), ca: cert });
    listen(near, "agent", messages);
    listen(far, "coordinator", messages);
    near.pipe(far).pipe(near);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const)
      one.on("error", () => other.destroy()).on("close", () => other.destroy());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    messages,
    async [Symbol.asyncDispose]() {
      server.close();
      await once(server, "close");
    },
  };
}

/** What one side says after the head of its request or answer, if that opens the agents' WebSocket. */
function listen(socket: Socket, from: Recorded["from"], messages: Recorded[]): void {
  // Not among the types of ws.
  const { Receiver } = ws as unknown as { Receiver: new (options: object) => NodeJS.WritableStream };
  const receiver = new Receiver({ isServer: from === "agent" });
  receiver.on("message", (bytes: Buffer) => messages.push({ from, bytes: Buffer.from(bytes) }));
  receiver.on("error", () => undefined);
  let head = Buffer.alloc(0);
  let is: "unknown" | "theirs" | "other" = "unknown";
  socket.on("data", (data: Buffer) => {
    // A copy: the receiver takes off the mask in place.
    if (is === "theirs") receiver.write(Buffer.from(data));
    if (is !== "unknown") return;
    head = Buffer.concat([head, data]);
    const end = head.indexOf(END_OF_HEAD);
    if (end < 0) return;
    is = /^(GET \/agent\/v1|HTTP\/1\.1 101 [^]*sec-websocket-accept)/i.test(head.toString("latin1", 0, end)) ? "theirs" : "other";
    if (is === "theirs") receiver.write(Buffer.from(head.subarray(end + END_OF_HEAD.length)));
  });
}
