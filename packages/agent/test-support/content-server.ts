import type { IncomingMessage, ServerResponse } from "node:http";
import { FRAME_CODEC, FRAME_HEADER, writeFrameHeader, type AgentMessage, type ContentRequest } from "@sitewright/protocol";
import { onTestFinished } from "vitest";
import { createContentClient } from "../src/adapters/link/content-client.ts";
import { hashBytes } from "../src/adapters/hash.ts";
import { createHttpClient } from "../src/adapters/link/http-client.ts";
import { createCurrentLink, type CurrentLink } from "../src/app/session/current-link.ts";
import type { Link } from "../src/app/session/link-ports.ts";
import type { ContentSource } from "../src/app/ports.ts";
import { startFakeCoordinator } from "./fake-coordinator.ts";
import { anOrder } from "./orders.ts";

export function frame(ordinal: number, payload: string | Uint8Array, codec: number = FRAME_CODEC.raw): Buffer {
  const bytes = Buffer.from(payload);
  const whole = Buffer.alloc(FRAME_HEADER + bytes.length);
  writeFrameHeader(whole, { ordinal, codec, length: bytes.length });
  bytes.copy(whole, FRAME_HEADER);
  return whole;
}

/** A stage order with a window of so many bytes. */
export function stageOrder(credit = 65_536) {
  return anOrder({
    id: "stage-1",
    task: { kind: "stage", manifest: "ab".repeat(32), manifestBytes: 100, full: false, sourceVersion: 1, credit },
  });
}

export interface Asked {
  path: string;
  authorization: string | undefined;
  content: ContentRequest | undefined;
}

export interface ContentBench {
  content: ContentSource;
  current: CurrentLink;
  /** What was asked, in order. */
  asked: Asked[];
  /** What the agent said over its link. */
  said: AgentMessage[];
  /** A new connection was welcomed. */
  linkUp(token?: string): void;
  controller: AbortController;
}

/** A content client against a server whose answers the test gives: `answer` gets the number of the request, from 1. */
export async function contentBench(
  answer: (number: number, asked: Asked, reply: ServerResponse) => void,
  stallMs = 5_000,
): Promise<ContentBench> {
  const asked: Asked[] = [];
  const said: AgentMessage[] = [];
  const { url } = await startFakeCoordinator((request, reply) => {
    void readJson(request).then((content) => {
      asked.push({ path: request.url ?? "", authorization: request.headers.authorization, content });
      answer(asked.length, asked.at(-1) as Asked, reply);
    });
  });
  const http = createHttpClient(url, { ca: "" });
  const controller = new AbortController();
  onTestFinished(() => {
    controller.abort();
    http.close();
  });
  const current = createCurrentLink();
  const link: Link = {
    send(message) {
      said.push(message);
      return Promise.resolve(true);
    },
    close: () => undefined,
  };
  const linkUp = (token = "token-1") => current.up(link, token);
  linkUp();
  return {
    content: createContentClient({ http, current, hash: hashBytes, log: () => undefined, stallMs }),
    current,
    asked,
    said,
    linkUp,
    controller,
  };
}

async function readJson(request: IncomingMessage): Promise<ContentRequest | undefined> {
  const text = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
  return text === "" ? undefined : (JSON.parse(text) as ContentRequest);
}
