import type { ConfirmedDeletion, Deletion, DeletionPlan, DeletionTarget, UndoneDeletion } from "@sitewright/protocol/api";
import { request } from "./client.ts";

export function listDeletions(): Promise<Deletion[]> {
  return request("GET", "/api/v1/deletions");
}

/** What a deletion would do; changes nothing. @param ordered With the open recovery that orders it, if one does. */
export function planDeletion(target: DeletionTarget, ordered: Pick<ConfirmedDeletion, "recovery">): Promise<DeletionPlan> {
  return request("GET", `/api/v1/deletions/plan?${new URLSearchParams({ ...target, ...ordered } as Record<string, string>).toString()}`);
}

/** What the operator typed has to be the code of the site, or the name of the system. */
export function deleteTarget(
  target: DeletionTarget,
  word: Pick<ConfirmedDeletion, "confirm" | "reason" | "recovery">,
): Promise<DeletionPlan> {
  return request("POST", "/api/v1/deletions", { ...target, ...word });
}

export function undoDeletion(target: DeletionTarget): Promise<UndoneDeletion> {
  return request("POST", "/api/v1/deletions/undo", target);
}
