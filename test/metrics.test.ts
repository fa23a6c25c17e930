import { afterAll, beforeAll, expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import { startFleet, type Fleet } from "./support/fleet.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({
    systems: { SRVABC: { roles: ["dp"] }, SRVSEC: { site: "SEC", roles: ["dp"] } },
    bandwidth: "20 Mbit/s",
    packages: { ABC00001: { files: { "a.bin": noise(300_000, 1) } } },
    absent: ["SRVABC"],
  });
});
afterAll(() => fleet?.[Symbol.asyncDispose]());

async function figures(): Promise<Map<string, number>> {
  const text = await (await fleet.api("/metrics")).text();
  return new Map(
    text
      .split("\n")
      .flatMap((line) => (line.startsWith("sitewright_") ? [[line.slice(0, line.lastIndexOf(" ")), Number(line.split(" ").at(-1))]] : [])),
  );
}

test("/metrics reports connected agents, open work and traffic of the lines", async () => {
  const before = await figures();
  expect(before.get("sitewright_agents_known")).toBe(2);
  expect(before.get("sitewright_agents_connected")).toBe(1);
  expect(before.get("sitewright_redis_up")).toBe(1);
  expect(before.get('sitewright_address_budget_bits_per_second{address="SEC"}')).toBe(20_000_000);
  expect((await fleet.json("rebuild")).exitCode).toBe(3);
  const after = await figures();
  expect(after.get('sitewright_runs{state="running"}')).toBe(1);
  expect(after.get('sitewright_phases{state="waiting"}')).toBe(2);
  expect(after.get('sitewright_phases_ended_total{task="activate",state="done"}')).toBe(1);
  expect(after.get("sitewright_sent_bytes_total")).toBeGreaterThan(300_000);
  expect(after.get('sitewright_address_bytes_total{address="SEC"}')).toBeGreaterThan(after.get("sitewright_sent_bytes_total") ?? Infinity);
  expect(after.get("sitewright_retried_bytes_total")).toBe(0);
});

test("Prometheus is refused without the operator token", async () => {
  expect((await fetch(new URL("/metrics", fleet.url))).status).toBe(401);
});

test("a disconnected agent is not counted as connected", async () => {
  await fleet.agent("SRVSEC").stop();
  await expect.poll(async () => (await figures()).get("sitewright_agents_connected")).toBe(0);
});
