import { sign } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { helloTranscript, type Hello, type Order } from "@sitewright/protocol";
import { dial, makeAgentKey, type AgentKey } from "@sitewright/testkit/agent-wire";
import {
  decode,
  everyTask,
  generationBytes,
  plain,
  readRecording,
  replaced,
  SITE,
  SYSTEM,
  type Change,
  type Recorded,
} from "./support/recording/conversation.ts";
import { startFleet, type Fleet } from "./support/fleet.ts";
import { playCoordinator } from "./support/recording/played-coordinator.ts";

// What earlier versions said to each other; a version adds its own with test/support/recording/record.ts.
const FOLDER = join(import.meta.dirname, "fixtures");
const recordings = readdirSync(FOLDER)
  .filter((name) => name.startsWith("conversation-"))
  .map((name) => ({ name, ...readRecording(join(FOLDER, name)) }));

test.each(recordings)("each message of $name still says what it said", ({ lines, messages }) => {
  expect(messages.map((message) => plain(decode(message)))).toEqual(lines.map(({ said }) => said));
});

test.each(recordings)(
  "a coordinator of this version has every task carried out by an agent that talks as in $name",
  async ({ messages }) => {
    await using fleet = await startFleet({ ...SITE, absent: [SYSTEM] });
    const stop = await playAgent(fleet, messages);
    expect(await everyTask(fleet)).toEqual(["plan done", "rebuild done", "rebuild done", "verify done", "undo done", "remove done"]);
    expect(await stop()).toEqual([]);
  },
);

test.each(recordings)("an agent of this version carries out every task for a coordinator that talks as in $name", async ({ messages }) => {
  await using fleet = await startFleet({ ...SITE, absent: [SYSTEM] });
  await using played = await playCoordinator(new URL(fleet.url.replace("http:", "https:")), fleet.dataDir, messages);
  await fleet.agent(SYSTEM).join(played.url);
  await fleet.agent(SYSTEM).start();
  await fleet.connected(SYSTEM);
  expect(await everyTask(fleet)).toEqual(["plan done", "rebuild done", "rebuild done", "verify done", "undo done", "remove done"]);
  expect(played.left()).toEqual([]);
  await fleet.agent(SYSTEM).stop();
});

/**
 * An agent that answers each order as it was recorded: the bytes are those of then, but for ids, numbers of generations and digests, which have
 * the same lengths. @returns Ends it; resolves with the recorded orders that did not come.
 */
async function playAgent(fleet: Fleet, messages: readonly Recorded[]): Promise<() => Promise<string[]>> {
  const said = messages.map((message) => ({ ...message, said: decode(message) }));
  const [hello, inventory] = (["hello", "inventory"] as const).map((kind) => said.find((one) => one.said.kind === kind)?.bytes);
  const orders = said.flatMap((one) => (one.said.kind === "order" ? [one.said] : []));
  const digests = new Map<string, string>();

  const key = makeAgentKey();
  await joinAs(fleet, key);
  const agent = dial(fleet.url, SYSTEM);
  const challenge = await agent.challenge();
  const before = said.find((one) => one.said.kind === "hello")?.said as Hello;
  const signature = sign(null, helloTranscript(challenge, SYSTEM), key.privateKey);
  agent.socket.send(replaced(hello!, [[Buffer.from(before.signature), signature]]));

  async function answerAll(): Promise<void> {
    for (let message = await agent.next(); ; message = await agent.next()) {
      if (message.kind === "welcome" && message.sendInventory) agent.socket.send(inventory!);
      if (message.kind === "order") answer(message);
    }
  }

  function answer(order: Order): void {
    const then = orders.shift();
    expect(order.task.kind).toBe(then?.task.kind);
    if (!then) return;
    if ("manifest" in then.task && "manifest" in order.task) digests.set(then.task.manifest, order.task.manifest);
    const changes = [
      [Buffer.from(then.id), Buffer.from(order.id)],
      [generationBytes(then.generation), generationBytes(order.generation)],
      ...[...digests].map(([old, now]) => [Buffer.from(old, "hex"), Buffer.from(now, "hex")]),
    ] as Change[];
    for (const { from, bytes } of said) if (from === "agent" && bytes.includes(then.id)) agent.socket.send(replaced(bytes, changes));
  }

  const ended = answerAll().catch((error: unknown) => String(error));
  await fleet.connected(SYSTEM);
  return async () => {
    agent.socket.close();
    expect(await ended).toContain("closed instead");
    return orders.map(({ task }) => task.kind);
  };
}

async function joinAs(fleet: Fleet, { publicKey }: AgentKey): Promise<void> {
  const post = (path: string, body: object): Promise<Response> =>
    fleet.api(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  const made = (await (await post("/api/v1/join-tokens", { system: SYSTEM })).json()) as { token: string };
  const [token] = made.token.split(".");
  expect((await post("/api/v1/join", { token, name: SYSTEM, publicKey, platform: "linux", roles: ["dp"] })).status).toBe(200);
}
