import {
  conditionOf,
  type Condition,
  type Step,
  type TaskKind,
  type PhaseState,
  type RunState,
  type SystemState,
  type WaitReason,
} from "@sitewright/protocol";
import { cancellingWords, inUseWords, lostWords, stalledWords, undecidedWords, type Phase, type Run } from "@sitewright/protocol/api";
import { formatWindowWait } from "./format.ts";

/** How a state is shown: a colour and, independent of seeing it, an icon and a word. */
export interface Look {
  tone: Tone;
  icon: IconName;
  word: string;
}

export type Tone = "ok" | "info" | "warn" | "bad" | "idle";
export type IconName = "check" | "work" | "clock" | "cross" | "pause" | "away" | "dash" | "link" | "info";

export const RUN_STATES: Record<RunState, Look> = {
  preparing: { tone: "info", icon: "work", word: "preparing" },
  running: { tone: "info", icon: "work", word: "running" },
  paused: { tone: "warn", icon: "pause", word: "paused" },
  done: { tone: "ok", icon: "check", word: "done" },
  failed: { tone: "bad", icon: "cross", word: "failed" },
  cancelled: { tone: "idle", icon: "dash", word: "cancelled" },
};

const PHASE_STATES: Record<PhaseState, Look> = {
  waiting: { tone: "idle", icon: "clock", word: "waiting" },
  released: { tone: "info", icon: "work", word: "ordered" },
  running: { tone: "info", icon: "work", word: "working" },
  done: { tone: "ok", icon: "check", word: "done" },
  failed: { tone: "bad", icon: "cross", word: "failed" },
  cancelled: { tone: "idle", icon: "dash", word: "cancelled" },
  skipped: { tone: "idle", icon: "dash", word: "skipped" },
  unneeded: { tone: "idle", icon: "check", word: "not needed" },
};

export const CONDITIONS: Record<Condition, Look> = {
  queued: { tone: "idle", icon: "clock", word: "queued" },
  "waiting-for-agent": { tone: "idle", icon: "away", word: "waiting: agent" },
  "waiting-for-window": { tone: "idle", icon: "clock", word: "waiting: window" },
  "waiting-for-slot": { tone: "idle", icon: "clock", word: "waiting: slot" },
  "waiting-for-permit": { tone: "idle", icon: "clock", word: "waiting: permit" },
  "waiting-for-gate": { tone: "idle", icon: "clock", word: "waiting" },
  running: PHASE_STATES.running,
  stalled: { tone: "warn", icon: "clock", word: "stalled" },
  paused: { tone: "warn", icon: "pause", word: "paused" },
  lost: { tone: "warn", icon: "away", word: "lost" },
  cancelling: { tone: "warn", icon: "dash", word: "cancelling" },
};

export function phaseLook(phase: Phase): Look {
  const condition = conditionOf(phase);
  return condition === undefined ? PHASE_STATES[phase.state] : CONDITIONS[condition];
}

/** A cancelled run is open until its agents have confirmed that, or their time is up. */
export function runLook({ state, endedAt }: Pick<Run, "state" | "endedAt">): Look {
  return state === "cancelled" && endedAt === undefined ? CONDITIONS.cancelling : RUN_STATES[state];
}

export const TASKS: Record<TaskKind, string> = {
  stage: "Stage",
  activate: "Activate",
  remove: "Remove",
  verify: "Verify",
  estimate: "Estimate",
  undo: "Undo",
};

const STEPS: Record<Step, string> = {
  indexing: "reading what it has",
  fetching: "fetching what is missing",
  checking: "checking every file",
  activating: "exchanging the folders",
};

const WAITS: Record<WaitReason, string> = {
  "agent-offline": "waits for its agent to connect",
  "agent-inventory": "waits for its agent to report what it holds",
  "earlier-phase": "waits for the step before",
  "site-data-unread": "waits until the site data have been read",
  "site-quarantined": "waits for the recovery of its site",
  "objects-undecided": "waits for decisions about what its system holds",
  "address-busy": "waits for a free slot on its address",
  "window-closed": "waits for its address's schedule to open",
  "address-paused": "waits for its address to be resumed",
  "max-unavailable": "waits its turn, so that enough systems stay available",
  "system-busy": "waits for other work on the system",
  "service-first": "leaves the line to the CAP and logon point of its site",
  paused: "paused with its run",
  "folder-in-use": "waits until nobody has a file in the folder open",
  backoff: "waits a moment before the next attempt",
  "queue-full": "waits its turn",
};

const DONE: Record<TaskKind, string> = {
  stage: "staged, not served yet",
  activate: "served",
  remove: "removed",
  verify: "as it should be",
  estimate: "estimated",
  undo: "the previous generation is served",
};

/** The result for a unit whose last completed step is this one. */
export function doneWords(task: TaskKind, repaired: boolean): string {
  return repaired && task === "activate" ? "repaired, served" : DONE[task];
}

/** What a phase is doing, in a few words; empty when its state says it all. */
export function phaseWords(phase: Phase): string {
  if (phase.cancelBy !== undefined) return cancellingWords(phase.cancelBy, Date.now());
  if (phase.lostSince !== undefined) return lostWords(phase.lostSince, Date.now());
  if (phase.state === "waiting") return waitingWords(phase);
  if (phase.state === "released") return "sent to the agent";
  if (phase.stalledSince !== undefined) return stalledWords(phase.stalledSince, Date.now());
  if (phase.state === "running") return phase.progress ? STEPS[phase.progress.step] : "accepted by the agent";
  if (phase.state === "skipped") return "the step before did not end well";
  if (phase.state === "unneeded") return "the verification found nothing wrong";
  return "";
}

function waitingWords({ waitingFor, window, inUse, undecided }: Phase): string {
  if (waitingFor === "folder-in-use" && inUse) return inUseWords(inUse, Date.now());
  if (undecided) return undecidedWords(undecided);
  if (waitingFor === "window-closed" && window) return formatWindowWait(window, Date.now());
  if (waitingFor === "address-paused" && window) return `waiting: address ${window.address} is paused`;
  return waitingFor ? WAITS[waitingFor] : "waits its turn";
}

export const SYSTEM_LOOKS: Record<SystemState, Look> = {
  away: { tone: "warn", icon: "away", word: "away" },
  unjoined: { tone: "warn", icon: "away", word: "never seen" },
  idle: { tone: "idle", icon: "dash", word: "no roles" },
  connected: { tone: "info", icon: "link", word: "connected" },
  working: { tone: "info", icon: "work", word: "working" },
  failed: { tone: "bad", icon: "cross", word: "failed" },
  rebuilt: { tone: "ok", icon: "check", word: "rebuilt" },
};
