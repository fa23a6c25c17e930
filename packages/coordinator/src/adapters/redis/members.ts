import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { SitewrightError } from "@sitewright/protocol";
import type { KnownMember } from "../../app/agents/member-addresses.ts";
import type { Log } from "../../app/log.ts";
import { reaching, type RedisClient } from "./server/connection.ts";
import { KEYS } from "./keys.ts";
import { DROP_LEASE, MEMBER_BEAT } from "./scripts.ts";

const LEASE_MS = 6_000;
/** Share of its lease after which whoever leads beside others pauses, if it could not be renewed. */
const WORN = 5 / 6;
/** Leases after which it ends, so that its agents go to another one: Redis may be away for it alone. */
const PATIENCE = 5;
/** A member without a sign of life for this long counts as gone, ms. */
const PRESENT_MS = 10_000;

/** Coordinators of one hierarchy on one Redis: one leads, the others stand by. */
export interface Members {
  /** Of the lease, if this one leads: what is stored by another is refused. */
  readonly lease: string;
  /**
   * Shows that this one is there. Throws `REDIS_IN_USE` while a coordinator of another hierarchy leads, and `REDIS_UNREACHABLE`.
   * @param wants Whether to lead if nobody does.
   * @param begins Also where nobody has led yet. A Redis that has just lost everything looks like that, and the one that leads gives it all
   * that it has again, unless another takes its place.
   */
  beat(wants: boolean, begins?: boolean): Promise<Standing>;
  /** Renews the lease from now on. @param onLost Called once when it must lead no longer. */
  keep(onLost: (error: SitewrightError) => void): void;
  /** Its lease may have ended, and another one may lead: until it is renewed nothing is sent. */
  isPaused(): boolean;
  /** @param listener Called at each renewal at which Redis turns out to have lost everything, though it was never away. */
  onEmptied(listener: () => void): void;
  /** Resolves when the lease is renewed after this call, which no other coordinator prevents; never if another one led. */
  renewed(): Promise<void>;
  /** URL at which the others, their operators and their agents reach this one. */
  announce(url: string): void;
  /** Those that are there, this one first. */
  present(): readonly KnownMember[];
  /** Others are there, or were. */
  isOneOfSeveral(): boolean;
  /** Leads no longer. */
  leave(): Promise<void>;
}

export interface Standing {
  leads: boolean;
  /** Another that leads. */
  leader?: KnownMember;
}

export interface MembersOptions {
  /** Of the hierarchy's coordinator: the members share it. */
  coordinatorId: string;
  /** Of this data folder: a restart on it leads again at once. */
  memberId: string;
  dataDir: string;
  log: Log;
  /** How long another one waits before it leads; renewed three times meanwhile. */
  leaseMs?: number;
}

interface Seen {
  record: string;
  /** By the clock of this process, which does not jump; ms. */
  at: number;
}

