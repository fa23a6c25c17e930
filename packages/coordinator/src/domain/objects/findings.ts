import { SitewrightError } from "@sitewright/protocol";
import type { KnownPackage } from "./known-packages.ts";

/**
 * `made`: the site data lack it; `changed`: they have an earlier version of it; `revived`: it was deleted, and they have it again;
 * `reissued`: it was lost, and something is described under its id; `conflict`: one number was given to different contents.
 */
const FINDINGS = ["made", "changed", "revived", "reissued", "conflict"] as const;
export type FindingKind = (typeof FINDINGS)[number];

/** `bring-back`: what a system holds becomes that of the site data; `recreate`: it becomes that under a new id; `keep`: what the site data have is right. */
export const DECISIONS = ["bring-back", "recreate", "remove", "keep"] as const;
export type Decision = (typeof DECISIONS)[number];

/** `package`: files on distribution points; the others are definitions in the inboxes of client access points. */
export type ObjectKind = "package" | "program" | "advertisement";

/** An object as one system holds it. */
export interface Copy {
  system: string;
  /** Its version or serial; 0: none is known. */
  number: number;
  /** Whatever tells two contents apart. */
  content: string;
  /** Where it is read there: digest of the manifest of a package, path of a definition. */
  at: string;
  isConnected: boolean;
}

/** A number that a system had of an object, and whose content is gone. */
export interface Trace {
  system: string;
  number: number;
}

/** All that is known of one object. */
export interface ObjectFacts {
  kind: ObjectKind;
  id: string;
  /** As the site data have it; absent: they do not. */
  stated?: { number: number; content?: string };
  known?: KnownPackage;
  copies: readonly Copy[];
  /** Higher numbers than the copies have. One alone proves no loss: what was deleted long ago leaves traces, too. */
  traces: readonly Trace[];
  /** The last decision about a definition. `number`: the highest that it had; `content`: what the site data must have for the decision to hold. */
  decided?: { number: number; content?: string };
  /** Systems that were ordered to remove it, and hold nothing of it since. */
  removedFrom: readonly string[];
}

export interface ObjectFinding {
  kind: ObjectKind;
  id: string;
  finding: FindingKind;
  /** As the site data state it; absent: they do not have it. */
  stated?: number;
  copies: Copy[];
  traces: readonly Trace[];
  /** What was seen and by whom, for people. */
  reasons: string[];
  choices: Decision[];
}

/** What a site's objects were found to be, sorted; objects about which nothing has to be decided are left out. */
export function findObjects(objects: Iterable<ObjectFacts>): ObjectFinding[] {
  const found = [...objects].flatMap((facts) => {
    const finding = findObject(facts);
    return finding ? [finding] : [];
  });
  return found.toSorted((a, b) => (`${a.kind} ${a.id}` < `${b.kind} ${b.id}` ? -1 : 1));
}

function findObject(facts: ObjectFacts): ObjectFinding | undefined {
  const { kind, id, stated, known } = facts;
  const highest = Math.max(known?.version ?? 0, ...[...facts.copies, ...facts.traces].map(({ number }) => number));
  const copies = facts.copies.filter(({ number }) => number === Math.max(...facts.copies.map((copy) => copy.number)));
  const found = kindOf(facts, highest, copies);
  if (!found || isDecided(facts, highest)) return undefined;
  const [finding, reasons] = found;
  return {
    kind,
    id,
    finding,
    ...(stated ? { stated: stated.number } : {}),
    copies: [...facts.copies].toSorted((a, b) => b.number - a.number || (a.system < b.system ? -1 : 1)),
    traces: facts.traces,
    reasons: [...reasons, ...seenBy(facts)],
    choices: choicesOf(facts, finding),
  };
}

/** What was to be brought back and is not there is still undecided: it could not be written, or was lost again. */
function isDecided({ decided, stated }: ObjectFacts, highest: number): boolean {
  if (!decided || decided.number < highest) return false;
  return decided.content === undefined || decided.content === stated?.content;
}

