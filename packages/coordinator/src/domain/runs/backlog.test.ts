import fc from "fast-check";
import { expect, test } from "vitest";
import type { TaskKind, Role, Priority, PhaseState, WaitReason } from "@sitewright/protocol";
import { aPhase as phaseWith } from "../../../test-support/fakes.ts";
import { createBacklog } from "./backlog.ts";
import type { Address } from "../sites/hierarchy.ts";
import type { Phase } from "./run.ts";
import type { Surroundings } from "./wait-reason.ts";

const NOW = Date.UTC(2026, 0, 5, 12);

const aPhase = (overrides: Partial<Phase> = {}): Phase =>
  phaseWith({ id: "p1", run: "r1", system: "SYS1", state: "waiting", priority: "medium", ...overrides });

function anAddress(overrides: Partial<Address> = {}): Address {
  return {
    key: "SEC",
    rateLimit: Array<undefined>(24).fill(undefined),
    schedule: Array.from({ length: 168 }, () => "all" as const),
    concurrency: 3,
    timeZone: "UTC",
    ...overrides,
  };
}

interface Input extends Surroundings {
  phases: Phase[];
}

/** What a backlog chooses that has just been filled with these phases. */
function eligible({ phases, ...around }: Input): { release: Phase[]; waiting: Map<Phase, WaitReason> } {
  const byId = new Map(phases.map((phase) => [phase.id, phase]));
  const backlog = createBacklog((id) => byId.get(id));
  for (const phase of phases) backlog.put(phase);
  const { release, waiting } = backlog.choose(around);
  const of = (id: string): Phase => byId.get(id) as Phase;
  return { release: release.map(of), waiting: new Map([...waiting].map(([id, reason]) => [of(id), reason])) };
}

function input(phases: Phase[], overrides: Partial<Input> = {}): Input {
  const byId = new Map(phases.map((phase) => [phase.id, phase]));
  return {
    phases,
    runs: new Map([["r1", { kind: "rebuild", state: "running", createdAt: 1, options: { maxUnavailable: 1 } }]]),
    phaseOf: (id) => byId.get(id),
    isConnected: () => true,
    pathTo: () => [],
    now: NOW,
    limits: { slots: 80, perSystem: 2, perAddress: 3 },
    ...overrides,
  };
}

function reasonFor(phase: Phase, overrides: Partial<Input> = {}, others: Phase[] = []): string | undefined {
  return eligible(input([phase, ...others], overrides)).waiting.get(phase);
}

test("each condition that keeps a phase back is named", () => {
  const address = anAddress();
  const across = { address: "SEC", pathTo: () => [address] };
  expect(reasonFor(aPhase({ after: "p0" }))).toBe("earlier-phase");
  expect(reasonFor(aPhase(), { heldBySite: () => "site-quarantined" })).toBe("site-quarantined");
  expect(reasonFor(aPhase(), { undecided: () => "objects-undecided" })).toBe("objects-undecided");
  expect(reasonFor(aPhase(), { isConnected: () => false, undecided: () => "objects-undecided" })).toBe("agent-offline");
  expect(reasonFor(aPhase(), { isConnected: () => false })).toBe("agent-offline");
  expect(
    reasonFor(aPhase(), { runs: new Map([["r1", { kind: "rebuild", state: "paused", createdAt: 1, options: { maxUnavailable: 1 } }]]) }),
  ).toBe("paused");
  expect(reasonFor(aPhase({ notBefore: NOW + 1 }))).toBe("backoff");
  const inUse = { since: NOW, tries: 1, message: "it is open" };
  expect(reasonFor(aPhase({ notBefore: NOW + 1, inUse }))).toBe("folder-in-use");
  const closed = anAddress({ schedule: Array.from({ length: 168 }, () => "high" as const) });
  expect(reasonFor(aPhase({ address: "SEC" }), { pathTo: () => [address, closed] })).toBe("window-closed");
  expect(reasonFor(aPhase(), {}, [aPhase({ id: "p2", state: "running" })])).toBe("system-busy");
  const busy = [1, 2, 3].map((n) => aPhase({ id: `b${n}`, system: `S${n}`, address: "SEC", state: "running" }));
  expect(reasonFor(aPhase({ address: "SEC" }), across, busy)).toBe("address-busy");
  expect(reasonFor(aPhase({ task: "activate" }), {}, [aPhase({ id: "p2", system: "S2", task: "undo", state: "released" })])).toBe(
    "max-unavailable",
  );
  expect(
    reasonFor(aPhase(), { limits: { slots: 1, perSystem: 2, perAddress: 3 } }, [aPhase({ id: "p2", system: "S2", state: "running" })]),
  ).toBe("queue-full");
});

test("a closed window holds back staging only", () => {
  const closed = anAddress({ schedule: Array.from({ length: 168 }, () => "closed" as const) });
  const stage = aPhase({ address: "SEC" });
  const activate = aPhase({ id: "p2", system: "S2", address: "SEC", task: "activate" });
  const { release } = eligible(input([stage, activate], { pathTo: () => [closed] }));
  expect(release).toEqual([activate]);
});

