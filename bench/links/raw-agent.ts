import { connect, type Socket } from "node:net";
import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { WebSocket } from "ws";
import {
  CONTENT_PROTOCOL,
  decodeCoordinatorMessage,
  encodeAgentMessage,
  encodeStreamMessage,
  FRAME_HEADER,
  readFrameHeader,
  type AgentMessage,
  type Order,
  type Outcome,
} from "@sitewright/protocol";
import { helloTo, makeAgentKey } from "@sitewright/testkit/agent-wire";

/** How an agent reads its content stream. */
export type Manner = "takes" | "never-reads" | "crawls";

export interface RawAgent {
  /** ms since 1970: when it had all chunks of its package. */
  done: Promise<number>;
  close(): void;
}

export interface RawAgentOptions {
  /** Of a coordinator on loopback. */
  url: string;
  system: string;
  joinToken: string;
  /** Local address to join from: the number of joins per address and minute is limited. */
  from: string;
  manner: Manner;
  /** Of its package. */
  chunks: number;
}

const CREDIT_EVERY_MS = 100;
/** Bytes per second of a crawling one. */
const CRAWL_BYTES = 500;

/** Speaks the agent's protocol and writes nothing: hundreds of them fit one process. */
export async function startRawAgent(options: RawAgentOptions): Promise<RawAgent> {
  const { url, system, manner } = options;
  const key = makeAgentKey();
  await joinRaw(options, key.publicKey);
  const socket = new WebSocket(`${url.replace("http", "ws")}/agent/v1?name=${system}`, "sitewright.v1", { perMessageDeflate: false });
  const say = (message: AgentMessage): void => socket.send(encodeAgentMessage(message));
  const welcomed = Promise.withResolvers<void>();
  const done = Promise.withResolvers<number>();
  const streams: Socket[] = [];
  let token = "";
  let results = 0;

  function finish({ id, epoch, unit, generation }: Order, outcome: Outcome): void {
    results += 1;
    say({ kind: "result", number: results, orderId: id, epoch, unit, generation, outcome });
  }

  async function obey(order: Order): Promise<void> {
    say({ kind: "accepted", orderId: order.id, epoch: order.epoch });
    if (order.task.kind === "activate") return finish(order, { kind: "activated", folders: 1, previous: false });
    if (order.task.kind !== "stage") return;
    const path = `/content/v1/stream?order=${order.id}&manifest=${order.task.manifest}`;
    const bytes = await untilWhole(async () => {
      const stream = openStream(url, path, token);
      streams.push(stream);
      return receive(stream, manner, options.chunks);
    });
    done.resolve(Date.now());
    finish(order, { kind: "staged", files: options.chunks, reusedBytes: 0, fetchedBytes: bytes, retriedBytes: 0 });
  }

  socket.on("message", (data: Buffer) => {
    const message = decodeCoordinatorMessage(data);
    if (message.kind === "challenge") say(helloTo(message, system, key.privateKey));
    else if (message.kind === "order") void obey(message);
    else if (message.kind === "welcome") {
      token = message.contentToken;
      if (message.sendInventory) say({ kind: "inventory", digest: "0".repeat(64) as never, units: [], last: true });
      welcomed.resolve();
    }
  });
  socket.on("error", welcomed.reject);
  socket.on("close", (code, reason) => welcomed.reject(new Error(`${system} was sent away: ${code} ${reason.toString()}`)));
  await welcomed.promise;
  return {
    done: done.promise,
    close() {
      socket.terminate();
      for (const stream of streams) stream.destroy();
    },
  };
}

/** Retries as an agent does after a refusal. */
async function untilWhole(attempt: () => Promise<number>): Promise<number> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      if (tries >= 5) throw error;
      await sleep(500);
    }
  }
}

/** Joins with a key, and nothing else. @param publicKey As a join sends it. */
export function joinRaw(
  { url, system, joinToken, from }: Pick<RawAgentOptions, "url" | "system" | "joinToken" | "from">,
  publicKey: string,
): Promise<void> {
  const [secret] = joinToken.split(".");
  const body = JSON.stringify({ token: secret, name: system, publicKey, platform: "linux", roles: ["dp"] });
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
    const asked = request(`${url}/api/v1/join`, { method: "POST", localAddress: from, headers }, (reply) => {
      reply.resume();
      if (reply.statusCode === 200) resolve();
      else reject(new Error(`${system} may not join: ${reply.statusCode}`));
    });
    asked.on("error", reject);
    asked.end(body);
  });
}

function openStream(url: string, path: string, token: string): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  const lines = [
    `GET ${path} HTTP/1.1`,
    `host: ${hostname}:${port}`,
    "connection: Upgrade",
    `upgrade: ${CONTENT_PROTOCOL}`,
    `authorization: Bearer ${token}`,
  ];
  socket.write(`${lines.join("\r\n")}\r\n\r\n`);
  return socket;
}

/** Requests all chunks, and reads them in its manner. Resolves with the bytes once all have arrived. */
function receive(socket: Socket, manner: Manner, chunks: number): Promise<number> {
  const all = Promise.withResolvers<number>();
  const ask = (): boolean => socket.write(encodeStreamMessage({ kind: "ask", ranges: [[0, chunks - 1]] }));
  let rest = Buffer.alloc(0);
  let isOpen = false;
  let [received, credited, count] = [0, 0, 0];
  socket.on("error", () => {}); // ends without having all
  if (manner === "never-reads") {
    socket.once("connect", () => setTimeout(ask, 100));
    socket.pause();
    return all.promise;
  }
  const timer = setInterval(() => {
    const consumed = manner === "crawls" ? Math.min(received, credited + (CRAWL_BYTES * CREDIT_EVERY_MS) / 1000) : received;
    if (consumed === credited) return;
    credited = consumed;
    socket.write(encodeStreamMessage({ kind: "credit", consumed }));
  }, CREDIT_EVERY_MS);
  socket.on("close", () => clearInterval(timer));
  socket.on("data", (part: Buffer) => {
    rest = Buffer.concat([rest, part]);
    if (!isOpen) {
      const end = rest.indexOf("\r\n\r\n");
      if (end < 0) return;
      if (!rest.toString("latin1", 0, end).startsWith("HTTP/1.1 101"))
        return all.reject(new Error(`a content stream was refused: ${rest.toString()}`));
      part = rest = rest.subarray(end + 4);
      isOpen = true;
      ask();
    }
    received += part.length;
    while (rest.length >= FRAME_HEADER) {
      const header = readFrameHeader(rest);
      if (rest.length < FRAME_HEADER + header.length) break;
      rest = rest.subarray(FRAME_HEADER + header.length);
      count += header.count;
    }
    if (count < chunks) return;
    socket.destroy();
    all.resolve(received);
  });
  return all.promise;
}
