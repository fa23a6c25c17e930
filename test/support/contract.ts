import { Ajv } from "ajv";
import { expect } from "vitest";
import { walkableEndpoints, type WalkableEndpoints } from "../../packages/coordinator/test-support/walkable-endpoints.ts";
import type { Fleet } from "./fleet.ts";

const ajv = new Ajv({ strict: true, allowUnionTypes: true, allErrors: true });

/** Where a value differs from its schema. */
export function faultsOf(schema: object, value: unknown): string[] {
  const check = ajv.compile(schema);
  if (check(value)) return [];
  return (check.errors ?? []).map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`);
}

/** The schemas of every route, by verb and path. */
export async function statedRoutes(): Promise<WalkableEndpoints["schemas"]> {
  const { endpoints, schemas } = await walkableEndpoints();
  await endpoints.app.ready();
  await endpoints.close();
  return schemas;
}

export interface Question extends Omit<RequestInit, "method" | "body"> {
  /** Of the path. */
  params?: Record<string, string>;
  query?: Record<string, string>;
  /** Sent as JSON. */
  body?: unknown;
}

export interface Asker {
  /**
   * Sends a request as the operator; fails if the answer does not match the route's schemas. Returns its body: parsed JSON, or the text.
   */
  ask<T = unknown>(route: string, question?: Question): Promise<{ status: number; body: T; headers: Headers }>;
  /** Routes that have given a successful answer. */
  answered: Set<string>;
}

export function contractAsker(fleet: Pick<Fleet, "api">, schemas: WalkableEndpoints["schemas"]): Asker {
  const answered = new Set<string>();
  return {
    answered,
    async ask<T>(route: string, { params = {}, query = {}, body, ...init }: Question = {}) {
      const [method = "", pattern = ""] = route.split(" ");
      const path = pattern.replaceAll(/:(\w+)|\*/g, (whole, name: string | undefined) => params[name ?? whole] ?? "");
      const reply = await fleet.api(`${path}?${new URLSearchParams(query).toString()}`, {
        ...init,
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...(init.headers as Record<string, string>) },
      });
      const told = await readAnswer(route, reply, schemas.get(route)?.response as Answers | undefined);
      if (reply.ok) answered.add(route);
      return { status: reply.status, body: told as T, headers: reply.headers };
    },
  };
}

type Answers = Record<string, { content?: Record<string, unknown> } & Record<string, unknown>>;

async function readAnswer(route: string, reply: Response, answers: Answers = {}): Promise<unknown> {
  const { status } = reply;
  const stated = answers[status] ?? answers[`${Math.floor(status / 100)}xx`];
  if (!stated) throw new Error(`${route} answers ${status}, which it does not state`);
  const type = reply.headers.get("content-type")?.split(";", 1)[0] ?? "none";
  const text = await reply.text();
  if (status === 204) {
    expect([route, text]).toEqual([route, ""]);
    return undefined;
  }
  if (stated.content) {
    const types = Object.keys(stated.content);
    if (!types.includes("*/*")) expect([route, types]).toEqual([route, expect.arrayContaining([type])]);
    return text;
  }
  expect([route, type]).toEqual([route, "application/json"]);
  const body = JSON.parse(text) as unknown;
  expect([route, status, faultsOf(stated, body)]).toEqual([route, status, []]);
  return body;
}

export interface SeenEvent {
  event: string;
  data: Record<string, unknown>;
}

export interface EventReader {
  seen: SeenEvent[];
  stop(): Promise<void>;
}

/** Follows a live view and records everything it sends. */
export async function readEvents(fleet: Pick<Fleet, "api">, query = ""): Promise<EventReader> {
  const gone = new AbortController();
  const reply = await fleet.api(`/api/v1/events${query}`, { signal: gone.signal });
  expect([reply.status, reply.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
  const seen: SeenEvent[] = [];
  const reading = read().catch((error: unknown) => {
    if (!gone.signal.aborted) throw error;
  });
  async function read(): Promise<void> {
    let rest = "";
    const decoder = new TextDecoder();
    for await (const part of reply.body as ReadableStream<Uint8Array>) {
      const blocks = (rest + decoder.decode(part, { stream: true })).split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) {
        if (block === ": keep-alive") continue;
        const [, event = `no event: ${block}`, data = "{}"] = /^event: (\w+)\ndata: (.*)$/.exec(block) ?? [];
        seen.push({ event, data: JSON.parse(data) as SeenEvent["data"] });
      }
    }
  }
  return {
    seen,
    async stop() {
      gone.abort();
      await reading;
    },
  };
}
