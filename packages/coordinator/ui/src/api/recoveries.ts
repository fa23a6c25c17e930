import { signal } from "@preact/signals";
import type {
  FinishRecovery,
  PerformTask,
  RecordTask,
  Recovery,
  RecoveryReport,
  RecoverySummary,
  StartRecovery,
} from "@sitewright/protocol/api";
import { request } from "./client.ts";

/** Rises when something of a recovery was recorded: pages that show one load it again. */
export const recoveryTurn = signal(0);

const PATH = "/api/v1/recoveries";

/** Newest first. */
export function listRecoveries(): Promise<RecoverySummary[]> {
  return request("GET", PATH);
}

export function showRecovery(id: string): Promise<Recovery> {
  return request("GET", pathOf(id));
}

export function reportRecovery(id: string): Promise<RecoveryReport> {
  return request("GET", `${pathOf(id)}/report`);
}

export function startRecovery(start: StartRecovery): Promise<Recovery> {
  return request("POST", PATH, start);
}

export function recordTask(id: string, task: string, told: RecordTask): Promise<Recovery> {
  return request("POST", `${pathOf(id)}/tasks/${encodeURIComponent(task)}`, told);
}

/** Sitewright does the task; of a run it is recorded that it has begun. */
export function performTask(id: string, task: string, asked: PerformTask): Promise<Recovery> {
  return request("POST", `${pathOf(id)}/tasks/${encodeURIComponent(task)}/perform`, asked);
}

/** Plans again with other answers. */
export function answerRecovery(id: string, answers: StartRecovery["answers"]): Promise<Recovery> {
  return request("POST", `${pathOf(id)}/answers`, { answers });
}

export function finishRecovery(id: string, end: FinishRecovery): Promise<Recovery> {
  return request("POST", `${pathOf(id)}/finish`, end);
}

export function abandonRecovery(id: string, reason: string): Promise<Recovery> {
  return request("POST", `${pathOf(id)}/abandon`, { reason });
}

function pathOf(id: string): string {
  return `${PATH}/${encodeURIComponent(id)}`;
}
