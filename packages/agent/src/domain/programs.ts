import { compareProgramVersions } from "@sitewright/protocol";

/** A version of the agent's program that was loaded from its coordinator. */
export interface Program {
  version: string;
  /** SHA-256 of its package, hex: it lies in the folder of this name. */
  digest: string;
  /** SHA-256 of its executable, hex. */
  executable: string;
}

/** A program that is to be tried, by the order with this id. */
export interface OrderedProgram extends Program {
  order: string;
}

export interface FailedProgram {
  order: string;
  version: string;
  /** For a person. */
  why: string;
}

/** What an agent knows of the versions in its data folder. */
export interface Programs {
  /** It was welcomed by the coordinator as this version. */
  current?: Program;
  /** The one before, kept beside it. */
  previous?: Program;
  /** Loaded and verified, to be tried at the next opportunity. */
  staged?: OrderedProgram;
  /** Started, and not welcomed yet. */
  trial?: OrderedProgram;
  /** The newest last; their orders are not carried out again. */
  failed: readonly FailedProgram[];
}

export const NO_PROGRAMS: Programs = { failed: [] };

const MOST_FAILED = 10;

/** The version to run, unless one is to be tried; undefined: the installed one, which an administrator may have replaced by a later one. */
export function programToRun({ current }: Programs, installed: string): Program | undefined {
  return current && compareProgramVersions(current.version, installed) > 0 ? current : undefined;
}

export function withStaged({ failed, ...programs }: Programs, staged: OrderedProgram): Programs {
  return { ...programs, staged, failed };
}

/** To be stored before the trial begins: whatever happens then, it is not begun again. */
export function trialBegun({ staged, ...programs }: Programs): Programs {
  return staged ? { ...programs, trial: staged } : programs;
}

/** The coordinator welcomed the version on trial. */
export function trialPassed({ trial, current, previous, ...programs }: Programs): Programs {
  if (!trial) return { ...programs, ...(current ? { current } : {}), ...(previous ? { previous } : {}) };
  const { order: _order, ...passed } = trial;
  return { ...programs, current: passed, ...(current ? { previous: current } : {}) };
}

/** Also of a trial that ended with its process. */
export function trialFailed({ trial, failed, ...programs }: Programs, why: string): Programs {
  if (!trial) return { ...programs, failed };
  const { order, version } = trial;
  return { ...programs, failed: [...failed, { order, version, why }].slice(-MOST_FAILED) };
}

/** The trial was stopped with the agent before anything could be said of the version: it is tried at the next start. */
export function trialPutOff({ trial, ...programs }: Programs): Programs {
  return trial ? { ...programs, staged: trial } : programs;
}

/** The folders to keep. */
export function keptDigests({ current, previous, staged, trial }: Programs): string[] {
  return [current, previous, staged, trial].flatMap((program) => (program ? [program.digest] : []));
}

/** What an order to update means to an agent that runs `running`: load it, ignore it, or report why it failed before. */
export function judgeOrder(
  { failed, staged }: Programs,
  order: { id: string; version: string },
  running: string,
): "load" | "have" | FailedProgram {
  if (order.version === running || staged?.order === order.id) return "have";
  return failed.findLast((one) => one.order === order.id) ?? "load";
}
