import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { once } from "node:events";
import WebSocket from "ws";
import {
  decodeCoordinatorMessage,
  encodeAgentMessage,
  helloTranscript,
  PROTOCOL_VERSIONS,
  type AgentMessage,
  type CoordinatorMessage,
  type Hello,
} from "../../packages/protocol/src/index.ts";

export interface AgentKey {
  privateKey: KeyObject;
  /** SPKI DER, base64. */
  publicKey: string;
}

export function anAgentKey(): AgentKey {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  return { privateKey, publicKey: publicKey.export({ type: "spki", format: "der" }).toString("base64") };
}

/** Asks to join, as an agent's program does; gives status and error code. */
export async function join(
  url: string,
  body: { token: string; name: string; publicKey: string },
): Promise<{ status: number; code?: string }> {
  const reply = await fetch(new URL("/api/v1/join", url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ platform: "linux", roles: ["dp"], ...body }),
  });
  const { error } = (await reply.json()) as { error?: { code: string } };
  return { status: reply.status, ...(error ? { code: error.code } : {}) };
}

/** One side of a conversation with the agents' endpoint, spoken by the test. */
export interface Wire {
  socket: WebSocket;
  next(): Promise<CoordinatorMessage>;
  send(message: AgentMessage): void;
  /** Close code and reason, once the coordinator has closed. */
  closed: Promise<{ code: number; reason: string }>;
}

export async function openWire(url: string, name: string): Promise<Wire> {
  const socket = new WebSocket(`${url.replace(/^http/, "ws")}/agent/v1?name=${encodeURIComponent(name)}`, "sitewright.v1", {
    perMessageDeflate: false,
  });
  const inbox: CoordinatorMessage[] = [];
  let wake = () => {};
  socket.on("message", (data: Buffer) => {
    inbox.push(decodeCoordinatorMessage(data));
    wake();
  });
  const closed = once(socket, "close").then(([code, reason]: Buffer[] | [number, Buffer]) => ({
    code: Number(code),
    reason: String(reason),
  }));
  socket.on("error", () => {});
  await once(socket, "open");
  return {
    socket,
    closed,
    send: (message) => socket.send(encodeAgentMessage(message)),
    async next() {
      while (inbox.length === 0) {
        const woken = new Promise<void>((resolve) => (wake = resolve));
        const end = await Promise.race([woken, closed]);
        if (end && inbox.length === 0) throw new Error(`closed instead: ${end.code} ${end.reason}`);
      }
      return inbox.shift() as CoordinatorMessage;
    },
  };
}

/** Answers the challenge. `overrides` make the Hello a wrong one. */
export async function hello(wire: Wire, name: string, key: KeyObject, overrides: Partial<Hello> = {}): Promise<void> {
  const challenge = await wire.next();
  if (challenge.kind !== "challenge") throw new Error(`a ${challenge.kind} came before the challenge`);
  wire.send({
    kind: "hello",
    name,
    version: PROTOCOL_VERSIONS.max,
    signature: sign(null, helloTranscript(challenge, name), key),
    agentVersion: "test",
    platform: "linux",
    roles: ["dp"],
    inventoryDigest: "00".repeat(32),
    lastResult: 0,
    ...overrides,
  });
}
