import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer as createHttpServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { connect, createServer, type TLSSocket } from "node:tls";
import { decodeCoordinatorMessage, type Challenge, type CoordinatorMessage, type Order } from "@sitewright/protocol";
import { WebSocket, WebSocketServer } from "ws";
import { makeServerCertificate } from "../../../packages/coordinator/src/adapters/certificates.ts";
import { decode, generationBytes, replaced, varint, type Change, type Recorded } from "./conversation.ts";

export interface PlayedCoordinator extends AsyncDisposable {
  url: string;
  /** Recorded orders that were not given. */
  left(): string[];
}

/**
 * A coordinator that talks to agents as it was recorded: it stands before one of today, which decides, and says the recorded bytes in place of
 * its own, but for ids, numbers of generations, digests and tokens, which have the same lengths. What the recording has not is not said.
 * Content is passed on.
 */
export async function playCoordinator(coordinator: URL, dataDir: string, messages: readonly Recorded[]): Promise<PlayedCoordinator> {
  const [cert, key] = ["ca.pem", "ca-key.pem"].map((name) => readFileSync(join(dataDir, name), "utf8")) as [string, string];
  const said = messages.flatMap(({ from, bytes }) =>
    from === "coordinator" ? [{ bytes, said: decode({ from, bytes }) as CoordinatorMessage }] : [],
  );
  const digests = new Map<string, string>();
  const far = (): TLSSocket => connect({ host: coordinator.hostname, port: Number(coordinator.port), ca: cert });

  /** What was said then in the place of a message; undefined: nothing. */
  function thenFor(now: CoordinatorMessage): Buffer | undefined {
    const at = said.findIndex((one) => one.said.kind === now.kind);
    const [then] = at < 0 ? [] : said.splice(at, 1);
    return then && replaced(then.bytes, changesOf(then.said, now, digests));
  }

  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => "sitewright.v1" });
  const http = createHttpServer().on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    sockets.handleUpgrade(request, socket, head, (agent) => {
      const options = { ca: cert, perMessageDeflate: false };
      const today = new WebSocket(`wss://${coordinator.host}${request.url ?? ""}`, "sitewright.v1", options);
      const opened = once(today, "open");
      agent.on("message", (bytes: Buffer) => void opened.then(() => today.send(bytes)));
      today.on("message", (bytes: Buffer) => {
        const recorded = thenFor(decodeCoordinatorMessage(bytes));
        if (recorded) agent.send(recorded);
      });
      for (const [one, other] of [
        [agent, today],
        [today, agent],
      ] as const)
        one.on("error", () => other.terminate()).on("close", () => other.terminate());
    });
  });
  const server = createServer(await makeServerCertificate({ cert, key }, ["127.0.0.1"], Date.now()), (near) => {
    near.on("error", () => undefined);
    near.once("data", (first: Buffer) => {
      near.pause();
      near.unshift(first);
      if (first.toString("latin1").startsWith("GET /agent/v1")) {
        http.emit("connection", near);
        return void near.resume();
      }
      const passed = far();
      passed.on("error", () => near.destroy()).on("close", () => near.destroy());
      near.on("close", () => passed.destroy());
      near.pipe(passed).pipe(near);
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    left: () => said.flatMap((one) => (one.said.kind === "order" ? [one.said.task.kind] : [])),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate();
      server.close();
      await once(server, "close");
    },
  };
}

/** What differs between two messages that say the same. @param digests By that of then: the manifest of now. */
function changesOf(then: CoordinatorMessage, now: CoordinatorMessage, digests: Map<string, string>): Change[] {
  const bytes = (text: string): Buffer => Buffer.from(text);
  if (then.kind === "challenge" && now.kind === "challenge") return challengeChanges(then, now);
  if (then.kind === "welcome" && now.kind === "welcome") return [[bytes(then.contentToken), bytes(now.contentToken)]];
  if (then.kind !== "order" || now.kind !== "order") return [];
  return [
    [bytes(then.id), bytes(now.id)],
    [generationBytes(then.generation), generationBytes(now.generation)],
    ...manifestChanges(then, now, digests),
  ];
}

function challengeChanges(then: Challenge, now: Challenge): Change[] {
  const started = (of: Challenge): Buffer => Buffer.from(varint(of.tenure?.started ?? 0));
  return [
    [Buffer.from(then.nonce), Buffer.from(now.nonce)],
    [Buffer.from(then.coordinator), Buffer.from(now.coordinator)],
    [started(then), started(now)],
  ];
}

function manifestChanges(then: Order, now: Order, digests: Map<string, string>): Change[] {
  if ("manifest" in then.task && "manifest" in now.task) digests.set(then.task.manifest, now.task.manifest);
  return [...digests].map(([old, today]) => [Buffer.from(old, "hex"), Buffer.from(today, "hex")]);
}
