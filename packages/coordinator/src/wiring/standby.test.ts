import { afterEach, expect, test, vi } from "vitest";
import { SitewrightError } from "@sitewright/protocol";
import { silent } from "../../test-support/redis/redis-fixture.ts";
import type { Standing } from "../adapters/redis/members.ts";
import { copyShared, standBy, type StandbyDeps } from "./standby.ts";

afterEach(() => void vi.restoreAllMocks());

/** One that starts on a Redis that is empty. @param found What it finds there, each second; the last one from then on. */
function startsOnEmpty(...found: Standing[]) {
  const done: string[] = [];
  let now = 0;
  vi.spyOn(performance, "now").mockImplementation(() => now);
  let beats = 0;
  const stop = new AbortController();
  const deps = {
    begins: false,
    members: {
      async beat(_: boolean, begins = true) {
        beats += 1;
        if (begins) done.push("leads");
        return begins ? { leads: true } : ((found.length > 1 ? found.shift() : found[0]) ?? { leads: false });
      },
    },
    shared: { take: async () => (done.push("copies"), "taken") },
    siteData: { read: () => Promise.reject(new Error("no site data")) },
    dropRestored: async () => void done.push("drops what was restored"),
    answer: async () => ({ follow: () => undefined, close: async () => undefined }),
    log: silent,
  } as unknown as StandbyDeps;
  const standing = standBy(deps, stop.signal).catch((error: unknown) => (done.push("stops"), error));
  return { done, stop, standing, beats: () => beats, pass: (ms: number) => void (now += ms) };
}

test("a coordinator that starts on a Redis which lost everything leaves it to one that leads, whose runs it would lose", async () => {
  const leader = { member: "a", host: "siteserver", url: "https://siteserver:7400", leads: true };
  const { done, stop, standing } = startsOnEmpty({ leads: false }, { leads: false }, { leads: false, leader });
  await expect.poll(() => done, { timeout: 10_000 }).toEqual(["copies", "drops what was restored"]);
  stop.abort(new Error("stopped"));
  await standing;
  expect(done).not.toContain("leads");
});

test("where nobody leads on a Redis which lost everything, a coordinator that starts leads after ten seconds, and keeps what was restored for it", async () => {
  const { done, standing, beats, pass } = startsOnEmpty({ leads: false });
  await expect.poll(beats, { timeout: 10_000 }).toBeGreaterThan(1);
  pass(9_500);
  await expect.poll(beats, { timeout: 10_000 }).toBeGreaterThan(beats() + 1);
  expect(done).toEqual([]);
  pass(600);
  await standing;
  expect(done).toEqual(["leads"]);
});

test("a coordinator that stands by on a full disk warns that it cannot copy what the leading one has, and stands by on", async () => {
  const warned: unknown[] = [];
  const log = { ...silent, warn: (_: object, message: string) => void warned.push(message) };
  const failing = (error: Error) => ({ log, shared: { take: () => Promise.reject(error) } });
  await copyShared(failing(Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC", syscall: "write" })));
  expect(warned).toEqual([expect.stringContaining("could not be copied")]);
  const outage = new SitewrightError("REDIS_UNREACHABLE", "Redis does not answer");
  await expect(copyShared(failing(outage))).rejects.toBe(outage);
});
