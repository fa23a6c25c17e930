import { adviceFor } from "@sitewright/expert/advice";
import { RUN_KINDS, conditionOf, unitKey, needsMending, ENDED } from "@sitewright/protocol";
import type { WindowWait, Overview, Phase, RunView, SystemView } from "@sitewright/protocol/api";
import { formatAgo, formatHour, plural, shortList } from "./format.ts";
import { problemTroubles, troublesOf, type Trouble } from "./troubles.ts";
import { TASKS } from "./words.ts";

/** Something that needs an operator's attention. */
export interface Attention extends Trouble {
  /** The run that it occurred in. */
  run?: string;
  /** The address that it is about. */
  address?: string;
  /** That run has ended, and what failed in it can be retried. What a verification found is not such a failure. */
  retry?: boolean;
}

/**
 * One line per cause: what affects most clients first, then what is worse, then what more systems have; notes are separate.
 * @param views The last runs, newest first. @param now ms since 1970.
 */
export function attentionOf(overview: Overview, views: readonly RunView[], now: number): { urgent: Attention[]; notes: Attention[] } {
  const ofRuns = troubles(views);
  const all = [
    ...ofRuns,
    ...siteData(overview, ofRuns),
    ...warned(overview),
    ...unreachable(overview, views, now),
    ...quarantined(views),
    ...undecided(views),
    ...stalled(views, now),
    ...inUse(views, now),
    ...closedWindows(views, now),
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

/** Only of the newest run about a unit: what a later run repaired is over. */
function troubles(views: readonly RunView[]): Attention[] {
  const seen = new Set<string>();
  const found: Attention[] = [];
  for (const [age, view] of views.filter(({ run }) => !RUN_KINDS[run.kind].isDryRun).entries()) {
    const own = view.phases.filter((phase) => !seen.has(unitOn(phase)));
    const run = { ...view.run, problems: age === 0 ? view.run.problems : [] };
    for (const trouble of troublesOf({ run, phases: own })) {
      found.push({
        ...trouble,
        run: view.run.id,
        retry: view.run.state === "failed" && trouble.code !== undefined && trouble.tone === "bad" && !view.run.error,
      });
    }
    for (const phase of own) seen.add(unitOn(phase));
  }
  return found;
}

function unitOn(phase: Phase): string {
  return `${phase.system}/${unitKey(phase.unit)}`;
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
          : `${systems.length} systems have the same problem: ${shortList(systems, 6)}`,
      reason: first?.text ?? "",
      advice: "Follow the agent's advice on that system; this entry disappears automatically.",
      systems,
      clients: clientsOf(overview, systems),
    };
  });
}

/** Systems without an agent: those that were connected before as one line, those that never were as another. */
function unreachable(overview: Overview, views: readonly RunView[], now: number): Attention[] {
  const away = overview.systems.filter(({ connected, roles }) => !connected && roles.length > 0);
  const [joined, unjoined] = [away.filter(({ lastSeen }) => lastSeen !== undefined), away.filter(({ lastSeen }) => lastSeen === undefined)];
  const waiting = Map.groupBy(openPhases(views), ({ system }) => system);
  return [
    ...(joined.length > 0 ? [goneAway(joined, stepsWords(joined, waiting), now)] : []),
    ...(unjoined.length > 0 ? [neverJoined(unjoined, stepsWords(unjoined, waiting))] : []),
  ].map((words) => ({ ...words, tone: "warn" as const, clients: clientsOf(overview, words.systems) }));
}

function goneAway(systems: readonly SystemView[], steps: string, now: number): Omit<Attention, "tone" | "clients"> {
  const alone = systems.length === 1 ? systems[0]?.name : undefined;
  const seen = formatAgo(Math.max(...systems.map(({ lastSeen = 0 }) => lastSeen)), now);
  return {
    key: `away ${alone}`,
    systems: systems.map(({ name }) => name),
    title: alone ? `${alone} is unreachable` : `${systems.length} systems are unreachable: ${namesOf(systems)}`,
    reason: `${alone ? "Its agent was last seen" : "The last of their agents was seen"} ${seen}.${steps}`,
    advice: `Start ${alone ? "its agent" : "the agents"} with: sitewright-agent run. What waits continues automatically.`,
  };
}

function neverJoined(systems: readonly SystemView[], steps: string): Omit<Attention, "tone" | "clients"> {
  const alone = systems.length === 1 ? systems[0]?.name : undefined;
  return {
    key: `unjoined ${alone}`,
    systems: systems.map(({ name }) => name),
    title: alone ? `${alone} has not joined yet` : `${systems.length} systems have not joined yet: ${namesOf(systems)}`,
    reason: `No agent has ever connected under ${alone ? "this name" : "these names"}.${steps}`,
    advice: `Make a join token with: sitewright token create --system ${alone ?? "NAME"}`,
  };
}

function stepsWords(systems: readonly SystemView[], waiting: ReadonlyMap<string, readonly Phase[]>): string {
  const steps = systems.reduce((sum, { name }) => sum + (waiting.get(name)?.length ?? 0), 0);
  const whom = systems.length === 1 ? "it" : "them";
  return steps > 0 ? ` ${plural(steps, "step waits", "steps wait")} for ${whom}; nothing of ${whom} is deleted.` : "";
}

/** Clients depend on the CAPs of their site: a site counts if its CAP is among these. */
function clientsOf({ systems, sites }: Overview, names: readonly string[]): number {
  const hit = new Set(systems.filter(({ name, roles }) => roles.includes("cap") && names.includes(name)).map(({ site }) => site));
  return sites.reduce((sum, { code, clients = 0 }) => sum + (hit.has(code) ? clients : 0), 0);
}

