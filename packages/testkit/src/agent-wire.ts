import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { once } from "node:events";
import type { SecureContext, TLSSocket } from "node:tls";
import { WebSocket } from "ws";
import {
  decodeCoordinatorMessage,
  encodeAgentMessage,
  helloTranscript,
  PROTOCOL_VERSIONS,
  type AgentMessage,
  type Challenge,
  type CoordinatorMessage,
  type Hello,
} from "@sitewright/protocol";

export interface AgentKey {
  privateKey: KeyObject;
  /** SPKI DER, as the coordinator stores it; and base64, as a join sends it. */
  der: Uint8Array;
  publicKey: string;
}

export function makeAgentKey(): AgentKey {
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const der = publicKey.export({ type: "spki", format: "der" });
  return { privateKey, der, publicKey: der.toString("base64") };
}

/** A valid Hello, unless `overrides` change it. */
export function helloTo(challenge: Challenge, name: string, key: KeyObject, overrides: Partial<Hello> = {}): Hello {
  return {
    kind: "hello",
    name,
    version: PROTOCOL_VERSIONS.max,
    signature: sign(null, helloTranscript(challenge, name), key),
    agentVersion: "1.0.0",
    platform: "linux",
    roles: ["dp"],
    inventoryDigest: "00".repeat(32),
    lastResult: 0,
    ...overrides,
  };
}

/** The agent's end of its WebSocket, controlled by the test. */
export interface AgentWire {
  socket: WebSocket;
  /** Rejects once the coordinator has closed and everything that it sent was read. */
  next(): Promise<CoordinatorMessage>;
  /** The next message, which must be the challenge. */
  challenge(): Promise<Challenge>;
  say(message: AgentMessage): void;
  /** Close code and reason, once the coordinator has closed. */
  closed: Promise<{ code: number; reason: string }>;
  /** Of TLS, with which a later connection can resume it. */
  session(): Buffer | undefined;
  /** Whether TLS resumed the session that was given. */
  isResumed(): boolean;
}

export interface DialOptions {
  headers?: Record<string, string>;
  subprotocol?: string;
  ca?: string;
  /** In place of one made for this connection. */
  secureContext?: SecureContext;
  /** Of TLS, to be resumed. */
  session?: Buffer | undefined;
}

export function dial(url: string, name: string, options: DialOptions = {}): AgentWire {
  const { headers = {}, subprotocol = "sitewright.v1", ca, secureContext, session } = options;
  const address = `${url.replace(/^http/, "ws")}/agent/v1?name=${encodeURIComponent(name)}`;
  let given: Buffer | undefined;
  let isResumed = false;
  const socket = new WebSocket(address, subprotocol, {
    perMessageDeflate: false,
    headers,
    ...(ca === undefined ? {} : { ca }),
    ...(secureContext === undefined ? {} : { secureContext }),
    ...(session === undefined ? {} : { session }),
    finishRequest(request) {
      request.once("socket", (stream) => {
        stream.on("session", (one: Buffer) => (given = one));
        stream.once("secureConnect", () => (isResumed = (stream as TLSSocket).isSessionReused()));
      });
      request.end();
    },
  });
  const arrived: CoordinatorMessage[] = [];
  const waiting: (() => void)[] = [];
  socket.on("message", (data: Buffer) => {
    arrived.push(decodeCoordinatorMessage(data));
    waiting.shift()?.();
  });
  socket.on("error", () => undefined);
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    socket.on("close", (code, reason) => resolve({ code, reason: reason.toString() })),
  );
  async function next(): Promise<CoordinatorMessage> {
    while (arrived.length === 0) {
      const woken = new Promise<void>((resolve) => waiting.push(resolve));
      const end = await Promise.race([woken, closed]);
      if (end && arrived.length === 0) throw new Error(`closed instead: ${end.code} ${end.reason}`);
    }
    return arrived.shift() as CoordinatorMessage;
  }
  return {
    socket,
    next,
    async challenge() {
      const message = await next();
      if (message.kind !== "challenge") throw new Error(`a ${message.kind} came before the challenge`);
      return message;
    },
    say: (message) => socket.send(encodeAgentMessage(message)),
    closed,
    session: () => given,
    isResumed: () => isResumed,
  };
}

/** `dial`, and waits until the connection is open. */
export async function dialOpen(url: string, name: string): Promise<AgentWire> {
  const wire = dial(url, name);
  await once(wire.socket, "open");
  return wire;
}
