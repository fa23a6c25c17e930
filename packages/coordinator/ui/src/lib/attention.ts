import { unitKey } from "@sitewright/protocol";
import type { WindowWait } from "../../../src/domain/window-wait.ts";
import { ENDED } from "../../../src/domain/run.ts";
import { formatAgo, formatHour, plural, shortList } from "./format.ts";
import { troublesOf, type Trouble } from "./troubles.ts";
import type { Overview, Phase, RunView } from "./types.ts";

/** Something that a person should know of, the most urgent first. */
export interface Attention extends Omit<Trouble, "tone"> {
  tone: "bad" | "warn" | "info";
  /** The run that it came up in. */
  run?: string;
  /** The address that it is about. */
  address?: string;
  /** That run has ended, and what failed in it can be tried again. What a verification found is no such failure. */
  retry?: boolean;
}

/** @param views The last runs, newest first. @param now ms since 1970. */
export function attentionOf(overview: Overview, views: readonly RunView[], now: number): Attention[] {
  return [...troubles(views), ...unreachable(overview, views, now), ...closedWindows(views, now)];
}

/** Only of the newest run about a unit: what a later run mended is over. */
function troubles(views: readonly RunView[]): Attention[] {
  const seen = new Set<string>();
  const found: Attention[] = [];
  for (const [age, view] of views.filter(({ run }) => run.kind !== "plan").entries()) {
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
  return found.sort((a, b) => Number(a.tone !== "bad") - Number(b.tone !== "bad"));
}

function unitOn(phase: Phase): string {
  return `${phase.system}/${unitKey(phase.unit)}`;
}

function unreachable({ systems }: Overview, views: readonly RunView[], now: number): Attention[] {
  const open = openPhases(views);
  return systems
    .filter(({ connected, roles }) => !connected && roles.length > 0)
    .map(({ name, lastSeen }) => {
      const steps = open.filter(({ system }) => system === name).length;
      const held = steps > 0 ? ` ${plural(steps, "step waits", "steps wait")} for it; nothing of it is deleted.` : "";
      return {
        key: `away ${name}`,
        tone: "warn" as const,
        title: lastSeen === undefined ? `${name} has not joined yet` : `${name} is unreachable`,
        reason: `${lastSeen === undefined ? "No agent has ever connected under this name." : `Its agent was last seen ${formatAgo(lastSeen, now)}.`}${held}`,
        advice:
          lastSeen === undefined
            ? `Make a join token with: sitewright token create --system ${name}`
            : "Start its agent with: sitewright-agent run. What waits goes on by itself.",
        systems: [name],
      };
    });
}

function closedWindows(views: readonly RunView[], now: number): Attention[] {
  const held = openPhases(views).filter(({ waitingFor }) => waitingFor === "window-closed" || waitingFor === "address-paused");
  return [...Map.groupBy(held, ({ address, window }) => window?.address ?? address ?? "")].map(([address, phases]) => {
    const steps = plural(phases.length, "step waits", "steps wait");
    const systems = shortList([...new Set(phases.map(({ system }) => system))]).split(", ");
    if (phases.some(({ waitingFor }) => waitingFor === "address-paused"))
      return {
        key: `paused ${address}`,
        address,
        tone: "warn" as const,
        title: `Address ${address} is paused`,
        reason: `${steps} for it to be resumed; what was sent is kept.`,
        advice: `Resume it on its page, or with: sitewright address resume ${address}`,
        systems,
      };
    const [first] = phases.flatMap(({ window }) => (window?.opensAt === undefined ? [] : [window])).sort(byOpening);
    const opens = first?.opensAt === undefined ? "" : ` It opens ${formatHour(first.opensAt, first.timeZone, now)}.`;
    return {
      key: `window ${address}`,
      address,
      tone: "info" as const,
      title: `Address ${address} does not take this work now`,
      reason: `${steps} for the schedule of this address to admit their priority.${opens}`,
      advice: "Nothing to do: it goes on when the schedule opens. Change the schedule on the page of the address to go on sooner.",
      systems,
    };
  });
}

function byOpening(a: WindowWait, b: WindowWait): number {
  return (a.opensAt ?? Infinity) - (b.opensAt ?? Infinity);
}

function openPhases(views: readonly RunView[]): Phase[] {
  return views.flatMap(({ phases }) => phases.filter(({ state }) => !ENDED.has(state)));
}
