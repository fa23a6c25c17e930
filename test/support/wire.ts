import type { KeyObject } from "node:crypto";
import { helloTo, type AgentWire } from "@sitewright/testkit/agent-wire";
import type { Hello } from "../../packages/protocol/src/index.ts";

/** A join request, as of an agent's program; returns status and error code. */
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

/** Answers the challenge. `overrides` make the Hello invalid. */
export async function hello(wire: AgentWire, name: string, key: KeyObject, overrides: Partial<Hello> = {}): Promise<void> {
  wire.say(helloTo(await wire.challenge(), name, key, overrides));
}
