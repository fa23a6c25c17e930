import { adviceFor } from "@sitewright/expert/advice";
import { DEVIATION_KINDS, unitKey, needsMending, type ErrorCode, type VerifyReport } from "@sitewright/protocol";
import { differenceWords, findingsOf, type Phase, type Problem, type Run, type RunView } from "@sitewright/protocol/api";
import { plural, shortList } from "./format.ts";

/** A problem in a run, with advice. */
export interface Trouble {
  key: string;
  /** `info`: a note without any action. */
  tone: "bad" | "warn" | "info";
  /** Where, in a few words. */
  title: string;
  code?: string;
  reason: string;
  advice: string;
  systems: string[];
  /** Affected clients, as far as the site data state them. */
  clients: number;
}

/** Problems of one kind that are listed one by one; more of them are combined. */
const ONE_BY_ONE = 3;

/** Failures first, then what was left out, then notes; the same problem of several units or systems is listed once. */
export function troublesOf({ run, phases }: Pick<RunView, "run" | "phases">): Trouble[] {
  return [...runError(run), ...failures(phases), ...differences(phases), ...siteDataProblems(run, phases)];
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
      clients: 0,
    },
  ];
}

interface Failure {
  phase: Phase;
  code: ErrorCode;
  reason: string;
}

function failures(phases: readonly Phase[]): Trouble[] {
  const failed = phases.flatMap((phase) =>
    phase.state === "failed" && phase.outcome?.kind === "failed"
      ? [{ phase, code: phase.outcome.code, reason: phase.outcome.message }]
      : [],
  );
  return [...Map.groupBy(failed, ({ code }) => code)].flatMap(([code, alike]) => {
    const causes = [...Map.groupBy(alike, ({ reason }) => reason).values()];
    return causes.length > ONE_BY_ONE ? [failureTrouble(code, alike)] : causes.map((same) => failureTrouble(code, same));
  });
}

/** Failures of one code as one problem. */
function failureTrouble(code: ErrorCode, failed: readonly Failure[]): Trouble {
  const reasons = [...new Set(failed.map(({ reason }) => reason))];
  const of = failed.map(({ phase }) => phase);
  const [first = ""] = reasons;
  return {
    key: `${of[0]?.run} ${code} ${reasons.length > 1 ? "" : first}`,
    tone: "bad",
    title: whereWords(of),
    code,
    reason: reasons.length > 1 ? `${first} And ${plural(reasons.length - 1, "other reason")} of this kind.` : first,
    advice: adviceFor(code),
    systems: systemsOf(of),
    clients: clientsOf(of),
  };
}

function systemsOf(phases: readonly Pick<Phase, "system">[]): string[] {
  return [...new Set(phases.map(({ system }) => system))].sort();
}

/** Clients that wait for these units, each unit on a system counted once. */
function clientsOf(phases: readonly Phase[]): number {
  const units = new Map(phases.map(({ system, unit, clients = 0 }) => [`${system}/${unitKey(unit)}`, clients]));
  return [...units.values()].reduce((sum, clients) => sum + clients, 0);
}

/** `dp/ABC00001 on SRVSEC`, `4 units on SRVSEC`, `dp/ABC00001 on 3 systems: ...`. */
function whereWords(of: readonly Pick<Phase, "system" | "unit">[]): string {
  const systems = systemsOf(of);
  const units = new Set(of.map(({ unit }) => unitKey(unit)));
  const what = units.size === 1 ? [...units].join() : plural(units.size, "unit");
  return systems.length === 1 ? `${what} on ${systems.join()}` : `${what} on ${plural(systems.length, "system")}: ${shortList(systems, 6)}`;
}

const REPAIR_IT = "Repair it: a repair changes only what is wrong.";

function differences(phases: readonly Phase[]): Trouble[] {
  const wrong = findingsOf(phases).filter(({ fate }) => fate === "wrong");
  const trouble = (found: typeof wrong, key: string, reason: string): Trouble => ({
    key,
    tone: "bad",
    title: whereWords(found),
    reason,
    advice: REPAIR_IT,
    systems: systemsOf(found),
    clients: 0,
  });
  if (wrong.length <= ONE_BY_ONE) return wrong.map((one) => trouble([one], `${one.system} ${unitKey(one.unit)}`, reportWords(one.report)));
  const named = wrong.slice(0, ONE_BY_ONE).map(({ system, unit, report }) => `${unitKey(unit)} on ${system}: ${differenceWords(report)}`);
  return [trouble(wrong, "differences", `Not as they should be: ${named.join("; ")}; and ${wrong.length - ONE_BY_ONE} more.`)];
}

/** Paths that a sentence names, or one of each kind. */
const NAMED = 3;

/** What a verification found wrong, with the first paths. */
export function reportWords(report: VerifyReport): string {
  const words = differenceWords(report);
  const { absent, deviations, deviationCount } = report;
  const ofEachKind = DEVIATION_KINDS.flatMap((kind) => deviations.find((deviation) => deviation.kind === kind) ?? []);
  const named = [...new Set([...ofEachKind, ...deviations])].slice(0, Math.max(NAMED, ofEachKind.length)).map(({ path }) => path);
  const more = deviationCount - named.length;
  const paths = absent || named.length === 0 ? "" : ` (${named.join(", ")}${more > 0 ? ` and ${more} more` : ""})`;
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${paths}.`;
}

/** Problems of the site data about units; if a unit's phases failed because of one, only the failure is listed. */
function siteDataProblems({ id, problems }: Run, phases: readonly Phase[]): Trouble[] {
  const told = new Set(phases.filter(({ state }) => state === "failed").map(({ unit }) => unitKey(unit)));
  return problemTroubles(
    id,
    problems.filter(({ unit }) => unit === undefined || !told.has(unit)),
  );
}

/** Problems of the site data, by kind. @param about Where they were reported. */
export function problemTroubles(about: string, problems: readonly Problem[]): Trouble[] {
  return [...Map.groupBy(problems, ({ code, leftOut }) => `${code} ${leftOut}`).values()].flatMap((alike) =>
    alike.length > ONE_BY_ONE ? [problemTrouble(about, alike)] : alike.map((problem) => problemTrouble(about, [problem])),
  );
}

/** Problems of one code as one entry. */
function problemTrouble(run: string, problems: readonly Problem[]): Trouble {
  const [first] = problems;
  const { code = "", message = "", leftOut = false } = first ?? {};
  const count = problems.reduce((sum, { units = 1 }) => sum + units, 0);
  const one = first?.unit ?? (first?.site === undefined ? "Site data" : `Site ${first.site}`);
  const what = count === 1 ? one : plural(count, first?.site === undefined ? (leftOut ? "unit" : "note") : "site");
  const were = leftOut ? (count === 1 ? " was left out" : " were left out") : count === 1 ? "" : " about the site data";
  return {
    key: `${run} problem ${code} ${problems.length === 1 ? `${first?.unit} ${message}` : leftOut}`,
    tone: needsMending({ leftOut, code }) ? "warn" : "info",
    title: `${what}${were}`,
    code,
    reason: problems.length === 1 ? message : `${message} And ${plural(problems.length - 1, "more", "more")} of this kind.`,
    advice: adviceFor(code),
    systems: [],
    clients: 0,
  };
}
