import { DEVIATION_KINDS, RUN_KINDS, packageOf, terminalLine, unitKey } from "@sitewright/protocol";
import { differenceWords, findingsOf, type RunView, type Finding, type Run } from "@sitewright/protocol/api";

/** With more systems than this, one command covers all that was verified: a repair leaves right units alone. */
const MOST_SYSTEMS = 3;
const MOST_PACKAGES = 5;

/** The command with which an operator repairs these units. */
function repairCommands({ options }: Run, wrong: readonly Finding[]): string[] {
  const systems = Map.groupBy(wrong, ({ system }) => system);
  const selections =
    systems.size > MOST_SYSTEMS
      ? [selection({ site: options.sites, system: options.systems, role: options.roles, package: options.packages })]
      : [...systems].map(([system, found]) => selection({ system: [system], ...narrowed(found) }));
  return selections.map((words) => ["sitewright repair", ...words, ...(options.full ? ["--full"] : [])].join(" "));
}

function narrowed(found: readonly Finding[]): { package?: string[]; role?: string[] } {
  const roles = [...new Set(found.map(({ unit }) => unit.role))];
  if (roles.length > 1) return {};
  const packages = found.flatMap(({ unit }) => packageOf(unit) ?? []);
  return packages.length === found.length && found.length <= MOST_PACKAGES ? { package: packages } : { role: roles };
}

function selection(of: Record<string, readonly string[]>): string[] {
  return Object.entries(of).flatMap(([option, names]) => names.map((name) => `--${option} ${name}`));
}

/** How many paths are named of each kind of deviation of a unit. */
const NAMED = 5;

/**
 * The findings of a verification, or the result of a repair, unit by unit, with a last line for all of it; undefined before anything is
 * known.
 */
export function renderFindings({ run, phases, totals }: Pick<RunView, "run" | "phases" | "totals">): string | undefined {
  const found = findingsOf(phases);
  if (found.length === 0) return undefined;
  const wrong = found.filter(({ fate }) => fate !== "right");
  return [
    ...wrong.flatMap(findingLines),
    ...(RUN_KINDS[run.kind].differences === "mended" ? repairSummary(found) : verifySummary(found)),
    ...hint(),
  ].join("\n");

  function hint(): string[] {
    if (RUN_KINDS[run.kind].differences === "mended" || wrong.length === 0) return [];
    return [`To repair what is wrong:`, ...repairCommands(run, wrong).map((command) => `  ${command}`)];
  }

  function verifySummary(all: readonly Finding[]): string[] {
    const unseen = totals.units - all.length;
    const rest = unseen > 0 ? `, ${unseen} could not be checked` : "";
    return [`${all.length - wrong.length} of ${units(totals.units)} as it should be, ${wrong.length} not${rest}`];
  }

  function repairSummary(all: readonly Finding[]): string[] {
    const count = (fate: Finding["fate"]): number => all.filter((finding) => finding.fate === fate).length;
    const unseen = totals.units - all.length;
    const open = count("repairing") + unseen;
    const parts = [`${count("right")} right already`, `${count("repaired")} repaired`];
    if (count("left-wrong") > 0) parts.push(`${count("left-wrong")} not repaired`);
    if (open > 0) parts.push(`${open} not checked or not done`);
    return [`${units(totals.units)}: ${parts.join(", ")}`];
  }
}

function units(count: number): string {
  return `${count} ${count === 1 ? "unit" : "units"}`;
}

const FATES: Record<Finding["fate"], string> = {
  right: "",
  wrong: "",
  repairing: "being repaired: ",
  repaired: "repaired: ",
  "left-wrong": "not repaired: ",
};

function findingLines({ system, unit, report, fate }: Finding): string[] {
  const paths = DEVIATION_KINDS.flatMap((kind) => {
    const named = report.deviations.filter((deviation) => deviation.kind === kind).slice(0, NAMED);
    const more = report.counts[kind] - named.length;
    const lines = named.map(({ path }) => `  ${kind.padEnd(7)}  ${terminalLine(path)}`);
    return more > 0 ? [...lines, `  ${kind.padEnd(7)}  ... and ${more} more`] : lines;
  });
  return [`${system} ${unitKey(unit)}: ${FATES[fate]}${differenceWords(report)}`, ...(report.absent ? [] : paths)];
}
