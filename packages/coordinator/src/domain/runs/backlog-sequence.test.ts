import fc from "fast-check";
import { expect, test } from "vitest";
import { ENDED, type PhaseState, type Role, type WaitReason } from "@sitewright/protocol";
import { aPhase } from "../../../../protocol/test-support/phases.ts";
import { anAddress } from "../../../test-support/fakes.ts";
import { createBacklog, type Backlog } from "./backlog.ts";
import { UNDER_WAY } from "./phase.ts";
import type { Phase } from "./run.ts";
import type { Surroundings } from "./wait-reason.ts";

const START = Date.UTC(2026, 0, 5, 12);
/** An hour of the week in which the line of S4 and S5 is closed. */
const CLOSED_HOUR = 13;
const lines = {
  open: anAddress("A", { concurrency: 2 }),
  hourly: anAddress("B", { schedule: Array.from({ length: 168 }, (_, hour) => (hour % 24 === CLOSED_HOUR ? "closed" : "all")) }),
};

/** One thing that happens between two rounds. `n` chooses a phase, a system or a run. */
const anyEvent = fc.record({
  kind: fc.constantFrom(
    ...([
      "ends",
      "fails",
      "tries-again",
      "stalls",
      "checks",
      "connects",
      "pauses",
      "quarantines",
      "time",
      "clock",
      "adds",
      "nothing",
    ] as const),
  ),
  n: fc.nat({ max: 1_000 }),
});
const anyUnit = fc.record({
  system: fc.integer({ min: 0, max: 5 }),
  role: fc.constantFrom<Role>("cap", "logon-point", "dp"),
  name: fc.integer({ min: 0, max: 3 }),
});

/** A world of two runs and six systems: two alone, two behind a line, two behind one with hours. */
function createWorld(units: readonly { system: number; role: Role; name: number }[], slots: number) {
  const phases = new Map<string, Phase>();
  const offline = new Set<string>();
  const runs = new Map(
    ["r0", "r1"].map((id, createdAt) => [
      id,
      { kind: "rebuild", state: "running", createdAt, options: { maxUnavailable: createdAt + 1 } } as const,
    ]),
  ) as Map<string, { kind: "rebuild"; state: "running" | "paused"; createdAt: number; options: { maxUnavailable: number } }>;
  const quarantined = new Set<string>();
  let now = START;
  const around = (): Surroundings => ({
    runs,
    phaseOf: (id) => phases.get(id),
    isConnected: (system) => !offline.has(system),
    heldBySite: ({ site }) => (quarantined.has(site) ? "site-quarantined" : undefined),
    pathTo: (system) => (system < "S2" ? [] : system < "S4" ? [lines.open] : [lines.hourly]),
    now,
    limits: { slots, perSystem: 2, perAddress: 3 },
  });

  function put(backlog: Backlog, phase: Phase): void {
    phases.set(phase.id, phase);
    backlog.put(phase);
  }

  /** Stage, then activate. */
  function add(backlog: Backlog, { system, role, name }: (typeof units)[number]): void {
    const number = phases.size;
    const common = {
      run: `r${number % 4 < 2 ? 0 : 1}`,
      system: `S${system}`,
      site: system < 3 ? "ABC" : "SEC",
      unit: { role, name: `${name}` },
      state: "waiting" as const,
      ...(system < 2 ? {} : { address: system < 4 ? "A" : "B" }),
    };
    put(backlog, aPhase({ ...common, id: `p${number}`, number, task: "stage" }));
    put(backlog, aPhase({ ...common, id: `p${number + 1}`, number: number + 1, task: "activate", after: `p${number}` }));
  }

  function happen(backlog: Backlog, { kind, n }: { kind: string; n: number }): void {
    const underWay = [...phases.values()].filter(({ state }) => UNDER_WAY.includes(state));
    const phase = underWay[n % Math.max(1, underWay.length)];
    const change = (changes: Partial<Phase>): void => (phase ? put(backlog, { ...phase, ...changes }) : undefined);
    const advance = (changes: Partial<Phase>): void => {
      if (!phase) return;
      phases.set(phase.id, { ...phase, ...changes });
      backlog.advanced({ ...phase, ...changes });
    };
    if (kind === "ends") change({ state: "done" });
    else if (kind === "fails") change({ state: "failed" });
    else if (kind === "tries-again") change({ state: "waiting", epoch: 2, notBefore: now + (n % 3) * 1_000 });
    else if (kind === "stalls") advance({ stalledSince: now });
    else if (kind === "checks") advance({ progress: { step: "checking", files: 1, reusedBytes: 0, fetchedBytes: 1, retriedBytes: 0 } });
    else if (kind === "connects") toggle(offline, `S${n % 6}`);
    else if (kind === "time") now += (n % 40) * 60_000;
    else if (kind === "clock") now -= (n % 40) * 20_000;
    else if (kind === "adds") add(backlog, { system: n % 6, role: "dp", name: n % 7 });
    else if (kind === "pauses" || kind === "quarantines") {
      const run = runs.get(`r${n % 2}`);
      if (kind === "quarantines") toggle(quarantined, n % 2 === 0 ? "ABC" : "SEC");
      else if (run) run.state = run.state === "running" ? "paused" : "running";
      backlog.touch();
    }
  }

  return { phases, around, put, add, happen };
}

