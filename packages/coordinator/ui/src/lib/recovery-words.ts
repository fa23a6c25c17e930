import { RECOVERY_TASK_STATES, type RecoveryOutcome, type RecoveryTaskState } from "@sitewright/protocol";
import type { Recovery } from "@sitewright/protocol/api";
import type { Look } from "./words.ts";

export const TASK_LOOKS: Record<RecoveryTaskState, Look> = {
  open: { tone: "idle", icon: "dash", word: "open" },
  running: { tone: "info", icon: "work", word: "running" },
  waiting: { tone: "warn", icon: "clock", word: "waits for a person" },
  done: { tone: "ok", icon: "check", word: "done" },
  "not-needed": { tone: "ok", icon: "check", word: "not needed" },
  skipped: { tone: "warn", icon: "dash", word: "skipped" },
  failed: { tone: "bad", icon: "cross", word: "failed" },
};

/** What a task can become, as its buttons say it. */
export const TASK_VERBS: readonly { state: RecoveryTaskState; label: string; wantsReason: boolean }[] = RECOVERY_TASK_STATES.map(
  (state) => ({
    state,
    label: {
      open: "Open again",
      running: "Begin",
      waiting: "Wait for a person",
      done: "Done",
      "not-needed": "Not needed",
      skipped: "Skip",
      failed: "Failed",
    }[state],
    wantsReason: state === "skipped" || state === "failed",
  }),
);

export const OUTCOME_WORDS: Record<RecoveryOutcome, string> = {
  recovered: "recovered: every task is closed and nothing speaks against the numbers",
  "with-losses": "recovered with losses: every task is closed, and what was lost is named",
  failed: "failed: what is open remains open",
};

const OUTCOME_LOOKS: Record<RecoveryOutcome, Look> = {
  recovered: { tone: "ok", icon: "check", word: "recovered" },
  "with-losses": { tone: "warn", icon: "check", word: "with losses" },
  failed: { tone: "bad", icon: "cross", word: "failed" },
};

export function lookOfRecovery(state: Recovery["state"], outcome: RecoveryOutcome | undefined): Look {
  if (outcome) return OUTCOME_LOOKS[outcome];
  return state === "open" ? { tone: "info", icon: "work", word: "open" } : { tone: "idle", icon: "dash", word: state };
}

/** Lines of a text field, without empty ones. */
export function linesOf(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}
