import type { Change, Overview, RecentRuns, Run, RunSummary } from "@sitewright/protocol/api";
import { batch, computed, signal } from "@preact/signals";
import { foldOverview, foldRuns, withRun } from "../lib/fold.ts";
import { addressTurn, tellAddresses } from "./addresses.ts";
import { request, session } from "./client.ts";
import { followLive } from "./live.ts";
import { recoveryTurn } from "./recoveries.ts";
import { createReloader, keepFresh, runTouched, tellAllTouched, tellTouched } from "./reload.ts";
import { loadPackageNames } from "./packages.ts";
import { followShared } from "./shared-live.ts";
import { listRuns } from "./operations.ts";

const HISTORY = 500;
/** Minimum interval of requests for data without events, ms. */
const REFRESH = 1_000;
/** Interval of updates by the clock: budgets and windows change with the hour, assignments with the site data, ms. */
const REFRESH_ANYWAY = 60_000;

/** Undefined until the first snapshot. */
export const overview = signal<Overview>();
/** The open runs and the last that ended, in numbers. Undefined until the first answer. */
export const recent = signal<RecentRuns>();
/** Runs that a page shows, in numbers, by id. */
const watched = signal<ReadonlyMap<string, RunSummary>>(new Map());
/** Requested runs that do not exist. */
export const missing = signal<ReadonlySet<string>>(new Set());
/** What is being indexed while a run is prepared. */
export const indexing = signal<Change["indexing"]>();
/** Undefined until first shown. */
export const history = signal<Run[]>();

/** Changes that arrive during a request: its answer may be older. */
const underWay = new Set<Change[]>();
let refreshTimer: ReturnType<typeof setTimeout> | undefined;

/** Open runs, newest first. */
export const openRuns = computed(() => overview.value?.runs.filter(({ endedAt }) => endedAt === undefined) ?? []);

/** Runs in numbers, by id: those of the overview, and those that a page shows. */
export const summaries = computed<ReadonlyMap<string, RunSummary>>(
  () => new Map([...(recent.value?.runs ?? []).map((summary) => [summary.run.id, summary] as const), ...watched.value]),
);

/** Rises when this page has steered a run: answers to requests from before are outdated. */
let steered = 0;

const recentReloader = createReloader(async () => {
  const before = steered;
  try {
    const found = await request<RecentRuns>("GET", "/api/v1/runs/recent");
    if (before === steered) recent.value = found;
  } catch {
    // The next event or snapshot asks again.
  }
});

export function startStore(): void {
  const listener = { snapshot: takeSnapshot, change: takeChange };
  // Locks exist only in pages of a secure origin: with TLS, and on loopback.
  void ("locks" in navigator ? followShared(listener) : followLive(listener));
  session.subscribe((state) => {
    if (state === "out") forget();
  });
  setInterval(() => {
    if (!overview.value) return;
    refreshSoon();
    loadPackageNames();
  }, REFRESH_ANYWAY);
}

/** Keeps a run in `summaries` while a page shows it. @returns A function that ends that. */
export function watchRun(id: string): () => void {
  const end = keepFresh(runTouched(id), {
    async load(isShown) {
      const before = steered;
      const summary = await request<RunSummary>("GET", `/api/v1/runs/${encodeURIComponent(id)}/summary`);
      if (isShown() && before === steered) watched.value = new Map([...watched.value, [id, summary]]);
    },
    gone: () => (missing.value = new Set([...missing.value, id])),
  });
  return () => {
    end();
    watched.value = new Map([...watched.value].filter(([other]) => other !== id));
  };
}

export async function loadHistory(): Promise<void> {
  const runs = await listRuns(HISTORY);
  history.value = foldRuns(runs, overview.value?.runs ?? []);
}

/** Shows a run immediately that this page has just changed, without waiting for its event. */
export function tellRun(run: Run): void {
  batch(() => {
    if (overview.value) overview.value = { ...overview.value, runs: foldRuns(overview.value.runs, [run]) };
    if (recent.value) recent.value = { ...recent.value, runs: recent.value.runs.map((summary) => withRun(summary, run)) };
    watched.value = new Map([...watched.value].map(([id, summary]) => [id, withRun(summary, run)]));
  });
  steered += 1;
  tellTouched({ runs: [run], systems: [] });
  recentReloader.soon();
}

function takeSnapshot(snapshot: Overview): void {
  overview.value = snapshot;
  addressTurn.value += 1;
  recoveryTurn.value += 1;
  loadPackageNames();
  // Events since the previous snapshot were missed: everything that is shown is requested again.
  tellAllTouched();
  recentReloader.soon();
  if (history.value) void loadHistory().catch(() => {});
}

function takeChange(change: Change): void {
  for (const missed of underWay) missed.push(change);
  batch(() => {
    if (overview.value) overview.value = foldOverview(overview.value, change);
    if (history.value && change.runs.length > 0) history.value = foldRuns(history.value, change.runs);
    indexing.value = change.indexing ?? (change.runs.length > 0 ? undefined : indexing.value);
  });
  tellAddresses(change, overview.value);
  if (change.recoveries) recoveryTurn.value += 1;
  if (tellTouched(change)) recentReloader.soon();
  if (change.addresses.length > 0 || change.siteData) refreshSoon();
  if (change.runs.some(({ endedAt }) => endedAt !== undefined)) refreshSoon();
}

/** To be called after a change that has no event. */
export function refreshSoon(): void {
  refreshTimer ??= setTimeout(() => {
    refreshTimer = undefined;
    current<Overview>("/api/v1/overview", foldOverview)
      .then((fresh) => (overview.value = fresh))
      .catch(() => {});
  }, REFRESH);
}

/** An answer of the coordinator with the changes that overtook it. */
async function current<T>(path: string, fold: (view: T, change: Change) => T): Promise<T> {
  const missed: Change[] = [];
  underWay.add(missed);
  try {
    const answer = await request<T>("GET", path);
    return missed.reduce(fold, answer);
  } finally {
    underWay.delete(missed);
  }
}

/** Nothing stays on the screen after a sign-out. */
function forget(): void {
  batch(() => {
    overview.value = undefined;
    recent.value = undefined;
    watched.value = new Map();
    history.value = undefined;
  });
}
