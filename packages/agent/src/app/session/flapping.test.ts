import { CLOSE_CODES } from "@sitewright/protocol";
import { expect, onTestFinished, test, vi } from "vitest";
import { CHALLENGE, WELCOME } from "@sitewright/testkit/fake-coordinator";
import { createCurrentLink } from "./current-link.ts";
import type { Link, OpenLink } from "../ports/link.ts";
import { createAddresses } from "../../domain/coordinator-addresses.ts";
import { keepSession, type SessionOptions } from "./session.ts";

const LINK: Link = { localAddress: "", send: () => Promise.resolve(true), close: () => undefined };

/** What a session needs besides its links. */
function sessionOptions(openLink: OpenLink, random: () => number): SessionOptions {
  return {
    self: {
      name: "SRVABC",
      coordinator: CHALLENGE.coordinator,
      agentVersion: "1",
      platform: "linux",
      roles: [],
      sign: () => new Uint8Array(64),
      instance: "one",
    },
    current: createCurrentLink(),
    outbox: { last: () => 0, get: () => undefined, next: () => undefined, acknowledge: () => false, startAbove: () => undefined },
    pump: { start: () => undefined, stop: () => undefined, wake: () => undefined, rewind: () => undefined, again: () => undefined },
    runner: { receive: () => undefined, cancel: () => undefined, disconnected: () => undefined },
    inventory: () => [],
    hash: () => ({ toHex: () => "00".repeat(32) }) as ReturnType<SessionOptions["hash"]>,
    logs: { find: () => [] },
    contents: { answer: async ({ id }) => [{ kind: "content-part", id, last: true }] },
    backups: { ask: async () => ({ runs: [] }) },
    keeper: { answer: () => undefined },
    warnings: { all: () => [], subscribe: () => () => undefined },
    seen: { newest: () => undefined, keep: () => undefined },
    learn: () => undefined,
    successions: { newestSuccession: () => undefined },
    log: () => undefined,
    addresses: createAddresses([new URL("https://a")]),
    openLink,
    onTrouble: () => undefined,
    random,
  };
}

/** All in ms. */
interface Periods {
  up: number;
  down: number;
  handshake: number;
}

/** A line that alternates between up and down: connections break at the end of a period, and are refused while it is down. */
function flappingLine({ up, down, handshake }: Periods): { openLink: OpenLink; connectedMs: () => number } {
  let connected = 0;
  const since = Date.now();
  const openLink: OpenLink = async (receive) => {
    const left = up - ((Date.now() - since) % (up + down));
    if (left < handshake) return { code: 1006, reason: "the connection broke" };
    await new Promise((resolve) => setTimeout(resolve, handshake));
    receive(CHALLENGE, LINK);
    receive(WELCOME, LINK);
    await new Promise((resolve) => setTimeout(resolve, left - handshake));
    connected += left - handshake;
    return { code: 1006, reason: "the connection broke" };
  };
  return { openLink, connectedMs: () => connected };
}

test.each<Periods>([
  { up: 10_000, down: 5_000, handshake: 1_200 },
  { up: 2_000, down: 400, handshake: 100 },
])("on a line that is up for $up ms and down for $down ms the agent is connected for most of the possible time", async (periods) => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  for (const luck of [0.2, 0.5, 0.9]) {
    const line = flappingLine(periods);
    const stop = new AbortController();
    const kept = keepSession(
      sessionOptions(line.openLink, () => luck),
      stop.signal,
    );
    const turns = 40;
    await vi.advanceTimersByTimeAsync(turns * (periods.up + periods.down));
    stop.abort();
    await vi.advanceTimersByTimeAsync(periods.up);
    await kept;
    expect([luck, line.connectedMs() / (turns * (periods.up - periods.handshake))]).toEqual([
      luck,
      expect.toSatisfy((share: number) => share > 0.6),
    ]);
  }
});

