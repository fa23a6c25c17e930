import { needsMending } from "@sitewright/protocol";
import type { Overview, RecentRuns, RunSummary, SystemView } from "@sitewright/protocol/api";
import { formatAgo, namesOf, plural, shortList } from "./format.ts";
import { heldBack } from "./held-back.ts";
import { problemTroubles, troublesOf, type Attention, type Trouble } from "./troubles.ts";

/**
 * One line per cause: what affects most clients first, then what is worse, then what more systems have; notes are separate.
 * @param recent The last runs, newest first. @param now ms since 1970.
 */
export function attentionOf(
  overview: Overview,
  recent: Pick<RecentRuns, "runs" | "waiting">,
  now: number,
): { urgent: Attention[]; notes: Attention[] } {
  const ofRuns = troubles(recent.runs);
  const all = [
    ...ofRuns,
    ...siteData(overview, ofRuns),
    ...warned(overview),
    ...unreachable(overview, recent.waiting, now),
    ...heldBack(recent.runs, now),
  ];
  const urgent = [...siteDataFault(overview, now), ...all.filter(({ tone }) => tone !== "info").sort(byHarm)];
  return { urgent, notes: all.filter(({ tone }) => tone === "info") };
}

function byHarm(a: Attention, b: Attention): number {
  return b.clients - a.clients || Number(a.tone !== "bad") - Number(b.tone !== "bad") || b.systems.length - a.systems.length;
}

/** Problems of the site data, unless a run has reported them. */
function siteData({ problems }: Overview, told: readonly Trouble[]): Attention[] {
  const untold = problems.filter((problem) => needsMending(problem) && !told.some(({ reason }) => reason.startsWith(problem.message)));
  return problemTroubles("now", untold);
}

/** Nothing else can be mended before it. */
function siteDataFault({ siteData: { fault, readAt } }: Overview, now: number): Attention[] {
  if (!fault) return [];
  const { code, message, path = "the site data" } = fault;
  const lines = message.split("\n");
  const more = lines.length > 1 ? ` And ${plural(lines.length - 1, "more", "more")}.` : "";
  const stays = readAt === undefined ? "No agent may connect." : "The last valid reading stays in force, and no run can be started.";
  return [
    {
      key: "site data",
      tone: "bad",
      title: "The site data cannot be used",
      code,
      reason: `${lines[0]}${more} First seen ${formatAgo(fault.since, now)}. ${stays}`,
      advice: `Mend ${path}: it is read again automatically. All of its faults are listed by: sitewright status`,
      systems: [],
      clients: 0,
    },
  ];
}

/** The site data are as the newest run found them. */
function troubles(runs: readonly RunSummary[]): Attention[] {
  return runs.flatMap((summary, age) => {
    const { run } = summary;
    return troublesOf({ ...summary, run: { ...run, problems: age === 0 ? run.problems : [] } }).map((trouble) => ({
      ...trouble,
      run: run.id,
      retry: run.state === "failed" && trouble.code !== undefined && trouble.tone === "bad" && !run.error,
    }));
  });
}

/** Agents' warnings: one line for all with the same text. */
function warned(overview: Overview): Attention[] {
  const all = overview.systems.flatMap(({ name, warnings = [] }) => warnings.map((text) => ({ name, text })));
  return [...Map.groupBy(all, ({ name, text }) => text.replaceAll(name, ""))].map(([key, same]) => {
    const systems = same.map(({ name }) => name);
    const [first] = same;
    return {
      key: `warned ${key}`,
      tone: "warn" as const,
      title:
        systems.length === 1
          ? `${systems.join()} has trouble`
          : `${plural(systems.length, "system")} have the same problem: ${shortList(systems, 6)}`,
      reason: first?.text ?? "",
      advice: "Follow the agent's advice on that system; this entry disappears automatically.",
      systems,
      clients: clientsOf(overview, systems),
    };
  });
}

/** Systems without an agent: those that were connected before as one line, those that never were as another. */
function unreachable(overview: Overview, waiting: RecentRuns["waiting"], now: number): Attention[] {
  const away = overview.systems.filter(({ connected, roles }) => !connected && roles.length > 0);
  const [joined, unjoined] = [away.filter(({ lastSeen }) => lastSeen !== undefined), away.filter(({ lastSeen }) => lastSeen === undefined)];
  return [
    ...(joined.length > 0 ? [goneAway(joined, stepsWords(joined, waiting.away), now)] : []),
    ...(unjoined.length > 0 ? [neverJoined(unjoined, stepsWords(unjoined, waiting.unjoined))] : []),
  ].map((words) => ({ ...words, tone: "warn" as const, icon: "away" as const, clients: clientsOf(overview, words.systems) }));
}

function goneAway(systems: readonly SystemView[], steps: string, now: number): Omit<Attention, "tone" | "clients"> {
  const alone = systems.length === 1 ? systems[0]?.name : undefined;
  const seen = formatAgo(Math.max(...systems.map(({ lastSeen = 0 }) => lastSeen)), now);
  return {
    key: `away ${alone}`,
    systems: systems.map(({ name }) => name),
    title: alone ? `${alone} is unreachable` : `${plural(systems.length, "system")} are unreachable: ${namesOfSystems(systems)}`,
    reason: `${alone ? "Its agent was last seen" : "The last of their agents was seen"} ${seen}.${steps}`,
    advice: `Start ${alone ? "its agent" : "the agents"} with: sitewright-agent run. What waits continues automatically.`,
  };
}

function neverJoined(systems: readonly SystemView[], steps: string): Omit<Attention, "tone" | "clients"> {
  const alone = systems.length === 1 ? systems[0]?.name : undefined;
  return {
    key: `unjoined ${alone}`,
    systems: systems.map(({ name }) => name),
    title: alone ? `${alone} has never connected` : `${plural(systems.length, "system")} have never connected: ${namesOfSystems(systems)}`,
    reason: `No agent has been seen under ${alone ? "this name" : "these names"}.${steps}`,
    advice: `If ${alone ? "it has" : "they have"} joined, start the agent there: sitewright-agent run. Else make a join token with: sitewright token create --system ${alone ?? "NAME"}`,
  };
}

function stepsWords(systems: readonly SystemView[], steps: number): string {
  const whom = systems.length === 1 ? "it" : "them";
  return steps > 0 ? ` ${plural(steps, "step waits", "steps wait")} for ${whom}; nothing of ${whom} is deleted.` : "";
}

/** Clients depend on the CAPs of their site: a site counts if its CAP is among these. */
function clientsOf({ systems, sites }: Overview, names: readonly string[]): number {
  const hit = new Set(systems.filter(({ name, roles }) => roles.includes("cap") && names.includes(name)).map(({ site }) => site));
  return sites.reduce((sum, { code, clients = 0 }) => sum + (hit.has(code) ? clients : 0), 0);
}

function namesOfSystems(systems: readonly SystemView[]): string {
  return namesOf(
    systems.map(({ name }) => name),
    systems.length,
  );
}