test("clients' first needs have precedence: cap, logon point, then packages by priority, then the order of the plan", () => {
  const phases = [
    aPhase({ id: "low", number: 0, priority: "low" }),
    aPhase({ id: "second", number: 2, unit: { role: "dp", name: "ABC00002" } }),
    aPhase({ id: "first", number: 1, unit: { role: "dp", name: "ABC00003" } }),
    aPhase({ id: "logon", number: 3, unit: { role: "logon-point", name: "SMSLOGON@ABC" } }),
    aPhase({ id: "cap", number: 4, unit: { role: "cap", name: "CAP_ABC" }, priority: "low" }),
  ];
  const { release } = eligible(input(phases, { limits: { slots: 80, perSystem: 10, perAddress: 3 } }));
  expect(release.map(({ id }) => id)).toEqual(["cap", "logon", "first", "second", "low"]);
});

test("a line is reserved for the CAP of a site until it has arrived; other sites' packages, and other lines, continue", () => {
  const cap = aPhase({ id: "cap", address: "SEC", system: "S1", unit: { role: "cap", name: "CAP_SEC" }, state: "running" });
  const own = aPhase({ id: "own", address: "SEC", system: "S2" });
  const others = aPhase({ id: "others", address: "SEC", system: "S3", site: "POR" });
  const elsewhere = aPhase({ id: "elsewhere", address: "S4", system: "S4" });
  const progress = { step: "checking" as const, files: 1, reusedBytes: 0, fetchedBytes: 1, retriedBytes: 0 };
  const { release, waiting } = eligible(input([cap, own, others, elsewhere]));
  expect(release.map(({ id }) => id).sort()).toEqual(["elsewhere", "others"]);
  expect(waiting.get(own)).toBe("service-first");
  expect(eligible(input([{ ...cap, progress }, own])).release).toEqual([own]);
  const away = { ...cap, state: "waiting" as const };
  expect(eligible(input([away, own], { isConnected: (system) => system !== "S1" })).release).toEqual([own]);
});

test("what is due sooner has precedence, then what more clients wait for, over the order of the runs", () => {
  const phases = [
    aPhase({ id: "many", number: 0, clients: 9, system: "S1" }),
    aPhase({ id: "due", number: 1, due: NOW, system: "S2", run: "r2" }),
    aPhase({ id: "few", number: 2, clients: 1, system: "S3" }),
  ];
  const runs: Surroundings["runs"] = new Map(
    ["r1", "r2"].map((id, createdAt) => [id, { kind: "rebuild", state: "running", createdAt, options: { maxUnavailable: 1 } }]),
  );
  expect(eligible(input(phases, { runs })).release.map(({ id }) => id)).toEqual(["due", "many", "few"]);
});

test("when slots are short, each line gets its share", () => {
  const of = (key: string): Phase[] =>
    [0, 1, 2, 3].map((n) => aPhase({ id: `${key}${n}`, number: n, address: key, system: `${key}-${n}` }));
  const { release } = eligible(input([...of("A"), ...of("B")], { limits: { slots: 4, perSystem: 2, perAddress: 3 } }));
  expect(release.map(({ id }) => id).sort()).toEqual(["A0", "A1", "B0", "B1"]);
});

test("when others hold all slots, even permanently, a line without a running phase gets one", () => {
  const crawling = [0, 1, 2, 3].map((n) => aPhase({ id: `c${n}`, system: `C${n}`, address: `C${n}`, state: "running" }));
  const [first, second] = [0, 1].map((n) => aPhase({ id: `f${n}`, number: n, address: "A", system: `A-${n}` })) as [Phase, Phase];
  const here = aPhase({ id: "here", number: 2, system: "H" });
  const { release, waiting } = eligible(input([...crawling, first, second, here], { limits: { slots: 4, perSystem: 2, perAddress: 3 } }));
  expect(release).toEqual([first]);
  expect([waiting.get(second), waiting.get(here)]).toEqual(["queue-full", "queue-full"]);
});

test("of two open runs, the stricter limit of unavailable systems applies", () => {
  const runs: Surroundings["runs"] = new Map([
    ["lax", { kind: "rebuild", state: "running", createdAt: 1, options: { maxUnavailable: 5 } }],
    ["strict", { kind: "rebuild", state: "running", createdAt: 2, options: { maxUnavailable: 1 } }],
  ]);
  const strict = aPhase({ id: "s", run: "strict", task: "activate", state: "running", system: "S1" });
  const lax = aPhase({ id: "l", run: "lax", task: "activate", system: "S2" });
  expect(eligible(input([strict, lax], { runs })).waiting.get(lax)).toBe("max-unavailable");
});

