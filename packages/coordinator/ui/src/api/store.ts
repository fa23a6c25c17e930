import { RUN_KINDS } from "@sitewright/protocol";
import type { Change, Overview, Run, RunView } from "@sitewright/protocol/api";
import { batch, computed, signal } from "@preact/signals";
import { foldOverview, foldRun, foldRuns } from "../lib/fold.ts";
import { addressTurn, tellAddresses } from "./addresses.ts";
import { ApiError, request, session } from "./client.ts";
import { followLive } from "./live.ts";
import { recoveryTurn } from "./recoveries.ts";
import { loadPackageNames } from "./packages.ts";
import { followShared } from "./shared-live.ts";
import { listRuns } from "./operations.ts";

/** Ended runs whose phases are kept, to show the result of each unit. */
const RECENT_ENDED = 3;
const HISTORY = 500;
/** Minimum interval of requests for data without events, ms. */
const REFRESH = 1_000;
/** Interval of updates by the clock: budgets and windows change with the hour, assignments with the site data, ms. */
const REFRESH_ANYWAY = 60_000;

/** Undefined until the first snapshot. */
export const overview = signal<Overview>();
/** Loaded runs by id, their phases kept current. */
export const views = signal<ReadonlyMap<string, RunView>>(new Map());
/** Requested runs that do not exist. */
export const missing = signal<ReadonlySet<string>>(new Set());
/** What is being indexed while a run is prepared. */
export const indexing = signal<Change["indexing"]>();
/** Undefined until first shown. */
export const history = signal<Run[]>();

const watched = signal<ReadonlySet<string>>(new Set());
/** Changes that arrive during a request: its answer may be older. */
const underWay = new Set<Change[]>();
const loading = new Set<string>();
/** Runs to be loaded once more: a snapshot arrived during their request. */
const outdated = new Set<string>();
let refreshTimer: ReturnType<typeof setTimeout> | undefined;

/** Open runs, newest first. */
export const openRuns = computed(() => overview.value?.runs.filter(({ endedAt }) => endedAt === undefined) ?? []);

/** The loaded runs that determine the state of the hierarchy, newest first. */
export const recentViews = computed(() => recentIds().flatMap((id) => views.value.get(id) ?? []));

function recentIds(): string[] {
  const runs = (overview.value?.runs ?? []).filter(({ kind }) => !RUN_KINDS[kind].isDryRun);
  const ended = runs.filter(({ endedAt }) => endedAt !== undefined).slice(0, RECENT_ENDED);
  return runs.filter((run) => run.endedAt === undefined || ended.includes(run)).map(({ id }) => id);
}

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

/** Keeps a run loaded while a page shows it. @returns A function that ends that. */
export function watchRun(id: string): () => void {
  watched.value = new Set([...watched.value, id]);
  load();
  return () => {
    watched.value = new Set([...watched.value].filter((other) => other !== id));
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
    const view = views.value.get(run.id);
    if (view) setView({ ...view, run });
  });
  load();
}

function takeSnapshot(snapshot: Overview): void {
  overview.value = snapshot;
  addressTurn.value += 1;
  recoveryTurn.value += 1;
  loadPackageNames();
  // Events since the previous snapshot were missed: all loaded data are requested again.
  load(true);
  if (history.value) void loadHistory().catch(() => {});
}

function takeChange(change: Change): void {
  for (const missed of underWay) missed.push(change);
  batch(() => {
    if (overview.value) overview.value = foldOverview(overview.value, change);
    views.value = new Map([...views.value].map(([id, view]) => [id, foldRun(view, change)]));
    if (history.value && change.runs.length > 0) history.value = foldRuns(history.value, change.runs);
    indexing.value = change.indexing ?? (change.runs.length > 0 ? undefined : indexing.value);
  });
  tellAddresses(change, overview.value);
  if (change.recoveries) recoveryTurn.value += 1;
  load();
  if (change.addresses.length > 0 || change.siteData) refreshSoon();
  if (change.runs.some(({ endedAt }) => endedAt !== undefined)) refreshSoon();
}

/** Loads the runs that should be loaded and are not; drops the others. */
function load(again = false): void {
  const wanted = new Set([...recentIds(), ...watched.value]);
  const kept = [...views.value].filter(([id]) => wanted.has(id));
  if (kept.length < views.value.size) views.value = new Map(kept);
  for (const id of wanted) {
    if (missing.value.has(id) || (!again && views.value.has(id))) continue;
    if (!loading.has(id)) void loadRun(id);
    else if (again) outdated.add(id);
  }
}

async function loadRun(id: string): Promise<void> {
  loading.add(id);
  try {
    setView(await current<RunView>(`/api/v1/runs/${encodeURIComponent(id)}`, foldRun));
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) missing.value = new Set([...missing.value, id]);
    // Other failures are temporary: the next snapshot or change loads again.
  } finally {
    loading.delete(id);
    if (outdated.delete(id)) void loadRun(id);
  }
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

function setView(view: RunView): void {
  views.value = new Map([...views.value, [view.run.id, view]]);
}

/** Nothing stays on the screen after a sign-out. */
function forget(): void {
  batch(() => {
    overview.value = undefined;
    views.value = new Map();
    history.value = undefined;
  });
}
