import { expect, test } from "vitest";
import { unitOf, type ContentPart, type ContentQuery, type CoordinatorMessage } from "@sitewright/protocol";
import { anAddress } from "../../../test-support/fakes.ts";
import type { AgentLinks, ConnectedAgent } from "../ports/agents.ts";
import { createAgentContent } from "./agent-content.ts";

const CAP = unitOf("cap", "ABC");
const RATE = 4_000_000;

/** @param answer What the agent of S1 sends back at once. */
function aContent(answer: (query: ContentQuery) => Omit<ContentPart, "kind" | "id">) {
  const asked: ContentQuery[] = [];
  const agent: ConnectedAgent = { system: "S1", roles: ["cap"], platform: "linux", version: "1", since: 1, answersQueries: true };
  const links: AgentLinks = {
    connected: () => [agent],
    agent: (name) => (name === "S1" ? agent : undefined),
    isConnected: (name) => name === "S1",
    end: async () => {},
    async send(_, message: CoordinatorMessage) {
      if (message.kind !== "content-query") return false;
      asked.push(message);
      setImmediate(() => content.arrived("S1", { kind: "content-part", id: message.id, ...answer(message) }));
      return true;
    },
  };
  const content = createAgentContent({
    links,
    site: { pathTo: () => [anAddress("SEC", { bandwidth: RATE })] },
    clock: () => now,
    timeoutMs: 5_000,
  });
  let now = 1_000;
  return { content, asked, agent, pass: (ms: number) => void (now += ms) };
}

test("bytes are read at half the pace of the line, so that rollouts over it continue", async () => {
  const { content, asked } = aContent(({ want }) => ({ last: true, bytes: new Uint8Array("length" in want ? want.length : 0) }));
  const read = () => content.bytes("S1", CAP, { kind: "file", path: "x", from: 0 }, AbortSignal.timeout(10_000));
  const began = performance.now();
  const first = await read();
  await read();
  const carriedMs = (first.length * 8000) / RATE;
  expect(asked).toHaveLength(2);
  expect(performance.now() - began).toBeGreaterThan(2 * carriedMs * 0.95);
});

test("definitions are asked for once per connection, as long as an answer is new enough", async () => {
  const seen = { path: "CAP_ABC/offerinf.box/ABC20001.ofr", number: 2, hash: "a".repeat(64), size: 9 };
  const { content, asked, agent, pass } = aContent(() => ({ last: true, objects: [seen], remembered: [{ ...seen, number: 3 }] }));
  const expected = { objects: [seen], remembered: [{ ...seen, number: 3 }] };
  expect(await content.definitions("S1", CAP, 1_000)).toEqual(expected);
  pass(500);
  expect(await content.definitions("S1", CAP, 1_000)).toEqual(expected);
  expect(asked).toHaveLength(1);
  await content.definitions("S1", CAP, 1_001);
  expect(asked).toHaveLength(2);
  Object.assign(agent, { since: 2 });
  await content.definitions("S1", CAP, 1_001);
  expect(asked).toHaveLength(3);
});
