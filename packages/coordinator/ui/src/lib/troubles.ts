import { adviceFor } from "@sitewright/expert/advice";
import { DEVIATION_KINDS, unitKey, needsMending, type VerifyReport } from "@sitewright/protocol";
import { differenceWords, type FailureGroup, type Problem, type Run, type RunSummary } from "@sitewright/protocol/api";
import { namesOf, plural } from "./format.ts";

/** A problem in a run, with advice. */
export interface Trouble {
  key: string;
  /** `info`: a note without any action. */
  tone: "bad" | "warn" | "info";
  /** Instead of that of the tone. */
  icon?: "away";
  /** Where, in a few words. */
  title: string;
  code?: string;
  reason: string;
  advice: string;
  /** Some of them, where there are many. */
  systems: string[];
  /** Affected clients, as far as the site data state them. */
  clients: number;
}

/** Something that needs an operator's attention. */
export interface Attention extends Trouble {
  /** The run that it occurred in. */
  run?: string;
  /** The address that it is about. */
  address?: string;
  /** That run has ended, and what failed in it can be retried. What a verification found is not such a failure. */
  retry?: boolean;
}

/** Problems of one kind that are listed one by one; more of them are combined. */
const ONE_BY_ONE = 3;

/** Failures first, then what was left out, then notes; the same problem of several units or systems is listed once. */
export function troublesOf({ run, failures, wrong, differences, failedUnits }: Troubled): Trouble[] {
  return [
    ...runError(run),
    ...failures.map((group) => failureTrouble(run.id, group)),
    ...differing(wrong, differences),
    ...siteDataProblems(run, failedUnits),
  ];
}

type Troubled = Pick<RunSummary, "run" | "failures" | "wrong" | "differences" | "failedUnits">;

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

function failureTrouble(run: string, group: FailureGroup): Trouble {
  const { code, reason, reasons, systems, clients } = group;
  return {
    key: `${run} ${code} ${reasons > 1 ? "" : reason}`,
    tone: "bad",
    title: whereWords(group),
    code,
    reason: reasons > 1 ? `${ended(reason)} And ${plural(reasons - 1, "other reason")} of this kind.` : reason,
    advice: adviceFor(code),
    systems,
    clients,
  };
}

/** The messages of errors have no full stop. */
function ended(message: string): string {
  return /[.!?]$/.test(message) ? message : `${message}.`;
}

/** `dp/ABC00001 on SRVSEC`, `4 units on SRVSEC`, `dp/ABC00001 on 3 systems: ...`. */
function whereWords({ unit, units, systems, systemCount }: Pick<FailureGroup, "unit" | "units" | "systems" | "systemCount">): string {
  const what = unit ?? plural(units, "unit");
  return systemCount === 1
    ? `${what} on ${systems.join()}`
    : `${what} on ${plural(systemCount, "system")}: ${namesOf(systems, systemCount)}`;
}

const REPAIR_IT = "Repair it: a repair changes only what is wrong.";

function differing(all: RunSummary["wrong"], first: RunSummary["differences"]): Trouble[] {
  const wrong = first.filter(({ fate }) => fate === "wrong");
  const trouble = (key: string, title: string, systems: string[], reason: string): Trouble => ({
    key,
    tone: "bad",
    title,
    reason,
    advice: REPAIR_IT,
    systems,
    clients: 0,
  });
  if (all.places <= ONE_BY_ONE)
    return wrong.map(({ system, unit, report }) =>
      trouble(`${system} ${unitKey(unit)}`, `${unitKey(unit)} on ${system}`, [system], reportWords(report)),
    );
  const named = wrong.slice(0, ONE_BY_ONE).map(({ system, unit, report }) => `${unitKey(unit)} on ${system}: ${differenceWords(report)}`);
  const reason = `Not as they should be: ${named.join("; ")}; and ${all.places - named.length} more.`;
  return [trouble("differences", whereWords(all), all.systems, reason)];
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

/** Problems of the site data about units; if a unit failed because of one, only the failure is listed. */
function siteDataProblems({ id, problems }: Run, failedUnits: readonly string[]): Trouble[] {
  const told = new Set(failedUnits);
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
    reason: problems.length === 1 ? message : `${ended(message)} And ${plural(problems.length - 1, "more", "more")} of this kind.`,
    advice: adviceFor(code),
    systems: [],
    clients: 0,
  };
}
