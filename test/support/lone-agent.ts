import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { Blake3Hasher } from "@napi-rs/blake-hash";
import { WebSocketServer, type WebSocket } from "ws";
import { openPki } from "../../packages/coordinator/src/adapters/pki.ts";
import {
  decodeAgentMessage,
  encodeCoordinatorMessage,
  encodeManifest,
  FRAME_CODEC,
  FRAME_HEADER,
  manifestDigest,
  writeFrameHeader,
  type ContentRequest,
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
  const manifests = new Map<string, { bytes: Uint8Array; chunks: string[] }>();
  const results: Result[] = [];
  let link: WebSocket | undefined;
  let orders = 0;

  const server = createServer((request, response) => void answer(request, response));
  const sockets = new WebSocketServer({ server, perMessageDeflate: false, handleProtocols: () => "sitewright.v1" });
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
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = "";
    for await (const part of request) body += part;
    const path = request.url ?? "";
    if (path === "/api/v1/ca") return void response.end(pki.caPem);
    if (path === "/api/v1/join") return void response.end(JSON.stringify({ coordinator: "test" }));
    const digest = /^\/content\/v1\/manifests\/([0-9a-f]+)/.exec(path)?.[1] ?? (JSON.parse(body || "{}") as ContentRequest).manifest;
    const known = manifests.get(digest);
    if (!known) return void response.writeHead(404).end("{}");
    if (path.startsWith("/content/v1/manifests/")) return void response.end(zstdCompressSync(known.bytes));
    for (const [from, to] of (JSON.parse(body) as ContentRequest).ranges) {
      for (let ordinal = from; ordinal <= to; ordinal++) {
        const content = Buffer.from(known.chunks[ordinal] ?? "");
        const header = Buffer.alloc(FRAME_HEADER);
        writeFrameHeader(header, { ordinal, codec: FRAME_CODEC.raw, length: content.length });
        response.write(Buffer.concat([header, content]));
      }
    }
    response.end();
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
      manifests.set(digest, { bytes, chunks });
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
