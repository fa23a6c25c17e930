import { once } from "node:events";
import type { IncomingMessage, RequestListener } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import {
  decodeAgentMessage,
  encodeCoordinatorMessage,
  type AgentMessage,
  type Challenge,
  type CoordinatorMessage,
  type Welcome,
} from "@sitewright/protocol";
import { onTestFinished } from "vitest";
import { WebSocketServer, type WebSocket } from "ws";
import { TEST_CERTIFICATES } from "./certificates.ts";

export const CHALLENGE: Challenge = {
  kind: "challenge",
  nonce: new Uint8Array(32).fill(7),
  versionMin: 1,
  versionMax: 1,
  coordinator: "coordinator-1",
};
export const WELCOME: Welcome = { kind: "welcome", version: 1, contentToken: "content-token", acked: 0, sendInventory: false };

/** One agent's connection, as the coordinator sees it. */
export interface AgentConnection {
  socket: WebSocket;
  /** With its query. */
  path: string;
  /** Everything the agent sent so far. */
  heard: AgentMessage[];
  say(message: CoordinatorMessage): void;
  /** The first message of this kind that `fits`, now or later. */
  hear<K extends AgentMessage["kind"]>(
    kind: K,
    fits?: (message: Extract<AgentMessage, { kind: K }>) => boolean,
  ): Promise<Extract<AgentMessage, { kind: K }>>;
  closed: Promise<{ code: number; reason: string }>;
}

export interface FakeCoordinator extends AsyncDisposable {
  url: URL;
  /** The next connection that was not returned yet. */
  connection(): Promise<AgentConnection>;
  /** The next connection, after challenge and welcome. */
  welcomed(welcome?: Partial<Welcome>): Promise<AgentConnection>;
}

export interface FakeCoordinatorOptions {
  /** Certificate of localhost; by default the tests' own. */
  tls?: { key: string; cert: string };
  /** Answers requests. */
  answer?: RequestListener;
  /** Handles a content stream; false for any other upgrade, which is the agent's connection. */
  upgrade?: (request: IncomingMessage, socket: Duplex) => boolean;
}

/** `openFakeCoordinator`, until the test is over. */
export async function startFakeCoordinator(answer?: RequestListener): Promise<FakeCoordinator> {
  const coordinator = await openFakeCoordinator(answer ? { answer } : {});
  onTestFinished(() => coordinator[Symbol.asyncDispose]());
  return coordinator;
}

/** The coordinator's side of the wire, controlled by the test. */
export async function openFakeCoordinator(options: FakeCoordinatorOptions = {}): Promise<FakeCoordinator> {
  const { serverKey: key, serverCert: cert } = TEST_CERTIFICATES;
  const server = createServer(options.tls ?? { key, cert }, options.answer);
  const sockets = new WebSocketServer({ noServer: true, handleProtocols: () => "sitewright.v1" });
  const fresh: AgentConnection[] = [];
  const wanted: ((connection: AgentConnection) => void)[] = [];
  server.on("upgrade", (request, socket, head) => {
    if (options.upgrade?.(request, socket)) return;
    sockets.handleUpgrade(request, socket, head, (opened) => {
      const connection = watch(opened, request.url ?? "");
      const give = wanted.shift();
      if (give) give(connection);
      else fresh.push(connection);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");

  function connection(): Promise<AgentConnection> {
    const first = fresh.shift();
    return first ? Promise.resolve(first) : new Promise((resolve) => wanted.push(resolve));
  }
  return {
    url: new URL(`https://localhost:${(server.address() as AddressInfo).port}`),
    connection,
    async welcomed(welcome = {}) {
      const next = await connection();
      next.say(CHALLENGE);
      await next.hear("hello");
      next.say({ ...WELCOME, ...welcome });
      return next;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function watch(socket: WebSocket, path: string): AgentConnection {
  const heard: AgentMessage[] = [];
  const listeners = new Set<() => void>();
  const closed = Promise.withResolvers<{ code: number; reason: string }>();
  socket.on("message", (data) => {
    heard.push(decodeAgentMessage(data as Buffer));
    for (const look of listeners) look();
  });
  socket.on("close", (code, reason) => closed.resolve({ code, reason: reason.toString() }));
  return {
    socket,
    path,
    heard,
    closed: closed.promise,
    say: (message) => socket.send(encodeCoordinatorMessage(message)),
    hear: (kind, fits = () => true) =>
      new Promise((resolve) => {
        const look = () => {
          for (const message of heard) {
            const wanted = message as Extract<AgentMessage, { kind: typeof kind }>;
            if (message.kind !== kind || !fits(wanted)) continue;
            listeners.delete(look);
            return resolve(wanted);
          }
        };
        listeners.add(look);
        look();
      }),
  };
}
