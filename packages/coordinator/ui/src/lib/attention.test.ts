import { expect, test } from "vitest";
import type { Overview } from "@sitewright/protocol/api";
import { anOverview, aPhase, aRun, aSystem, aView } from "../test-support.ts";
import { summariesOf } from "../../../test-support/summaries.ts";
import { attentionOf } from "./attention.ts";

/** What needs attention after these runs. */
const attention = async (overview: Overview, views: Parameters<typeof summariesOf>[0], now: number) => {
  const away = overview.systems.flatMap(({ name, connected }) => (connected ? [] : [name]));
  return attentionOf(overview, await summariesOf(views, away), now);
};
const allOf = async (...about: Parameters<typeof attention>) => {
  const { urgent, notes } = await attention(...about);
  return [...urgent, ...notes];
};

const failed = (code: "DISK_FULL" | "SOURCE_CHANGED" = "DISK_FULL") => ({
  state: "failed" as const,
  outcome: { kind: "failed" as const, code, message: "2 GB are missing", retryable: false },
});
const ended = (overrides: Parameters<typeof aRun>[0] = {}) => aRun({ state: "failed", endedAt: 5, ...overrides });

test("a failure is shown with its code, reason and advice, and may be retried once its run has ended", async () => {
  const phases = [aPhase({ ...failed() })];
  expect(await allOf(anOverview(), [aView(ended(), phases)], 0)).toEqual([
    expect.objectContaining({
      tone: "bad",
      title: "dp/ABC00001 on SRVSEC",
      code: "DISK_FULL",
      reason: "2 GB are missing",
      advice: "Make room there, then retry, unless it says that it is tried again.",
      run: "run-1",
      retry: true,
    }),
  ]);
  expect(await allOf(anOverview(), [aView(aRun(), phases)], 0)).toMatchObject([{ retry: false }]);
});

test("the same failure of several units or systems is listed once", async () => {
  const on = (system: string, name: string) => aPhase({ id: `${system} ${name}`, system, unit: { role: "dp", name }, ...failed() });
  const titles = async (...phases: ReturnType<typeof aPhase>[]) =>
    (await allOf(anOverview(), [aView(ended(), phases)], 0)).map(({ title }) => title);
  expect(await titles(on("SRVSEC", "ABC00001"), on("SRVSEC", "ABC00002"))).toEqual(["2 units on SRVSEC"]);
  expect(await titles(on("SRVSEC", "ABC00001"), on("DPSEC", "ABC00001"))).toEqual(["dp/ABC00001 on 2 systems: DPSEC, SRVSEC"]);
});

test("what a newer run has repaired needs no attention any more; dry runs repair nothing", async () => {
  const old = aView(ended(), [aPhase({ ...failed() })]);
  const mended = aView(aRun({ id: "run-2", state: "done", endedAt: 9 }), [aPhase({ id: "o2", run: "run-2", state: "done" })]);
  const dry = aView(aRun({ id: "run-3", kind: "plan", state: "done" }), [
    aPhase({ id: "o3", run: "run-3", task: "estimate", state: "done" }),
  ]);
  expect(await allOf(anOverview(), [mended, old], 0)).toEqual([]);
  expect(await allOf(anOverview(), [dry, old], 0)).toHaveLength(1);
});

test("a disconnected system is shown with how long, and with what waits for it; one without roles is not reported", async () => {
  const overview = anOverview({
    systems: [
      aSystem({ connected: false, lastSeen: 0 }),
      aSystem({ name: "NEW", connected: false }),
      aSystem({ name: "SITESRV", roles: [], connected: false }),
    ],
  });
  const view = aView(aRun(), [aPhase({ waitingFor: "agent-offline" }), aPhase({ task: "activate", waitingFor: "earlier-phase" })]);
  expect(await allOf(overview, [view], 120_000)).toMatchObject([
    { title: "SRVSEC is unreachable", reason: "Its agent was last seen 2 min ago. 2 steps wait for it; nothing of it is deleted." },
    {
      title: "NEW has never connected",
      advice:
        "If it has joined, start the agent there: sitewright-agent run. Else make a join token with: sitewright token create --system NEW",
    },
  ]);
});

test("a folder that somebody has open is shown with the agent's message and since when, as long as its unit waits", async () => {
  const inUse = { since: 0, tries: 3, message: "D:\\dp\\ABC00001 cannot be exchanged while it is open" };
  const phase = aPhase({ task: "activate", state: "waiting", waitingFor: "folder-in-use", inUse });
  expect(await allOf(anOverview(), [aView(aRun(), [phase])], 600_000)).toMatchObject([
    {
      tone: "warn",
      title: "ABC00001 on SRVSEC waits: somebody has a file in its folder open",
      reason: "D:\\dp\\ABC00001 cannot be exchanged while it is open. First seen 10 min ago.",
    },
  ]);
  expect(await allOf(anOverview(), [aView(aRun(), [{ ...phase, state: "running" }])], 600_000)).toEqual([]);
});