function kindOf(facts: ObjectFacts, highest: number, newest: readonly Copy[]): [FindingKind, string[]] | undefined {
  const { stated, known, copies, removedFrom } = facts;
  const contents = new Set(newest.map(({ content }) => content));
  const differ = `${newest.map(({ system }) => system).join(", ")} hold different contents under one number`;
  if (!stated) {
    if (known?.state === "deleted" || (copies.length === 0 && !known)) return undefined;
    return contents.size > 1 ? ["conflict", ["the site data do not have it", differ]] : ["made", ["the site data do not have it"]];
  }
  if (known?.state === "reissued") return ["reissued", ["it was missing after the restore, and its id is described again"]];
  if (known?.state === "revived") return ["revived", ["it was deleted, and the site data have it again"]];
  if (highest > stated.number) {
    const older = `the site data state ${stated.number === 0 ? "no version" : stated.number}, and ${highest} was seen`;
    return contents.size > 1 ? ["conflict", [older, differ]] : ["changed", [older]];
  }
  if (!known && copies.length === 0 && removedFrom.length > 0) return ["revived", ["the site data have it again"]];
  const same = copies.filter(({ number }) => number === stated.number && number > 0).map(({ content }) => content);
  const differing = new Set(stated.content === undefined ? same : [...same, stated.content]);
  return differing.size < 2 ? undefined : ["conflict", [`number ${stated.number} stands for different contents`]];
}

function seenBy({ known, copies, traces, removedFrom }: ObjectFacts): string[] {
  const since = known && new Date(known.at).toISOString().slice(0, 16).replace("T", " ");
  return [
    ...(known ? [`the ledger has ${known.version === 0 ? "it" : `version ${known.version}`} (${since} UTC)`] : []),
    ...copies.map(({ system, number, isConnected }) => {
      const what = number === 0 ? "it" : `version ${number}`;
      return `${system} holds ${what}${isConnected ? "" : ", as far as known: it is not connected"}`;
    }),
    ...traces.map(({ system, number }) => `${system} has had version ${number}, which was replaced or removed there`),
    ...removedFrom.map((system) => `${system} was ordered to remove it`),
  ];
}

function choicesOf({ kind, stated, copies }: ObjectFacts, finding: FindingKind): Decision[] {
  // What is older than the site data is no better than they are.
  const hasCopy = copies.some(({ number }) => !stated || number >= stated.number);
  const canRecreate = hasCopy && kind === "package";
  switch (finding) {
    case "made":
      return [...(hasCopy ? (["bring-back"] as const) : []), ...(canRecreate ? (["recreate"] as const) : []), "remove"];
    case "changed":
      return [...(hasCopy ? (["bring-back"] as const) : []), "keep"];
    case "revived":
      return ["keep", "remove"];
    case "reissued":
    case "conflict": {
      const end = stated ? ("keep" as const) : ("remove" as const);
      return [...(hasCopy ? (["bring-back"] as const) : []), ...(canRecreate ? (["recreate"] as const) : []), end];
    }
  }
}

/** The highest number that was ever given to it, as far as anything shows. @param known As the ledger has it. */
export function highestOf({ stated = 0, copies, traces }: Pick<ObjectFinding, "stated" | "copies" | "traces">, known = 0): number {
  return Math.max(stated, known, ...[...copies, ...traces].map(({ number }) => number));
}

/** Definitions that these systems hold and the site data do not, with the copies there: what replaces the content of the systems loses them. */
export function heldOtherwise(findings: readonly ObjectFinding[], systems: ReadonlySet<string>): ObjectFinding[] {
  return findings.flatMap((finding) => {
    const { kind, finding: found, stated = -1 } = finding;
    if (kind === "package") return [];
    const copies = finding.copies.filter(
      ({ system, number }) => systems.has(system) && (number > stated || (found === "conflict" && number === stated)),
    );
    return copies.length > 0 ? [{ ...finding, copies }] : [];
  });
}

/**
 * The copy that is brought back: that of a named system, or the newest that can be read now. Throws `BAD_REQUEST` where the newest differ and
 * none is named, `NOT_FOUND`, `AGENT_UNREACHABLE`.
 */
export function copyToUse({ id, copies }: Pick<ObjectFinding, "id" | "copies">, from: string | undefined): Copy {
  const newest = copies.filter(({ number }) => number === copies[0]?.number);
  const named = from === undefined ? newest : copies.filter(({ system }) => system === from);
  if (named.length === 0) throw new SitewrightError("NOT_FOUND", `${from} does not hold ${id}; these do: ${namesOf(copies)}`);
  if (new Set(named.map(({ content }) => content)).size > 1)
    throw new SitewrightError(
      "BAD_REQUEST",
      `${namesOf(named)} hold different contents of ${id}: name the one that is right with --from SYSTEM`,
    );
  const reachable = named.find(({ isConnected }) => isConnected);
  if (reachable) return reachable;
  throw new SitewrightError("AGENT_UNREACHABLE", `${namesOf(named)} hold ${id}, and no agent there is connected`);
}

function namesOf(copies: readonly Copy[]): string {
  return copies.map(({ system }) => system).join(", ");
}

/** How a person names an object. */
export function objectName({ kind, id }: Pick<ObjectFinding, "kind" | "id">): string {
  return `${kind}/${id}`;
}
