import { randomBytes } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Outcome, PhaseState } from "@sitewright/protocol";
import type { Phase } from "../../../domain/runs/run.ts";

/**
 * What has changed of a phase since it was planned, as text: a letter for the state, then numbers and the outcome. Below 56 bytes, so that
 * Redis keeps many of them in one piece. What does not fit into that form are the details, as JSON.
 */
export interface Changed {
  text: string;
  /** "": none. */
  details: string;
}

/** Beside the letter of the state: there are details. */
const HAS_DETAILS = "+";

/** Letters never change their meaning: they are stored. */
const LETTERS: Record<PhaseState, string> = {
  waiting: "w",
  released: "l",
  running: "r",
  done: "d",
  failed: "f",
  cancelled: "c",
  skipped: "s",
  unneeded: "u",
};
const STATES = new Map(Object.entries(LETTERS).map(([state, letter]) => [letter, state as PhaseState]));

/** Characters of a revision, with which each stored text begins: 48 random bits. */
export const REVISION = 8;
/** The beginning is counted from here, ms since 1970: 2026 began. The end is counted from the beginning. */
const SINCE = 1_767_225_600_000;
const RADIX = 36;

/** Fields of the text. What a phase has of them is never taken from the plan. */
const IN_TEXT = new Set<keyof Phase>(["state", "epoch", "wireBytes", "startedAt", "endedAt", "outcome"]);
const NUMBERS = ["epoch", "wireBytes", "startedAt", "endedAt"] as const;
/** What each of them is counted from; the end is counted from the beginning, if that is known. */
const FROM = { epoch: 0, wireBytes: 0, startedAt: SINCE, endedAt: SINCE };

/** Bytes of a revision. */
const RANDOM = 6;
/** Random bytes for some hundred revisions: getting a few costs as much as getting many. */
let random = randomBytes(0);

/** A random one each time, so that a command whose answer was lost is recognised when it is sent again. */
export function newRevision(): string {
  if (random.length < RANDOM) random = randomBytes(500 * RANDOM);
  const revision = random.toString("base64url", 0, RANDOM);
  random = random.subarray(RANDOM);
  return revision;
}

export function hasDetails(text: string): boolean {
  return text.slice(0, 2).endsWith(HAS_DETAILS);
}

/**
 * Called with each change of each phase, so it makes no objects but those that it returns, and the few that a change in detail takes.
 * @param planned The phase as it was planned.
 */
export function encodeChanged(planned: Phase, phase: Phase): Changed {
  const outcome = phase.outcome && outcomeText(phase.outcome);
  const numbers = NUMBERS.map((name) => numberText(phase[name], name === "endedAt" ? (phase.startedAt ?? SINCE) : FROM[name]));
  let details: Record<string, unknown> | undefined;
  const put = (name: string, value: unknown): void => void ((details ??= {})[name] = value);
  if (numbers.includes(undefined)) NUMBERS.forEach((name, i) => numbers[i] ?? put(name, phase[name]));
  if (phase.outcome && outcome === undefined) put("outcome", phase.outcome);
  for (const name in phase) if (isOther(planned, phase, name as keyof Phase)) put(name, phase[name as keyof Phase] ?? null);
  // `null` says that the plan's value is gone.
  for (const name in planned) if (!(name in phase) && isOther(planned, phase, name as keyof Phase)) put(name, null);
  const text = `${LETTERS[phase.state]}${details ? HAS_DETAILS : ""} ${numbers.join(" ")} ${outcome ?? ""}`;
  return { text: text.trimEnd(), details: details ? JSON.stringify(details) : "" };
}

function isOther(planned: Phase, phase: Phase, name: keyof Phase): boolean {
  const [before, now] = [planned[name], phase[name]];
  return before !== now && !IN_TEXT.has(name) && !isDeepStrictEqual(before, now);
}

