import type { Condition } from "./expression/syntax.ts";

export const PHASES = ["prepare", "rebuild", "restore", "repair", "verify"] as const;
export type Phase = (typeof PHASES)[number];

/** Who does a task. A: Sitewright by itself. C: after a confirmation. K: it checks or prepares, a person acts. M: by hand, recorded. */
export const AUTOMATIONS = ["A", "C", "K", "M"] as const;
export type Automation = (typeof AUTOMATIONS)[number];

/** The effect of a task: nothing, something reversible, something irreversible. */
export const CHANGES = ["nothing", "undoable", "lasting"] as const;
export type Change = (typeof CHANGES)[number];

export const UNKNOWN = "unknown";

/** A position in the data, for messages. */
export interface Place {
  file: string;
  line: number;
}

export interface Question {
  id: string;
  kind: "one" | "set" | "number" | "site";
  /** The possible answers; empty for a number. A question for a site also accepts a site code. */
  values: readonly string[];
  /** Of a set: the value that excludes all others. */
  alone?: string;
  asked: Condition;
  /** The value that holds if it is not asked: an answer may state it anyway. */
  implied?: string;
  /** The values for "a neighbour can be asked now" and "it cannot": the second must never shorten the list. */
  reachable?: string;
  unreachable?: string;
  at: Place;
}

/** Something that follows from the answers and has a name in conditions. */
export interface Fact {
  name: string;
  when: Condition;
  /** No task of this phase applies where the fact holds. */
  without?: Phase;
  at: Place;
}

export interface Need {
  id: string;
  /** It must apply wherever the task does; any other need is dropped if it does not apply. */
  firm: boolean;
}

export interface Task {
  id: string;
  phase: Phase;
  when: Condition;
  needs: readonly Need[];
  automation: Automation;
  /** For parts of a task with other values. */
  partly?: Automation;
  changes: Change;
  /** Only a command that this version of the program has; without one the task is done by hand, whatever is intended. */
  command?: string;
  /** The command only helps: a person does the task. */
  helps: boolean;
  /** What the command prints on success; as a part of its output. */
  expect?: string;
  sources: readonly string[];
  /** If it applies, only it and what it needs remain of the list. */
  ends: boolean;
  /** Tasks that never apply together with it, if every answer is known. */
  never: readonly string[];
  /** It raises or reserves numbers. */
  numbers: boolean;
  /** It sends to other sites. */
  sends: boolean;
  /** Holds that it sets and lifts. */
  holds: readonly string[];
  lifts: readonly string[];
  /** It states the losses. */
  statesLosses: boolean;
  at: Place;
}

export interface Contradiction {
  code: string;
  when: Condition;
  /** The two answers that exclude each other. */
  questions: readonly [string, string];
  at: Place;
}

export interface Loss {
  id: string;
  when: Condition;
  /** For cases in which more is lost, because there is nothing to restore from. */
  worse: Condition;
  at: Place;
}

export interface Source {
  id: string;
  /** As in a bibliography, the same in every language; that of `I`, the authors' inference, is a text of each language. */
  title: string;
  at: Place;
}

/** All texts of a language: `tasks.P01.title`. */
export type Texts = ReadonlyMap<string, string>;

export interface Knowledge {
  /** `1.0.0+1f2e3d4c5b6a`: the list's version and the start of the digest over all of its files. */
  version: string;
  questions: readonly Question[];
  facts: readonly Fact[];
  contradictions: readonly Contradiction[];
  /** In the order of work. */
  tasks: readonly Task[];
  losses: readonly Loss[];
  sources: readonly Source[];
  /** By language. */
  texts: ReadonlyMap<string, Texts>;
}