export function joinMembers(redis: RedisClient, { coordinatorId, memberId, dataDir, log, leaseMs = LEASE_MS }: MembersOptions): Members {
  const host = hostname();
  const lease = [coordinatorId, memberId, randomUUID(), host, dataDir].join("\n");
  const seen = new Map<string, Seen>();
  let url = "";
  let beats = 0;
  let leads = false;
  let leading = "";
  let renewedAt = performance.now();
  /** At the last renewal. Where it is alone, no other can take over: work continues through an outage of Redis. */
  let hasOthers = false;
  let timer: NodeJS.Timeout | undefined;
  let renewing: Promise<void> | undefined;
  let triedAt = performance.now();
  /** Why the last renewal failed. */
  let trouble = "";
  /** Those that wait for a renewal that begins after they asked. */
  let waiting: { since: number; resolve: () => void }[] = [];
  const emptied: (() => void)[] = [];

  /** @param wants As the script says. @param replaces Beginning of the lease that may be replaced. */
  async function send(wants: 0 | 1 | 2, replaces: string): Promise<{ holder: string; last: string }> {
    const begun = performance.now();
    const record = JSON.stringify({ host, dataDir, url, beats: ++beats });
    const [holder, records, last] = (await reaching(() =>
      redis.eval(MEMBER_BEAT, 3, KEYS.coordinator, KEYS.members, KEYS.leader, replaces, lease, leaseMs, wants, memberId, record),
    )) as [string, string[], string];
    look(records);
    leads = holder === lease;
    leading = holder.split("\n")[1] ?? "";
    if (leads) [renewedAt, hasOthers] = [begun, present().length > 1];
    if (leads) resolveWaiting(begun);
    return { holder, last };
  }

  function resolveWaiting(begun: number): void {
    for (const { since, resolve } of waiting) if (since <= begun) resolve();
    waiting = waiting.filter(({ since }) => since > begun);
  }

  function look(records: readonly string[]): void {
    const now = performance.now();
    for (let i = 0; i < records.length; i += 2) {
      const [id, record] = [records[i] ?? "", records[i + 1] ?? ""];
      // The first sight of one says nothing about whether it lives.
      if (seen.get(id)?.record !== record) seen.set(id, { record, at: seen.has(id) || id === memberId ? now : now - PRESENT_MS });
    }
  }

  function present(): KnownMember[] {
    const now = performance.now();
    const here = [...seen].filter(([id, { at }]) => id === memberId || now - at < PRESENT_MS);
    return here.map(([id, { record }]) => viewOf(id, record)).sort((a, b) => Number(b.member === memberId) - Number(a.member === memberId));
  }

  function viewOf(member: string, record: string): KnownMember {
    const known = JSON.parse(record) as { host: string; url: string };
    return { member, host: known.host, url: known.url, leads: member === leading };
  }

  async function renew(lost: (error: SitewrightError) => void): Promise<void> {
    try {
      const { holder, last } = await send(2, lease);
      const isOther = holder.startsWith(`${coordinatorId}\n`) && leading !== memberId;
      if (!leads) return lost(holder === "" || isOther ? succeeded() : inUse(holder));
      if (last !== "") return;
      log.warn({}, "Redis has lost everything that was stored there: it is given again what is known");
      for (const listener of emptied) listener();
      trouble = "";
    } catch (error) {
      // Tried again every two seconds, perhaps for a whole night.
      if (String(error) !== trouble) log.warn({ error: (trouble = String(error)) }, "the coordinator's lease could not be renewed");
    }
  }

  const isPaused = (): boolean => hasOthers && performance.now() - renewedAt > leaseMs * WORN;

  return {
    lease,
    present,
    isOneOfSeveral: () => seen.size > 1,
    isPaused,
    onEmptied: (listener) => void emptied.push(listener),
    renewed() {
      // With the next look at the clock.
      triedAt = -Infinity;
      return new Promise((resolve) => waiting.push({ since: performance.now(), resolve }));
    },
    async beat(wants, begins = true) {
      const { holder } = await send(wants ? (begins ? 2 : 1) : 0, `${coordinatorId}\n${memberId}\n`);
      if (leads || holder === "") return { leads };
      if (!holder.startsWith(`${coordinatorId}\n`)) throw inUse(holder);
      return { leads, leader: viewOf(leading, seen.get(leading)?.record ?? JSON.stringify({ host: placeOf(holder).host, url: "" })) };
    },
    keep(onLost) {
      let [isLost, wasPaused] = [false, false];
      const lost = (error: SitewrightError): void => {
        if (!isLost) onLost(error);
        isLost = true;
        clearInterval(timer);
      };
      timer = setInterval(() => {
        const now = performance.now();
        if (isPaused() !== wasPaused) log.warn({}, wasPaused ? "the lease is renewed: work resumes" : PAUSED);
        wasPaused = isPaused();
        if (wasPaused && now - renewedAt > leaseMs * PATIENCE) return lost(expired());
        if (renewing || now - triedAt < leaseMs / 3) return;
        triedAt = now;
        renewing = renew(lost).finally(() => (renewing = undefined));
      }, leaseMs / 12);
    },
    announce(own) {
      url = own;
      // The others are told with the next look at the clock.
      triedAt = -Infinity;
    },
    async leave() {
      clearInterval(timer);
      await renewing;
      await reaching(() => redis.eval(DROP_LEASE, 2, KEYS.coordinator, KEYS.members, lease, memberId));
    },
  };
}

function placeOf(lease: string): { host: string; dataDir: string } {
  const [host = "", dataDir = ""] = lease.split("\n").slice(-2);
  return { host, dataDir };
}

function inUse(lease: string): SitewrightError {
  const { host, dataDir } = placeOf(lease);
  return new SitewrightError(
    "REDIS_IN_USE",
    `this Redis serves another coordinator (on ${host}, data folder ${dataDir}): give each coordinator a Redis of its own, or restore a backup of that one to have another that stands by; after one was killed, wait ${LEASE_MS / 1000} s`,
  );
}

const PAUSED =
  "Redis does not answer, and another coordinator stands by, which may lead now: this one sends nothing until its lease is renewed";

function expired(): SitewrightError {
  return new SitewrightError(
    "NOT_LEADING",
    `Redis did not answer for ${PATIENCE} times as long as a lease lasts, and another coordinator stands by: this one stops, so that its agents go to that one. Start it again: it stands by then`,
  );
}

function succeeded(): SitewrightError {
  return new SitewrightError(
    "NOT_LEADING",
    "another coordinator has led since this one could renew its lease: this one stops, because what it knows is out of date. Start it again: it stands by then",
  );
}