test("orders without progress are shown once per system, and not while their agent is disconnected", async () => {
  const stands = (id: string, system: string) => aPhase({ id, system, state: "running", stalledSince: 0 });
  const views = [
    aView(aRun(), [stands("a", "SRVABC"), stands("b", "SRVABC"), stands("c", "SRVSEC"), aPhase({ id: "d", state: "running" })]),
  ];
  expect(await allOf(anOverview(), views, 120_000)).toMatchObject([
    {
      tone: "warn",
      code: "NO_PROGRESS",
      title: "No progress on SRVABC: 2 orders",
      reason: "The last progress was 2 min ago. Other work no longer waits for it; after half an hour it is taken back and tried again.",
    },
    { title: "No progress on SRVSEC: stage dp/ABC00001" },
  ]);
  expect(await allOf(anOverview(), [aView(aRun(), [{ ...stands("a", "SRVABC"), lostSince: 1 }])], 120_000)).toEqual([]);
});

test("orders that would replace what no operator has decided about are shown once per site, with the systems that hold it", async () => {
  const held = (id: string, system: string, definitions: number) =>
    aPhase({ id, system, state: "waiting", waitingFor: "objects-undecided", undecided: { site: "ABC", definitions } });
  expect(await allOf(anOverview(), [aView(aRun(), [held("a", "SRVSEC", 2), held("b", "SRVABC", 3)])], 0)).toMatchObject([
    {
      tone: "warn",
      code: "OBJECTS_UNDECIDED",
      title: "SRVABC, SRVSEC would lose definitions of ABC that were made or changed after its backup",
      reason: "2 steps wait for a decision about up to 3 definitions each, and will continue without being asked for again.",
      advice: "Decide about each. They are listed on the page Sites, and by: sitewright repair-objects --site ABC",
    },
  ]);
});

test("a closed schedule is shown once per address", async () => {
  const waits = (id: string) => aPhase({ id, waitingFor: "window-closed" });
  expect(await allOf(anOverview(), [aView(aRun(), [waits("a"), waits("b")])], 0)).toMatchObject([
    { tone: "info", title: "Address SEC does not take this work now", reason: expect.stringContaining("2 steps wait") },
  ]);
});

test("a closed schedule is shown with the time it opens, and a paused address with how to resume it", async () => {
  const window = { address: "SEC", timeZone: "America/Chicago" };
  const monday = Date.UTC(2026, 0, 12, 2);
  const phases = [
    aPhase({ id: "a", waitingFor: "window-closed", window: { ...window, opensAt: monday + 1 } }),
    aPhase({ id: "b", waitingFor: "window-closed", window: { ...window, opensAt: monday } }),
    aPhase({ id: "c", waitingFor: "address-paused", window: { ...window, address: "POR" } }),
  ];
  expect(await allOf(anOverview(), [aView(aRun(), phases)], monday - 1000)).toMatchObject([
    { address: "POR", tone: "warn", title: "Address POR is paused", advice: expect.stringContaining("sitewright address resume POR") },
    { address: "SEC", reason: expect.stringMatching(/It opens Sun 20:00 \(Chicago\)\.$/) },
  ]);
});

test("a verification that found differences names them", async () => {
  const outcome = {
    kind: "verified" as const,
    right: false,
    absent: false,
    stale: false,
    files: 3,
    bytes: 9,
    deviations: [{ kind: "damaged" as const, path: "ABC00001/a.bin" }],
    deviationCount: 1,
    counts: { missing: 0, extra: 0, damaged: 1, rights: 0 },
  };
  const view = aView(ended({ kind: "verify" }), [aPhase({ task: "verify", state: "failed", outcome })]);
  expect(await allOf(anOverview(), [view], 0)).toMatchObject([
    { reason: "1 damaged (ABC00001/a.bin).", advice: "Repair it: a repair changes only what is wrong.", retry: false },
  ]);
});

test("a unit that was left out is shown with its failure, or with the site data's problem where nothing was planned", async () => {
  const problem = { code: "SITE_DATA_INVALID", message: "no source", unit: "dp/ABC00009", leftOut: true };
  const view = aView(ended({ problems: [problem, { ...problem, unit: "dp/ABC00001" }] }), [aPhase({ ...failed() })]);
  expect((await allOf(anOverview(), [view], 0)).map(({ title }) => title)).toEqual(["dp/ABC00001 on SRVSEC", "dp/ABC00009 was left out"]);
});

