import type { Deletion, DeletionPlan, DeletionTarget, UndoneDeletion } from "@sitewright/protocol/api";
import { request } from "./client.ts";

export function listDeletions(): Promise<Deletion[]> {
  return request("GET", "/api/v1/deletions");
}

/** What a deletion would do; changes nothing. */
export function planDeletion(target: DeletionTarget): Promise<DeletionPlan> {
  return request("GET", `/api/v1/deletions/plan?${new URLSearchParams(target as Record<string, string>).toString()}`);
}

/** @param confirm What the operator typed: the code of the site, or the name of the system. */
export function deleteTarget(target: DeletionTarget, confirm: string, reason: string): Promise<DeletionPlan> {
  return request("POST", "/api/v1/deletions", { ...target, confirm, reason });
}

export function undoDeletion(target: DeletionTarget): Promise<UndoneDeletion> {
  return request("POST", "/api/v1/deletions/undo", target);
}