function namesOf(systems: readonly SystemView[]): string {
  return shortList(
    systems.map(({ name }) => name),
    6,
  );
}

function quarantined(views: readonly RunView[]): Attention[] {
  const held = openPhases(views).filter(({ waitingFor }) => waitingFor === "site-quarantined");
  return [...Map.groupBy(held, ({ site }) => site)].map(([site, phases]) => ({
    key: `quarantine ${site}`,
    tone: "warn" as const,
    title: `Work for site ${site} is held`,
    reason: `${plural(phases.length, "step waits", "steps wait")} for its recovery, and will continue without being asked for again.`,
    advice: `Raise the site's numbers, and end its recovery. What belongs to it is ordered with: sitewright rebuild --recovery ${site}`,
    systems: [...new Set(phases.map(({ system }) => system))],
    clients: 0,
  }));
}

/** One line for each site that has definitions about which no operator has decided. */
function undecided(views: readonly RunView[]): Attention[] {
  const held = openPhases(views).flatMap((phase) => (phase.undecided ? [{ ...phase, undecided: phase.undecided }] : []));
  return [...Map.groupBy(held, ({ undecided: { site } }) => site)].map(([site, phases]) => {
    const systems = [...new Set(phases.map(({ system }) => system))];
    const those = plural(Math.max(...phases.map(({ undecided: { definitions } }) => definitions)), "definition", "definitions");
    return {
      key: `undecided ${site}`,
      tone: "warn" as const,
      title: `${shortList(systems, 6)} would lose definitions of ${site} that were made or changed after its backup`,
      code: "OBJECTS_UNDECIDED",
      reason: `${plural(phases.length, "step waits", "steps wait")} for a decision about ${systems.length === 1 ? those : `up to ${those} each`}, and will continue without being asked for again.`,
      advice: `Decide about each. They are listed on the page Sites, and by: sitewright repair-objects --site ${site}`,
      systems,
      clients: 0,
    };
  });
}

/** One line for each system with orders that make no progress. */
function stalled(views: readonly RunView[], now: number): Attention[] {
  const standing = openPhases(views).filter((phase) => conditionOf(phase) === "stalled");
  return [...Map.groupBy(standing, ({ system }) => system)].map(([system, phases]) => {
    const since = Math.min(...phases.map(({ stalledSince = now }) => stalledSince));
    const [first] = phases;
    const what = phases.length === 1 && first ? `${TASKS[first.task].toLowerCase()} ${unitKey(first.unit)}` : `${phases.length} orders`;
    return {
      key: `stalled ${system}`,
      tone: "warn" as const,
      title: `No progress on ${system}: ${what}`,
      code: "NO_PROGRESS",
      reason: `The last progress was ${formatAgo(since, now)}. Other work no longer waits for it; after half an hour it is taken back and tried again.`,
      advice: adviceFor("NO_PROGRESS"),
      systems: [system],
      clients: 0,
    };
  });
}

/** One line for each folder that somebody has open. */
function inUse(views: readonly RunView[], now: number): Attention[] {
  const waiting = openPhases(views).flatMap((phase) =>
    phase.state === "waiting" && phase.inUse ? [{ ...phase, inUse: phase.inUse }] : [],
  );
  return waiting.map(({ system, unit, inUse: { since, message } }) => ({
    key: `in use ${system} ${unitKey(unit)}`,
    tone: "warn" as const,
    title: `${unit.name} on ${system} waits: somebody has a file in its folder open`,
    code: "FOLDER_IN_USE",
    reason: `${message}. First seen ${formatAgo(since, now)}.`,
    advice:
      "Nothing has to be done: it is tried again until the folder is free, and other work continues. Close what is open to have it sooner.",
    systems: [system],
    clients: 0,
  }));
}

function closedWindows(views: readonly RunView[], now: number): Attention[] {
  const held = openPhases(views).filter(({ waitingFor }) => waitingFor === "window-closed" || waitingFor === "address-paused");
  return [...Map.groupBy(held, ({ address, window }) => window?.address ?? address ?? "")].map(([address, phases]) => {
    const steps = plural(phases.length, "step waits", "steps wait");
    const systems = [...new Set(phases.map(({ system }) => system))];
    if (phases.some(({ waitingFor }) => waitingFor === "address-paused"))
      return {
        key: `paused ${address}`,
        address,
        tone: "warn" as const,
        title: `Address ${address} is paused`,
        reason: `${steps} for it to be resumed; what was sent is kept.`,
        advice: `Resume it on its page, or with: sitewright address resume ${address}`,
        systems,
        clients: 0,
      };
    const [first] = phases.flatMap(({ window }) => (window?.opensAt === undefined ? [] : [window])).sort(byOpening);
    const opens = first?.opensAt === undefined ? "" : ` It opens ${formatHour(first.opensAt, first.timeZone, now)}.`;
    return {
      key: `window ${address}`,
      address,
      tone: "info" as const,
      title: `Address ${address} does not take this work now`,
      reason: `${steps} for the schedule of this address to admit their priority.${opens}`,
      advice: "Nothing to do: it continues when the schedule opens. Change the schedule on the page of the address to continue sooner.",
      systems,
      clients: 0,
    };
  });
}

function byOpening(a: WindowWait, b: WindowWait): number {
  return (a.opensAt ?? Infinity) - (b.opensAt ?? Infinity);
}

function openPhases(views: readonly RunView[]): Phase[] {
  return views.flatMap(({ phases }) => phases.filter(({ state }) => !ENDED.has(state)));
}
