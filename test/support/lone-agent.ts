import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Blake3Hasher } from "@napi-rs/blake-hash";
import { WebSocketServer, type WebSocket } from "ws";
import { createContentServer } from "../../packages/agent/test-support/content-server.ts";
import { hostNames } from "../../packages/coordinator/src/adapters/host-names.ts";
import { openPki } from "../../packages/coordinator/src/adapters/pki.ts";
import {
  decodeAgentMessage,
  encodeCoordinatorMessage,
  encodeManifest,
  manifestDigest,
  type Generation,
  type Manifest,
  type Order,
  type OrderTask,
  type Result,
} from "../../packages/protocol/src/index.ts";
import { runProgram, startProgram, stopProgram, waitFor } from "../../scripts/support/programs.ts";

const blake3 = (bytes: Uint8Array) => new Blake3Hasher().update(Buffer.from(bytes)).digestBuffer();

/** Digest of content that is one chunk. */
export const digestOf = (text: string) => blake3(Buffer.from(text)).toString("hex");

/**
 * A real agent, joined to a coordinator that the test plays: it says whatever the test wants said, right or hostile.
 * Content is served from `chunks`, by ordinal.
 */
export interface LoneAgent extends AsyncDisposable {
  folder: string;
  root: string;
  /** Sends the order and gives the agent's result. */
  order(task: OrderTask, generation?: Generation, unit?: Order["unit"]): Promise<Result>;
  /** Offers a manifest, valid or not, and gives the Stage task for it. */
  offer(manifest: Manifest, chunks: string[]): OrderTask;
}

export async function startLoneAgent(): Promise<LoneAgent> {
  const folder = mkdtempSync(join(tmpdir(), "sitewright-lone-"));
  const root = join(folder, "dp");
  mkdirSync(root);
  const pki = await openPki(join(folder, "pki"));
  const content = createContentServer();
  const results: Result[] = [];
  let link: WebSocket | undefined;
  let orders = 0;

  const server = createServer(await pki.serverTls(hostNames("127.0.0.1")), (request, response) => void answer(request, response));
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false, handleProtocols: () => "sitewright.v1" });
  sockets.on("connection", (socket) => {
    socket.on("message", (data: Buffer) => {
      const message = decodeAgentMessage(data);
      if (message.kind === "hello") {
        link = socket;
        socket.send(encodeCoordinatorMessage({ kind: "welcome", version: 1, contentToken: "t", acked: 0, sendInventory: false }));
      }
      if (message.kind === "result") results.push(message);
    });
    socket.send(
      encodeCoordinatorMessage({ kind: "challenge", nonce: new Uint8Array(32), versionMin: 1, versionMax: 1, coordinator: "test" }),
    );
  });
  server.on("upgrade", (request, socket, head) => {
    if (content.upgrade(request, socket)) return;
    sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit("connection", opened, request));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for await (const _ of request); // nothing of it matters here
    const path = request.url ?? "";
    if (path === "/api/v1/ca") return void response.end(pki.caPem);
    if (path === "/api/v1/join") return void response.end(JSON.stringify({ coordinator: "test" }));
    if (!content.answer(request, response)) response.writeHead(404).end("{}");
  }

  const dataDir = join(folder, "agent-data");
  const joined = await runProgram("sitewright-agent", ["join", url, "--name", "SRVABC", "--data-dir", dataDir, "--root", `dp=${root}`], {
    env: { SITEWRIGHT_JOIN_TOKEN: `secret.${pki.caHash}` },
  });
  if (joined.code !== 0) throw new Error(joined.stderr);
  const agent = startProgram("sitewright-agent", ["run", "--data-dir", dataDir], { log: join(folder, "agent.log") });
  await waitFor("the agent to say hello", () => link);

  return {
    folder,
    root,
    offer(manifest, chunks) {
      const bytes = encodeManifest(manifest);
      const digest = manifestDigest(bytes, blake3);
      content.offer(digest, { bytes, chunk: (ordinal) => Buffer.from(chunks[ordinal] ?? "") });
      return { kind: "stage", manifest: digest, manifestBytes: bytes.length, full: false, sourceVersion: 0 };
    },
    async order(task, generation = { epoch: 1, counter: ++orders }, unit = { role: "dp", name: "ABC00001" }) {
      const id = `o${++orders}`;
      link?.send(encodeCoordinatorMessage({ kind: "order", id, epoch: 1, unit, generation, task }));
      return waitFor(`the result of ${id}`, () => results.find((result) => result.orderId === id));
    },
    async [Symbol.asyncDispose]() {
      await stopProgram(agent);
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
