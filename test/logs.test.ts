import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import type { LogAnswer } from "../packages/coordinator/src/app/agents/log-book.ts";
import { operatorToken, startFleet, waitFor, type Fleet } from "./support/fleet.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({
    systems: { SRVABC: { roles: ["cap", "dp"] }, DPABC: { roles: ["dp"] } },
    packages: { ABC00001: { files: { "a.bin": noise(200_000, 1) } } },
    absent: ["DPABC"],
  });
});
afterAll(() => fleet?.[Symbol.asyncDispose]());

async function anOrder(): Promise<string> {
  const { phases } = await fleet.json("rebuild", "--system", "SRVABC", "--package", "ABC00001", "--full");
  return phases.find(({ task }) => task === "stage")?.id ?? "";
}

test("sitewright logs --order shows the lines of both sides, in order, under the order's id", async () => {
  const order = await anOrder();
  const { lines, agent, exitCode } = await fleet.json<LogAnswer>("logs", "--order", order);
  expect([agent, exitCode]).toEqual(["asked", 0]);
  for (const line of lines) expect(line).toMatchObject({ order, system: "SRVABC" });
  const told = lines.map(({ side, message }) => `${side}: ${message}`);
  expect(told).toEqual(
    expect.arrayContaining([
      "coordinator: the order to stage was sent",
      "agent: the order to stage was accepted",
      "agent: stage begins",
      "coordinator: a content stream begins",
      "agent: stage done",
      "coordinator: stage is done",
    ]),
  );
  expect(told.indexOf("coordinator: the order to stage was sent")).toBeLessThan(told.indexOf("agent: stage done"));
  expect(lines.map(({ time }) => time)).toEqual(lines.map(({ time }) => time).toSorted((a, b) => a - b));
  expect(lines.find(({ message }) => message === "stage done")).toMatchObject({ unit: "dp/ABC00001", files: 1, fetchedBytes: 200_000 });
});

test("the text output has a line for each step", async () => {
  const { stdout } = await fleet.sitewright("logs", "--order", await anOrder());
  expect(stdout).toMatch(/^\d{4}-\d\d-\d\dT\S+Z {2}agent {8}info {3}stage begins {2}.*unit=dp\/ABC00001/m);
  expect(stdout).toMatch(/^\S+ {2}coordinator {2}info {3}stage is done/m);
});

test("sitewright logs --system shows what both sides logged of a system, the newest lines of it", async () => {
  const { lines } = await fleet.json<LogAnswer>("logs", "--system", "SRVABC", "--limit", "1000");
  const sides = new Set(lines.map(({ side }) => side));
  expect([...sides].sort()).toEqual(["agent", "coordinator"]);
  expect(lines.map(({ message }) => message)).toEqual(expect.arrayContaining(["agent connected", "connected to the coordinator"]));
  const few = await fleet.json<LogAnswer>("logs", "--system", "SRVABC", "--limit", "3");
  expect(few.lines).toEqual(lines.slice(-3));
});

test("for a system with a disconnected agent the coordinator's lines are shown, and the exit code reports that the others are missing", async () => {
  const run = (await fleet.sitewright("rebuild", "--system", "DPABC", "--detach")).stdout.trim();
  const { phases } = await waitFor("the plan", async () => {
    const view = (await (await fleet.api(`/api/v1/runs/${run}`)).json()) as { phases: { id: string }[] };
    return view.phases.length > 0 ? view : undefined;
  });
  expect((await fleet.sitewright("cancel", run)).code).toBe(0);
  const { lines, agent, exitCode } = await fleet.json<LogAnswer>("logs", "--order", phases[0]?.id ?? "");
  expect([agent, exitCode]).toEqual(["unreachable", 3]);
  expect(lines).toMatchObject([{ side: "coordinator", message: "stage is cancelled", system: "DPABC" }]);
});

test("an unknown order and an unknown system are reported as such", async () => {
  expect(await fleet.sitewright("logs", "--order", "nope")).toMatchObject({ code: 1, stderr: expect.stringContaining("NOT_FOUND") });
  expect(await fleet.sitewright("logs", "--system", "NOPE")).toMatchObject({ code: 1, stderr: expect.stringContaining("SYSTEM_UNKNOWN") });
  expect(await fleet.sitewright("logs")).toMatchObject({ code: 1, stderr: expect.stringContaining("BAD_REQUEST") });
});

test("both sides keep their logs across a restart", async () => {
  const order = await anOrder();
  await fleet.coordinator.kill();
  await fleet.agent("SRVABC").kill();
  await fleet.coordinator.start();
  await fleet.agent("SRVABC").start();
  await fleet.connected("SRVABC");
  const { lines } = await fleet.json<LogAnswer>("logs", "--order", order);
  expect(lines.map(({ message }) => message)).toEqual(expect.arrayContaining(["stage begins", "stage done", "stage is done"]));
});

test("no log holds a secret: neither the operator token, nor the secrets of links and agents", async () => {
  const link = (await fleet.sitewright("link")).stdout.trim();
  const code = link.split("/sign-in/")[1] ?? "";
  const reply = await fetch(new URL("/api/v1/session", fleet.url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ code }),
  });
  const cookie = /sitewright_session=([^;]+)/.exec(reply.headers.get("set-cookie") ?? "")?.[1] ?? "";
  const { token } = await fleet.json<{ token: string }>("token", "create", "--system", "DPABC");
  const files = [join(fleet.dataDir, "coordinator.log"), join(fleet.dataDir, "log.db"), join(fleet.dataDir, "log.db-wal")];
  const agentFiles = ["agent.log", "agent-data/log.db", "agent-data/log.db-wal"].map((name) => join(fleet.folder, "SRVABC", name));
  const text = [...files, ...agentFiles].map((file) => readFileSync(file, "latin1")).join("\n");
  expect(text).toContain("an operator signed in");
  for (const secret of [operatorToken(fleet.dataDir), code, cookie, token.split(".")[0] ?? ""]) {
    expect(secret.length).toBeGreaterThan(20);
    expect(text.includes(secret)).toBe(false);
  }
});