test("many disconnected systems, many failures of one code and many problems of one code are one line each", async () => {
  const names = Array.from({ length: 52 }, (_, index) => `DP${index}`);
  const away = await attention(anOverview({ systems: names.map((name) => aSystem({ name, connected: false })) }), [], 0);
  expect(away.urgent).toMatchObject([{ title: "52 systems have never connected: DP0, DP1, DP2, DP3, DP4, DP5 and 46 more" }]);

  const phases = names.map((name, index) => ({
    ...aPhase({ id: name, system: name, ...failed() }),
    outcome: { ...failed().outcome, message: `${index} GB are missing` },
  }));
  expect((await attention(anOverview(), [aView(ended(), phases)], 0)).urgent).toMatchObject([
    { code: "DISK_FULL", reason: "0 GB are missing. And 51 other reasons of this kind.", systems: names.toSorted().slice(0, 50) },
  ]);

  const problems = names.map((name) => ({ code: "SOURCE_MISSING", message: `no folder for ${name}.`, leftOut: false }));
  const noted = await attention(anOverview(), [aView(ended({ problems }), [])], 0);
  expect(noted).toMatchObject({
    urgent: [],
    notes: [{ title: "52 notes about the site data", reason: "no folder for DP0. And 51 more of this kind." }],
  });
});

test("what affects most clients is first, whatever its kind; then what is worse, then what more systems have", async () => {
  const overview = anOverview({
    sites: [{ ...anOverview().sites[0]!, clients: 500 }],
    systems: [aSystem({ connected: false, roles: ["cap"] }), aSystem({ name: "DPSEC" })],
  });
  const of = (id: string, name: string, clients?: number) =>
    aPhase({
      id,
      system: "DPSEC",
      unit: { role: "dp", name },
      ...(clients === undefined ? {} : { clients }),
      ...failed(id === "c" ? "SOURCE_CHANGED" : "DISK_FULL"),
    });
  const view = aView(ended(), [of("a", "ABC00001", 20), of("b", "ABC00002", 20), of("c", "ABC00003")]);
  expect((await attention(overview, [view], 0)).urgent.map(({ title, clients }) => [title, clients])).toEqual([
    ["SRVSEC has never connected", 500],
    ["2 units on DPSEC", 40],
    ["dp/ABC00003 on DPSEC", 0],
  ]);
});

test("site data that cannot be used are listed before everything else, with their first line and what to mend", async () => {
  const fault = {
    code: "SITE_DATA_INVALID" as const,
    message: "hierarchy.yaml:1: a\nhierarchy.yaml:2: b",
    path: "hierarchy.yaml",
    since: 0,
  };
  const state = anOverview({ siteData: { fault, problemCounts: { leftOut: 0, notes: 0 } } });
  const [first] = await allOf(state, [aView(ended(), [aPhase({ ...failed() })])], 60_000);
  expect(first).toMatchObject({ tone: "bad", title: "The site data cannot be used", code: "SITE_DATA_INVALID" });
  expect(first?.reason).toMatch(/^hierarchy\.yaml:1: a And 1 more\. First seen .* No agent may connect\.$/);
  expect(first?.advice).toMatch(/^Mend hierarchy\.yaml: /);
});

test("an unknown distribution point needs attention, though its package is not left out", async () => {
  const problem = { code: "DISTRIBUTION_POINT_UNKNOWN", message: "no OLDDP", unit: "dp/ABC00001", leftOut: false };
  const told = { tone: "warn", code: "DISTRIBUTION_POINT_UNKNOWN", reason: "no OLDDP" };
  expect(await allOf(anOverview({ problems: [problem] }), [], 0)).toMatchObject([told]);
  expect(await allOf(anOverview({ problems: [problem] }), [aView(ended({ problems: [problem] }), [])], 0)).toMatchObject([told]);
});

test("what vanished from the site data needs attention now, with the affected units, and is listed once even if a run reported it", async () => {
  const message = "packages was filled and is empty";
  const gone = { code: "SOURCE_GONE", message, unit: "dp/ABC00001", units: 300, leftOut: true };
  const overview = anOverview({ problems: [gone, { code: "SOURCE_MISSING", message: "a note", leftOut: false }] });
  expect(await allOf(overview, [], 0)).toEqual([
    expect.objectContaining({ tone: "warn", title: "300 units were left out", code: "SOURCE_GONE", reason: message }),
  ]);
  const phase = aPhase({ state: "failed", outcome: { kind: "failed", code: "SOURCE_GONE", message, retryable: false } });
  expect((await allOf(overview, [aView(ended(), [phase])], 0)).map(({ title }) => title)).toEqual(["dp/ABC00001 on SRVSEC"]);
});

test("agents' warnings are listed once for all agents with the same, ranked by the affected clients", async () => {
  const systems = ["S1", "S2"].map((name) => aSystem({ name, connected: true, warnings: [`two agents run with the key of ${name}`] }));
  const { urgent } = await attention(anOverview({ systems: [...systems, aSystem({ name: "S3", connected: true })] }), [], 0);
  expect(urgent).toEqual([
    expect.objectContaining({
      tone: "warn",
      title: "2 systems have the same problem: S1, S2",
      reason: "two agents run with the key of S1",
    }),
  ]);
});
