import { encodeAgentMessage, LIMITS } from "@sitewright/protocol";
import { expect, test } from "vitest";
import { temporaryFolder } from "@sitewright/testkit/temporary-folder";
import { startTestAgent } from "../../../test-support/agent.ts";
import { startFakeCoordinator } from "@sitewright/testkit/fake-coordinator";
import { answerLogQuery } from "./answers.ts";

const QUERY = { kind: "log-query", id: 7, order: "o1", limit: 1000 } as const;

test("an agent returns what it logged about an order", async () => {
  const coordinator = await startFakeCoordinator();
  const asked: unknown[] = [];
  const logs = { find: (...question: unknown[]) => (asked.push(question), ['{"msg":"begins"}', '{"msg":"done"}']) };
  startTestAgent({ url: coordinator.url, dataDir: temporaryFolder(), logs });
  const connection = await coordinator.welcomed();
  connection.say(QUERY);
  expect(await connection.hear("log-lines")).toEqual({
    kind: "log-lines",
    id: 7,
    lines: ['{"msg":"begins"}', '{"msg":"done"}'],
    last: true,
  });
  connection.say({ ...QUERY, limit: 2 ** 32 - 1 });
  await connection.hear("log-lines", () => asked.length === 2);
  expect(asked).toEqual([
    ["o1", 1000],
    ["o1", LIMITS.logLines],
  ]);
});

test("a long answer is sent in parts that fit into a message, and keeps the newest lines", () => {
  const lines = Array.from({ length: 1000 }, (_, i) => JSON.stringify({ i, msg: "ü".repeat(2000) }));
  const parts = answerLogQuery({ find: () => lines }, QUERY);
  expect(parts.map(({ last }) => last)).toEqual([...Array.from({ length: parts.length - 1 }, () => false), true]);
  for (const part of parts) expect(encodeAgentMessage(part).length).toBeLessThan(LIMITS.controlFrame);
  const told = parts.flatMap((part) => part.lines);
  expect(told).toEqual(lines.slice(-told.length));
  expect(told.length).toBeGreaterThan(200);
  expect(told.join("").length).toBeLessThanOrEqual(LIMITS.logAnswer);
});

test("no lines are a valid answer", () => {
  expect(answerLogQuery({ find: () => [] }, QUERY)).toEqual([{ kind: "log-lines", id: 7, lines: [], last: true }]);
});
