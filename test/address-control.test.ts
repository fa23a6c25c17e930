import { afterAll, beforeAll, expect, test } from "vitest";
import { noise } from "@sitewright/testkit/noise";
import type { AddressDetails, AddressStatus } from "../packages/coordinator/src/app/addresses/address-status.ts";
import type { RunView } from "../packages/coordinator/src/app/runs/operations.ts";
import type { PlanRow } from "../packages/coordinator/src/domain/runs/plan-rows.ts";
import { writePackage } from "./support/site.ts";
import { startFleet, waitFor, type Fleet } from "./support/fleet.ts";

let fleet: Fleet;
beforeAll(async () => {
  fleet = await startFleet({
    systems: { SRVSEC: { site: "SEC", roles: ["dp"] } },
    bandwidth: "2 Mbit/s",
    packages: { ABC00001: { files: { "a.bin": noise(96_000_000, 1) } } },
  });
});
afterAll(() => fleet?.[Symbol.asyncDispose]());

const view = async (id: string) => (await (await fleet.api(`/api/v1/runs/${id}`)).json()) as RunView;

test("pausing an address stops a running transfer within a second of its line; resumed and faster, it continues where it was", async () => {
  const id = (await fleet.sitewright("rebuild", "--detach")).stdout.trim();
  const sent = async () => (await view(id)).totals.wireBytes;
  await waitFor("some bytes", async () => (await sent()) > 300_000 || undefined);
  const rate = await waitFor("the transfer to fill the line", async () => {
    const [busy] = (await (await fleet.api("/api/v1/addresses")).json()) as AddressStatus[];
    return busy && busy.rate > 1_000_000 ? busy.rate : undefined;
  });
  expect(rate).toBeLessThan(2_000_000 * 1.1);

  expect((await fleet.json<AddressDetails>("address", "pause", "SEC")).paused).toBe(true);
  const atPause = await sent();
  await waitFor(
    "the phase to wait",
    async () => (await view(id)).phases.some(({ waitingFor }) => waitingFor === "address-paused") || undefined,
  );
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect((await sent()) - atPause).toBeLessThan(20_000);
  expect((await view(id)).totals.failed).toBe(0);

  expect(await fleet.json("address", "set", "SEC", "--bandwidth", "800 Mbit/s")).toMatchObject({ budget: 800_000_000, paused: true });
  expect((await fleet.sitewright("resume", "--address", "SEC")).stdout).toMatch(/^address SEC: all, 800 Mbit\/s/);
  // At the rate of the file it would take 384 s: longer than this test may.
  const { exitCode, totals } = await fleet.json("watch", id);
  expect(exitCode).toBe(0);
  expect(totals.retriedBytes).toBe(0);
  expect(totals.wireBytes).toBeLessThan(96_000_000 * 1.02);
});

test("a plan is made although the address is paused: it sends no content", async () => {
  // Its agent does not know this one: it needs the manifest.
  writePackage(fleet.siteData, "ABC00002", { files: { "b.bin": noise(500_000, 2) }, on: ["SRVSEC"] });
  await fleet.sitewright("address", "pause", "SEC");
  const { rows, exitCode } = await fleet.json<{ rows: PlanRow[] }>("plan", "--package", "ABC00002");
  expect([exitCode, rows]).toMatchObject([0, [{ system: "SRVSEC", reachable: true, sourceBytes: 500_000, presentBytes: 0 }]]);
  await fleet.sitewright("address", "resume", "SEC");
});

test("settings survive the coordinator, are recorded with their author, and reset restores the file", async () => {
  await fleet.sitewright("address", "set", "SEC", "--rate-limit", "00-24=50%", "--schedule", "Sat,Sun 00-24=closed");
  await fleet.coordinator.kill();
  await fleet.coordinator.start();
  const { stdout } = await fleet.sitewright("address", "show", "SEC");
  expect(stdout).toMatch(/bandwidth +2 Mbit\/s +800 Mbit\/s\nrateLimit +- +00-24=50%\nschedule +- +Sat,Sun 00-24=closed/);
  expect(stdout).toMatch(/\w+: set rateLimit 00-24=50%, schedule Sat,Sun 00-24=closed/);
  expect(await fleet.sitewright("address", "set", "SEC", "--bandwidth", "fast", "--schedule", "Mon=high")).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(
      /BAD_REQUEST: the address SEC stays as it was: bandwidth "fast" is not a rate.*; schedule hours "Mon" are not understood/,
    ),
  });
  expect(await fleet.json("address", "reset", "SEC")).toMatchObject({ budget: 2_000_000, effective: { bandwidth: "2 Mbit/s" } });
  expect((await fleet.overview()).addresses).toMatchObject([{ key: "SEC", budget: 2_000_000, paused: false }]);
});
