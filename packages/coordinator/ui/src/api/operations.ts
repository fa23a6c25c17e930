import type { RunKind } from "@sitewright/protocol";
import type { AgentUpdate, CoordinatorMember, JoinToken, LogAnswer, MissingSource, Plan, Run, RunOptions } from "@sitewright/protocol/api";
import { request, session, signedIn } from "./client.ts";

const runPath = (id: string) => `/api/v1/runs/${encodeURIComponent(id)}`;

export function startRun(kind: RunKind, options: Partial<RunOptions>): Promise<Run> {
  return request("POST", "/api/v1/runs", { kind, options });
}

/** Pauses, resumes, cancels a run, or retries what failed in it. */
export function steerRun(id: string, verb: "pause" | "resume" | "cancel" | "retry"): Promise<Run> {
  return request("POST", `${runPath(id)}/${verb}`);
}

export function listRuns(limit: number): Promise<Run[]> {
  return request("GET", `/api/v1/runs?limit=${limit}`);
}

/** Rows of a plan that are fetched at once. */
const PLAN_ROWS = "500";

/** A page of the result of a dry run, once it has ended. @param asked What is searched in it, and the cursor of a later page. */
export function readPlan(id: string, asked: { text?: string; after?: string } = {}): Promise<Plan> {
  const query = new URLSearchParams({ limit: PLAN_ROWS, ...asked });
  return request("GET", `/api/v1/plan/${encodeURIComponent(id)}?${query.toString()}`);
}

export function readLogs(about: { order: string } | { system: string }, limit = 200): Promise<LogAnswer> {
  return request("GET", `/api/v1/logs?${new URLSearchParams({ ...about, limit: String(limit) }).toString()}`);
}

/** Those that are there, the one that answers first. */
export function coordinators(): Promise<CoordinatorMember[]> {
  return request("GET", "/api/v1/coordinators");
}

export function missingSources(): Promise<MissingSource[]> {
  return request("GET", "/api/v1/sources/missing");
}

/** An operator accepts that something is missing at a place of the site data. */
export function acceptSource(place: string): Promise<MissingSource[]> {
  return request("POST", "/api/v1/sources/accept", { places: [place] });
}

/** Ends an agent's connection, orders and key: it has to join again. */
export function revokeAgent(system: string): Promise<unknown> {
  return request("POST", `/api/v1/agents/${encodeURIComponent(system)}/revoke`);
}

/** Lets the agent of a system become the newest version that the coordinator offers. */
export function updateAgent(system: string): Promise<AgentUpdate> {
  return request("POST", "/api/v1/agent-updates", { systems: [system] });
}

export function lastAgentUpdate(): Promise<{ update?: AgentUpdate }> {
  return request("GET", "/api/v1/agent-updates");
}

/** A token that joins this system, once, within an hour. */
export function makeJoinToken(system: string): Promise<JoinToken> {
  return request("POST", "/api/v1/join-tokens", { system });
}

/** With the operator token, or with the code of a link that signs in once. */
export async function signIn(proof: { token: string } | { code: string }): Promise<void> {
  await request("POST", "/api/v1/session", proof);
  signedIn();
}

/** Whether this browser is signed in already; tells the pages if so. */
export async function isSignedIn(): Promise<boolean> {
  const found = await request("GET", "/api/v1/session").then(
    () => true,
    () => false,
  );
  if (found) signedIn();
  return found;
}

export async function signOut(): Promise<void> {
  await request("DELETE", "/api/v1/session");
  session.value = "out";
}
