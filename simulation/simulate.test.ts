import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

/** In a process of its own: the clock and the timers of a process are replaced. */
function simulate(...args: string[]): { status: number | null; said: string; wrong: string } {
  const main = join(import.meta.dirname, "main.ts");
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--conditions=@sitewright/source", main, ...args], { encoding: "utf8" });
  return { status, said: stdout, wrong: stderr };
}

test("every rule holds through the schedules of the first seeds", () => {
  const { status, said } = simulate("--seeds", "8");
  expect(said).toMatch(/^seeds 1 to 8: \d+ runs, \d+ phases, \d+ steps: every rule held$/m);
  expect(status).toBe(0);
});

test("every rule holds where a second coordinator stands by and takes over", () => {
  const { status, said } = simulate("--coordinators", "2", "--seeds", "4");
  expect(said).toMatch(/^seeds 1 to 4: \d+ runs, \d+ phases, \d+ steps: every rule held$/m);
  expect(status).toBe(0);
});

test("a seed always has the same schedule, and it goes the same way", () => {
  const ids = /[0-9a-f]{8}-[0-9a-f-]{27}|"run":"[0-9a-z]{8}"|run [0-9a-z]{8}/g;
  const first = simulate("--seed", "7", "--log").said.replaceAll(ids, "ID").split("\n");
  expect(first.length).toBeGreaterThan(20);
  expect(simulate("--seed", "7", "--log").said.replaceAll(ids, "ID").split("\n")).toEqual(first);
});

test("a count that is no number is refused with the usage", () => {
  const { status, wrong } = simulate("--seeds", "many");
  expect(status).toBe(2);
  expect(wrong).toMatch(/--seeds many: give a whole number from 1\nusage: npm run simulate/);
});
