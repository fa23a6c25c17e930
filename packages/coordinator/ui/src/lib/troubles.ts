import { unitKey, type VerifyReport } from "@sitewright/protocol";
import { DEVIATIONS, differenceWords, findingsOf } from "../../../src/domain/findings.ts";
import { adviceFor } from "./advice.ts";
import { plural, shortList } from "./format.ts";
import type { Phase, Run, RunView } from "./types.ts";

/** Something that did not go well in a run, with what to do about it. */
export interface Trouble {
  key: string;
  tone: "bad" | "warn";
  /** Where, in a few words. */
  title: string;
  code?: string;
  reason: string;
  advice: string;
  systems: string[];
}

/** Failures first, then what was left out; the same trouble of several units or systems stands once. */
export function troublesOf({ run, phases }: Pick<RunView, "run" | "phases">): Trouble[] {
  return [...runError(run), ...failures(phases), ...differences(phases), ...leftOut(run, phases)];
}

function runError({ id, error }: Run): Trouble[] {
  if (!error) return [];
  return [
    {
      key: id,
      tone: "bad",
      title: "The run could not start",
      code: error.code,
      reason: error.message,
      advice: adviceFor(error.code),
      systems: [],
    },
  ];
}

function failures(phases: readonly Phase[]): Trouble[] {
  const failed = phases.flatMap((phase) =>
    phase.state === "failed" && phase.outcome?.kind === "failed"
      ? [{ phase, code: phase.outcome.code, reason: phase.outcome.message }]
      : [],
  );
  return [...Map.groupBy(failed, ({ code, reason }) => `${code} ${reason}`)].flatMap(([key, same]) => {
    const [first] = same;
    if (!first) return [];
    const { phase, code, reason } = first;
    const systems = [...new Set(same.map((one) => one.phase.system))].sort();
    const title = whereWords(
      same.map((one) => one.phase),
      systems,
    );
    return [{ key: `${phase.run} ${key}`, tone: "bad" as const, title, code, reason, advice: adviceFor(code), systems }];
  });
}

/** `dp/ABC00001 on SRVSEC`, `4 units on SRVSEC`, `dp/ABC00001 on 3 systems: ...`. */
function whereWords(phases: readonly Phase[], systems: readonly string[]): string {
  const units = new Set(phases.map(({ unit }) => unitKey(unit)));
  const what = units.size === 1 ? [...units].join() : plural(units.size, "unit");
  return systems.length === 1 ? `${what} on ${systems.join()}` : `${what} on ${plural(systems.length, "system")}: ${shortList(systems, 6)}`;
}

function differences(phases: readonly Phase[]): Trouble[] {
  return findingsOf(phases)
    .filter(({ fate }) => fate === "wrong")
    .map(({ system, unit, report }) => ({
      key: `${system} ${unitKey(unit)}`,
      tone: "bad" as const,
      title: `${unitKey(unit)} on ${system}`,
      reason: reportWords(report),
      advice: "Repair it: only what is wrong is put right.",
      systems: [system],
    }));
}

/** Paths that a sentence names, or one of each kind. */
const NAMED = 3;

/** What a verification found wrong, with the first paths. */
export function reportWords(report: VerifyReport): string {
  const words = differenceWords(report);
  const { absent, deviations, deviationCount } = report;
  const ofEachKind = DEVIATIONS.flatMap((kind) => deviations.find((deviation) => deviation.kind === kind) ?? []);
  const named = [...new Set([...ofEachKind, ...deviations])].slice(0, Math.max(NAMED, ofEachKind.length)).map(({ path }) => path);
  const more = deviationCount - named.length;
  const paths = absent || named.length === 0 ? "" : ` (${named.join(", ")}${more > 0 ? ` and ${more} more` : ""})`;
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${paths}.`;
}

/** What the site data show about units; where a unit's phases failed because of it, the failure tells already. */
function leftOut({ id, problems }: Run, phases: readonly Phase[]): Trouble[] {
  const told = new Set(phases.filter(({ state }) => state === "failed").map(({ unit }) => unitKey(unit)));
  return problems
    .filter(({ unit }) => unit === undefined || !told.has(unit))
    .map((problem, index) => ({
      key: `${id} problem ${index}`,
      tone: "warn" as const,
      title: `${problem.unit ?? "Site data"}${problem.leftOut ? " was left out" : ""}`,
      code: problem.code,
      reason: problem.message,
      advice: adviceFor(problem.code),
      systems: [],
    }));
}
