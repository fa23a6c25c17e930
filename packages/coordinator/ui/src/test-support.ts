import type { Change, Overview, Phase, Run, RunView, SystemView } from "@sitewright/protocol/api";

/** The data of the pages' tests, with only the relevant fields given. */
export function aRun(overrides: Partial<Run> = {}): Run {
  return {
    id: "run-1",
    kind: "rebuild",
    state: "running",
    options: { sites: [], systems: [], roles: [], packages: [], full: false, rehash: false, maxUnavailable: 1, graceMs: 600_000 },
    createdAt: 1_000,
    problems: [],
    ...overrides,
  };
}

export function aPhase(overrides: Partial<Phase> = {}): Phase {
  return {
    id: "order-1",
    run: "run-1",
    number: 0,
    system: "SRVSEC",
    site: "SEC",
    unit: { role: "dp", name: "ABC00001" },
    task: "stage",
    state: "waiting",
    priority: "medium",
    address: "SEC",
    generation: { epoch: 1, counter: 1 },
    manifestBytes: 0,
    sourceVersion: 1,
    files: 10,
    sourceBytes: 1_000,
    packedBytes: 800,
    epoch: 1,
    wireBytes: 0,
    ...overrides,
  };
}

export function aView(run: Run, phases: Phase[]): Pick<RunView, "run" | "phases"> {
  return { run, phases };
}

export function aSystem(overrides: Partial<SystemView> = {}): SystemView {
  return { name: "SRVSEC", site: "SEC", roles: ["dp"], connected: true, units: 1, live: 0, ...overrides };
}

export function anOverview(overrides: Partial<Overview> = {}): Overview {
  return {
    coordinator: { id: "c", version: "0.1.0", startedAt: 0 },
    sites: [{ code: "SEC", name: "Seattle", type: "secondary", server: "SRVSEC", timeZone: "UTC", logonSenior: true }],
    systems: [aSystem()],
    addresses: [],
    problems: [],
    runs: [],
    siteData: { readAt: 0, problemCounts: { leftOut: 0, notes: 0 } },
    sequence: 10,
    ...overrides,
  };
}

export function aChange(sequence: number, overrides: Partial<Change> = {}): Change {
  return { sequence, runs: [], systems: [], addresses: [], rates: {}, ...overrides };
}
