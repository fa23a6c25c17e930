import { adviceFor } from "@sitewright/expert/advice";
import { unitKey } from "@sitewright/protocol";
import type { HoldView, RunSummary } from "@sitewright/protocol/api";
import { formatAgo, formatHour, namesOf, plural } from "./format.ts";
import type { Attention } from "./troubles.ts";
import { TASKS } from "./words.ts";

type Words = Omit<Attention, "systems" | "clients" | "tone"> & Partial<Pick<Attention, "tone">>;

/** One line for each thing that keeps steps back, whichever runs they belong to. @param now ms since 1970. */
export function heldBack(runs: readonly RunSummary[], now: number): Attention[] {
  const holds = Map.groupBy(
    runs.flatMap((summary) => summary.holds),
    ({ kind, about }) => `${kind} ${about}`,
  );
  return [...holds.values()].flatMap((same) => {
    const hold = together(same);
    if (hold.kind === "line-closed" && holds.has(`line-paused ${hold.about}`)) return [];
    const words = WORDS[hold.kind](hold, now);
    return words ? [{ tone: "warn" as const, systems: hold.systems, clients: 0, ...words }] : [];
  });
}

/** The same thing in several runs. */
function together(same: readonly HoldView[]): HoldView {
  const [first, ...others] = same as [HoldView, ...HoldView[]];
  if (others.length === 0) return first;
  const systems = [...new Set(same.flatMap((hold) => hold.systems))].sort();
  const window = same.flatMap((hold) => hold.window ?? []).sort((a, b) => (a.opensAt ?? Infinity) - (b.opensAt ?? Infinity))[0];
  const steps = same.reduce((sum, hold) => sum + hold.steps, 0);
  const systemCount = Math.max(systems.length, ...same.map((hold) => hold.systemCount));
  return { ...first, steps, systems, systemCount, ...(window ? { window } : {}) };
}

const stepsWait = ({ steps }: HoldView): string => plural(steps, "step waits", "steps wait");

const WORDS: Record<HoldView["kind"], (hold: HoldView, now: number) => Words | undefined> = {
  quarantine: (hold) => ({
    key: `quarantine ${hold.about}`,
    title: `Work for site ${hold.about} is held`,
    reason: `${stepsWait(hold)} for its recovery, and will continue without being asked for again.`,
    advice: `Raise the site's numbers, and end its recovery. What belongs to it is ordered with: sitewright rebuild --recovery ${hold.about}`,
  }),
  undecided: (hold) => {
    const { about: site, systems, systemCount, first } = hold;
    const those = plural(first?.undecided?.definitions ?? 1, "definition", "definitions");
    return {
      key: `undecided ${site}`,
      title: `${namesOf(systems, systemCount)} would lose definitions of ${site} that were made or changed after its backup`,
      code: "OBJECTS_UNDECIDED",
      reason: `${stepsWait(hold)} for a decision about ${systemCount === 1 ? those : `up to ${those} each`}, and will continue without being asked for again.`,
      advice: `Decide about each. They are listed on the page Sites, and by: sitewright repair-objects --site ${site}`,
    };
  },
  stalled: ({ about: system, steps, first }, now) => {
    const what = steps === 1 && first ? `${TASKS[first.task].toLowerCase()} ${unitKey(first.unit)}` : plural(steps, "order");
    return {
      key: `stalled ${system}`,
      title: `No progress on ${system}: ${what}`,
      code: "NO_PROGRESS",
      reason: `The last progress was ${formatAgo(first?.stalledSince ?? now, now)}. Other work no longer waits for it; after half an hour it is taken back and tried again.`,
      advice: adviceFor("NO_PROGRESS"),
    };
  },
  "in-use": ({ about, first }, now) =>
    first?.inUse && {
      key: `in use ${about}`,
      title: `${first.unit.name} on ${first.system} waits: somebody has a file in its folder open`,
      code: "FOLDER_IN_USE",
      reason: `${first.inUse.message}. First seen ${formatAgo(first.inUse.since, now)}.`,
      advice:
        "Nothing has to be done: it is tried again until the folder is free, and other work continues. Close what is open to have it sooner.",
    },
  "line-paused": (hold) => ({
    key: `paused ${hold.about}`,
    address: hold.about,
    title: `Address ${hold.about} is paused`,
    reason: `${stepsWait(hold)} for it to be resumed; what was sent is kept.`,
    advice: `Resume it on its page, or with: sitewright address resume ${hold.about}`,
  }),
  "line-closed": (hold, now) => {
    const { about: address, window } = hold;
    const opens = window?.opensAt === undefined ? "" : ` It opens ${formatHour(window.opensAt, window.timeZone, now)}.`;
    return {
      key: `window ${address}`,
      address,
      tone: "info",
      title: `Address ${address} does not take this work now`,
      reason: `${stepsWait(hold)} for the schedule of this address to admit their priority.${opens}`,
      advice: "Nothing to do: it continues when the schedule opens. Change the schedule on the page of the address to continue sooner.",
    };
  },
};