test("an agent whose clock was set back while it was connected waits between its attempts as before", async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  let attempts = 0;
  const openLink: OpenLink = async (receive) => {
    attempts += 1;
    if (attempts > 1) return { code: 1006, reason: "refused" };
    receive(CHALLENGE, LINK);
    receive(WELCOME, LINK);
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    vi.setSystemTime(Date.now() - 86_400_000);
    return { code: 1006, reason: "the connection broke" };
  };
  const stop = new AbortController();
  const kept = keepSession(
    sessionOptions(openLink, () => 0.5),
    stop.signal,
  );
  await vi.advanceTimersByTimeAsync(10 * 60_000);
  stop.abort();
  await vi.advanceTimersByTimeAsync(60_000);
  await kept;
  expect(attempts).toBeLessThan(100);
});

test("an agent that cannot connect logs the reason once an hour, and immediately when the reason changes", async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const warned: string[] = [];
  const told: string[] = [];
  const since = Date.now();
  const openLink: OpenLink = async () => ({ code: 1006, reason: Date.now() - since < 90 * 60_000 ? "refused" : "another authority" });
  const stop = new AbortController();
  const options = sessionOptions(openLink, () => 0.5);
  const kept = keepSession(
    { ...options, log: (level, text) => void (level === "warn" && warned.push(text)), onTrouble: (reason) => void told.push(reason) },
    stop.signal,
  );
  await vi.advanceTimersByTimeAsync(120 * 60_000);
  stop.abort();
  await vi.advanceTimersByTimeAsync(60_000);
  await kept;
  expect(warned.map((text) => text.replace("not connected to the coordinator: ", ""))).toEqual(["refused", "refused", "another authority"]);
  expect(told.length).toBeGreaterThan(100);
  expect(told.at(-1)).toBe("another authority");
});

test("with two addresses one that refuses for good delays no attempt at the other, and the reasons of both are told with their addresses", async () => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const addresses = createAddresses([new URL("https://a"), new URL("https://b")]);
  const tried = { a: 0, b: 0 };
  const openLink: OpenLink = async () => {
    const isFirst = addresses.url.host === "a";
    tried[isFirst ? "a" : "b"] += 1;
    return isFirst ? { code: CLOSE_CODES.UNAUTHENTICATED, reason: "UNAUTHENTICATED: no" } : { code: 1006, reason: "refused" };
  };
  const told: string[] = [];
  const stop = new AbortController();
  const options = sessionOptions(openLink, () => 0.5);
  const kept = keepSession({ ...options, addresses, onTrouble: (reason) => void told.push(reason) }, stop.signal);
  await vi.advanceTimersByTimeAsync(10 * 60_000);
  stop.abort();
  await vi.advanceTimersByTimeAsync(60_000);
  await kept;
  // By the waits of a lost link (15 s on average), not those of a refusal.
  expect(tried.b).toBeGreaterThan(30);
  expect(Math.abs(tried.a - tried.b)).toBeLessThanOrEqual(1);
  expect(told.at(-1)).toMatch(/^a: UNAUTHENTICATED: no(; b: refused)?$/);
});

test.each([
  { how: "fell silent", end: { code: 1006, reason: "nothing was received for 15 s", wasSilent: true } as const, next: "b" },
  { how: "was broken", end: { code: 1006, reason: "the connection broke" }, next: "a" },
])("after a connection that $how, $next is the first of two addresses that is tried", async ({ end, next }) => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
  const addresses = createAddresses([new URL("https://a"), new URL("https://b")]);
  const tried: string[] = [];
  const openLink: OpenLink = async (receive) => {
    tried.push(addresses.url.host);
    if (tried.length > 1) return { code: 1006, reason: "refused" };
    receive(CHALLENGE, LINK);
    receive(WELCOME, LINK);
    return end;
  };
  const stop = new AbortController();
  const kept = keepSession({ ...sessionOptions(openLink, () => 0.5), addresses }, stop.signal);
  await vi.advanceTimersByTimeAsync(1_000);
  stop.abort();
  await vi.advanceTimersByTimeAsync(60_000);
  await kept;
  expect(tried.slice(0, 2)).toEqual(["a", next]);
});