/** Throws an error that says what is wrong. */
export function decodeChanged(planned: Phase, { text, details }: Changed): Phase {
  const { outcome: _, startedAt: __, endedAt: ___, ...rest } = planned;
  const [letter = "", epoch, wireBytes, startedAt, endedAt, outcome] = text.split(" ");
  const state = STATES.get(letter.slice(0, 1));
  if (state === undefined) throw new Error(`it has the unknown state ${JSON.stringify(letter)}`);
  const phase: Phase = { ...rest, state, epoch: numberOf(epoch) ?? 0, wireBytes: numberOf(wireBytes) ?? 0 };
  const [began, ended] = [numberOf(startedAt), numberOf(endedAt)];
  if (began !== undefined) phase.startedAt = began + SINCE;
  if (ended !== undefined) phase.endedAt = ended + (phase.startedAt ?? SINCE);
  if (outcome) phase.outcome = outcomeOf(outcome);
  if (details === "") return phase;
  const all = Object.entries({ ...phase, ...(JSON.parse(details) as Partial<Phase>) });
  return Object.fromEntries(all.filter(([, value]) => value !== null)) as unknown as Phase;
}

/** Undefined: it does not fit. */
function numberText(value: number | undefined, from: number): string | undefined {
  if (value === undefined) return "";
  return Number.isSafeInteger(value) ? (value - from).toString(RADIX) : undefined;
}

function numberOf(text: string | undefined): number | undefined {
  if (!text) return undefined;
  const value = Number.parseInt(text, RADIX);
  if (Number.isNaN(value)) throw new Error(`it has ${JSON.stringify(text)} in place of a number`);
  return value;
}

const NO_DEVIATIONS = { missing: 0, extra: 0, damaged: 0, rights: 0 };

/** Letter and numbers of an outcome that succeeded and has nothing else to say; undefined: as it is. */
function outcomeText(outcome: Outcome): string | undefined {
  const numbers = outcomeNumbers(outcome);
  if (!numbers?.every((value) => Number.isSafeInteger(value) && value >= 0)) return undefined;
  const text = `${outcome.kind.slice(0, 1)}${numbers.map((value) => value.toString(RADIX)).join(".")}`;
  return isDeepStrictEqual(outcomeOf(text), outcome) ? text : undefined;
}

function outcomeNumbers(outcome: Outcome): number[] | undefined {
  switch (outcome.kind) {
    case "staged": {
      const { files, reusedBytes, fetchedBytes, retriedBytes, peerBytes } = outcome;
      return [files, reusedBytes, fetchedBytes, retriedBytes, ...(peerBytes === undefined ? [] : [peerBytes])];
    }
    case "activated":
      return [outcome.folders, outcome.previous ? 1 : 0];
    case "removed":
      return [outcome.files];
    case "verified":
      return [outcome.files, outcome.bytes];
    case "estimated":
      return [outcome.files, outcome.sourceBytes, outcome.presentBytes, outcome.indexAgeMs];
    case "failed":
    case "undone":
      return undefined;
  }
}

function outcomeOf(text: string): Outcome {
  const numbers = text.slice(1).split(".");
  const [a, b, c, d, e] = numbers.map((one) => Number.parseInt(one, RADIX));
  const n = (value: number | undefined): number => value ?? 0;
  switch (text.slice(0, 1)) {
    case "s": {
      const staged = { kind: "staged", files: n(a), reusedBytes: n(b), fetchedBytes: n(c), retriedBytes: n(d) } as const;
      return e === undefined ? staged : { ...staged, peerBytes: e };
    }
    case "a":
      return { kind: "activated", folders: n(a), previous: b === 1 };
    case "r":
      return { kind: "removed", files: n(a) };
    case "v": {
      const right = { kind: "verified", right: true, absent: false, stale: false } as const;
      return { ...right, files: n(a), bytes: n(b), deviations: [], deviationCount: 0, counts: { ...NO_DEVIATIONS } };
    }
    case "e":
      return { kind: "estimated", files: n(a), sourceBytes: n(b), presentBytes: n(c), indexAgeMs: n(d) };
    default:
      throw new Error(`it has the unknown outcome ${JSON.stringify(text)}`);
  }
}