const TASKS: TaskKind[] = ["stage", "activate", "undo", "remove", "verify", "estimate"];
const anyPhase = fc.record({
  system: fc.integer({ min: 0, max: 5 }),
  role: fc.constantFrom<Role>("cap", "logon-point", "dp"),
  name: fc.integer({ min: 0, max: 4 }),
  task: fc.constantFrom(...TASKS),
  priority: fc.constantFrom<Priority>("high", "medium", "low"),
  state: fc.constantFrom<PhaseState>("waiting", "waiting", "waiting", "done"),
});
const anyFleet = fc.record({
  phases: fc.array(anyPhase, { maxLength: 40 }),
  offline: fc.integer({ min: 0, max: 6 }),
  maxUnavailable: fc.integer({ min: 1, max: 3 }),
  slots: fc.integer({ min: 1, max: 12 }),
});

/** Systems 0 to 2 are at one site, 3 to 5 at another; the odd ones behind an address. */
function build({ phases, offline, maxUnavailable, slots }: typeof anyFleet extends fc.Arbitrary<infer T> ? T : never): Input {
  const made = phases.map(({ system, role, name, ...rest }, number) =>
    aPhase({
      ...rest,
      id: `p${number}`,
      number,
      system: `S${system}`,
      site: system < 3 ? "ABC" : "SEC",
      unit: { role, name: `${name}` },
      ...(system % 2 ? { address: `A${system}` } : {}),
    }),
  );
  const runs: Surroundings["runs"] = new Map([["r1", { kind: "rebuild", state: "running", createdAt: 1, options: { maxUnavailable } }]]);
  return input(made, { runs, isConnected: (system) => system !== `S${offline}`, limits: { slots, perSystem: 2, perAddress: 3 } });
}

test("no release ever breaks a limit or reaches a disconnected system", () => {
  fc.assert(
    fc.property(anyFleet, (fleet) => {
      const given = build(fleet);
      const { release, waiting } = eligible(given);
      const addresses = new Set(release.flatMap(({ address }) => address ?? []));
      expect(release.length).toBeLessThanOrEqual(fleet.slots + addresses.size);
      for (const group of Map.groupBy(release, ({ system }) => system).values()) expect(group.length).toBeLessThanOrEqual(2);
      for (const phase of release) expect(phase.system).not.toBe(`S${fleet.offline}`);
      const disturbing = release.filter(({ task }) => task === "activate" || task === "undo" || task === "remove");
      for (const group of Map.groupBy(disturbing, ({ site, unit }) => `${site}/${unit.role}`).values()) {
        expect(new Set(group.map(({ system }) => system)).size).toBeLessThanOrEqual(fleet.maxUnavailable);
      }
      expect(release.length + waiting.size).toBe(given.phases.filter(({ state }) => state === "waiting").length);
    }),
  );
});

test("in any sequence of rounds, every phase of a connected system gets its turn", () => {
  fc.assert(
    fc.property(anyFleet, (fleet) => {
      const given = build(fleet);
      let phases = given.phases;
      for (let round = 0; round <= given.phases.length; round++) {
        const done = new Set(eligible({ ...given, phases }).release);
        phases = phases.map((phase) => (done.has(phase) ? { ...phase, state: "done" } : phase));
      }
      expect(phases.filter(({ state, system }) => state === "waiting" && system !== `S${fleet.offline}`)).toEqual([]);
    }),
  );
});

test("a stalled phase keeps its own system busy, and frees its line, its slot and its permit", () => {
  const path = { pathTo: () => [anAddress({ concurrency: 1 })], limits: { slots: 1, perSystem: 1, perAddress: 1 } };
  const under = (overrides: Partial<Phase>): Phase =>
    aPhase({ id: "stuck", system: "S9", site: "SEC", address: "SEC", state: "running", ...overrides });
  const cap = { unit: { role: "cap", name: "CAP_SEC" } } as const;
  const asked = aPhase({ site: "SEC", address: "SEC" });
  expect(reasonFor(asked, path, [under(cap)])).toBe("service-first");
  expect(reasonFor(asked, path, [under({ ...cap, stalledSince: NOW - 1 })])).toBeUndefined();
  expect(reasonFor(aPhase({ site: "SEC", address: "SEC", system: "S9" }), path, [under({ ...cap, stalledSince: NOW - 1 })])).toBe(
    "system-busy",
  );
  const activation = aPhase({ site: "SEC", task: "activate" });
  expect(reasonFor(activation, {}, [under({ task: "activate" })])).toBe("max-unavailable");
  expect(reasonFor(activation, {}, [under({ task: "activate", stalledSince: NOW - 1 })])).toBeUndefined();
});

test("a permit is free again for another system when the phase that took it was over before the next round", () => {
  const phases = new Map<string, Phase>();
  const backlog = createBacklog((id) => phases.get(id));
  const put = (phase: Phase): void => {
    phases.set(phase.id, phase);
    backlog.put(phase);
  };
  const around = input([], { phaseOf: (id) => phases.get(id) });
  for (const system of ["SYS1", "SYS2", "SYS3"]) put(aPhase({ id: system, system, task: "activate" }));
  for (const system of ["SYS1", "SYS2", "SYS3"]) {
    expect(backlog.choose(around).release).toEqual([system]);
    for (const state of ["released", "running", "done"] as const) put(aPhase({ id: system, system, task: "activate", state }));
  }
});