/** A phase that waits for both a slot and a permit keeps the reason that it was told first. */
function sameFor(reason: WaitReason | undefined): string | undefined {
  return reason === "queue-full" || reason === "max-unavailable" ? "slot or permit" : reason;
}

function toggle(set: Set<string>, value: string): void {
  if (!set.delete(value)) set.add(value);
}

test("after any sequence of events a round chooses what one would that looks at everything, and knows what each phase waits for", () => {
  let released = 0;
  fc.assert(
    fc.property(
      fc.array(anyUnit, { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 6 }),
      fc.array(anyEvent, { minLength: 10, maxLength: 60 }),
      (units, slots, events) => {
        const world = createWorld(units, slots);
        const { phases, around } = world;
        const backlog = createBacklog((id) => phases.get(id));
        for (const unit of units) world.add(backlog, unit);
        const told = new Map<string, WaitReason>();
        for (const event of events) {
          world.happen(backlog, event);
          for (let isQuiet = false; !isQuiet;) {
            const fresh = createBacklog((id) => phases.get(id));
            for (const phase of phases.values()) fresh.put(phase);
            const expected = fresh.choose(around());
            const chosen = backlog.choose(around());
            expect(chosen.release).toEqual(expected.release);
            expect(Object.fromEntries(chosen.over)).toEqual(Object.fromEntries(expected.over));
            for (const [id, reason] of chosen.waiting) told.set(id, reason);
            for (const [i, id] of chosen.release.entries()) {
              world.put(backlog, { ...(phases.get(id) as Phase), state: "running" });
              // Some end before the next round.
              if (i % 3 === event.n % 5) world.put(backlog, { ...(phases.get(id) as Phase), state: "done" });
            }
            for (const [id, state] of chosen.over) world.put(backlog, { ...(phases.get(id) as Phase), state });
            released += chosen.release.length;
            isQuiet = chosen.release.length + chosen.over.size === 0;
            const wrong = [...expected.waiting].filter(([id, reason]) => isQuiet && sameFor(told.get(id)) !== sameFor(reason));
            expect(wrong).toEqual([]);
          }
        }
      },
    ),
    { numRuns: 300 },
  );
  expect(released).toBeGreaterThan(1_000);
});

test("a round after one event looks at the lane of that event alone", () => {
  const phases = new Map<string, Phase>();
  let looks = 0;
  const backlog = createBacklog((id) => phases.get(id));
  const put = (phase: Phase): void => {
    phases.set(phase.id, phase);
    backlog.put(phase);
  };
  const systems = 1_000;
  const units = 20;
  for (let system = 0; system < systems; system++) {
    for (let unit = 0; unit < units; unit++) {
      const number = system * units + unit;
      put(aPhase({ id: `p${number}`, number, run: "r", system: `S${system}`, unit: { role: "dp", name: `${unit}` }, state: "waiting" }));
    }
  }
  const around: Surroundings = {
    runs: new Map([["r", { kind: "rebuild", state: "running", createdAt: 1, options: { maxUnavailable: 1 } }]]),
    phaseOf: (id) => phases.get(id),
    isConnected: () => true,
    pathTo: () => {
      looks += 1;
      return [];
    },
    now: START,
    limits: { slots: 10, perSystem: 2, perAddress: 3 },
  };
  let rounds = 0;
  for (let choice = backlog.choose(around); choice.release.length > 0 || choice.isPartial; choice = backlog.choose(around)) {
    for (const id of choice.release) put({ ...(phases.get(id) as Phase), state: "running" });
    rounds += 1;
  }
  expect(rounds).toBeLessThan(systems);
  const [running] = [...phases.values()].filter(({ state }) => state === "running");
  put({ ...(running as Phase), state: "done" satisfies PhaseState });
  looks = 0;
  const { release } = backlog.choose(around);
  expect(release).toHaveLength(1);
  expect(looks).toBeLessThan(2 * units);
  expect([...phases.values()].filter(({ state }) => ENDED.has(state))).toHaveLength(1);
});
