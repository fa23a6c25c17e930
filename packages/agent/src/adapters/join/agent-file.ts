import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ROLES, SitewrightError, systemFault, type Role } from "@sitewright/protocol";
import { diskError, isAbsent } from "../disk/disk-error.ts";
import { lockAgentFile } from "./agent-file-lock.ts";
import { writeFileAtomic } from "@sitewright/node-kit/atomic-file";

/** Result of a join: which coordinator, under which name, and which folders are served. */
export interface AgentFile {
  url: string;
  /** Further addresses of the same coordinator, or of one that takes its place; tried in this order. */
  others?: string[];
  /** What the coordinator said of itself and of those that stand by for it; only where there are no `others`. */
  learned?: string[];
  /** Of the system. */
  name: string;
  /** Id of the coordinator. */
  coordinator: string;
  /** PEM of the coordinator's certificate authority. */
  ca: string;
  /** Newest number of a succession statement of that authority; absent: none is known. */
  succession?: number;
  roots: { role: Role; path: string }[];
}

/** Of the file: rises with each change that earlier agents could not read. A file without it has form 1. */
const FORM = 1;

export function agentFilePath(dataDir: string): string {
  return join(dataDir, "agent.json");
}

/**
 * Changes the file as it is now, so that the change of another process is not lost.
 * Throws as `readAgentFile` and `change` do, and `AGENT_DATA_IN_USE`.
 * @returns What is in the file now.
 */
export async function changeAgentFile(dataDir: string, change: (file: AgentFile) => AgentFile | Promise<AgentFile>): Promise<AgentFile> {
  await readAgentFile(dataDir);
  using _ = await lockAgentFile(dataDir);
  return await write(dataDir, await change(await readAgentFile(dataDir)));
}

/** The file of a join, which may follow an earlier one. @param make Gets the file of that, if there is one that can be read. */
export async function storeJoin(dataDir: string, make: (before: AgentFile | undefined) => AgentFile): Promise<AgentFile> {
  using _ = await lockAgentFile(dataDir);
  return await write(dataDir, make(await readAgentFile(dataDir).catch(() => undefined)));
}

async function write(dataDir: string, file: AgentFile): Promise<AgentFile> {
  await writeFileAtomic(agentFilePath(dataDir), `${JSON.stringify({ form: FORM, ...file }, null, 2)}\n`, 0o600);
  return file;
}

/** Throws `NOT_JOINED`, and `VERSION_UNSUPPORTED` for the file of a newer version. */
export async function readAgentFile(dataDir: string): Promise<AgentFile> {
  const path = agentFilePath(dataDir);
  const advice = "run 'sitewright-agent join URL --name SYSTEM --data-dir DIR --root ROLE=PATH' with a join token first";
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    if (systemFault(cause)) throw diskError(cause, path, "");
    const what = isAbsent(cause) ? `${dataDir} holds no agent that joined` : `${path} is damaged: restore it from a backup, or`;
    throw new SitewrightError("NOT_JOINED", `${what}${isAbsent(cause) ? ":" : ""} ${advice}`, { path, cause });
  }
  const { form = 1, ...file } = (value ?? {}) as { form?: unknown };
  if (typeof form === "number" && form > FORM) {
    const why = `was written by a newer version (its form is ${form}, and this one knows forms up to ${FORM}): start that version`;
    throw new SitewrightError("VERSION_UNSUPPORTED", `${path} ${why}`, { path });
  }
  if (!isAgentFile(file)) throw new SitewrightError("NOT_JOINED", `${path} is damaged: restore it from a backup, or ${advice}`, { path });
  return file;
}

function isAgentFile(value: unknown): value is AgentFile {
  if (typeof value !== "object" || value === null) return false;
  const { url, others = [], learned = [], name, coordinator, ca, succession = 0, roots } = value as Record<string, unknown>;
  return (
    Array.isArray(others) &&
    Array.isArray(learned) &&
    [url, name, coordinator, ...(others as unknown[]), ...(learned as unknown[])].every((text) => typeof text === "string") &&
    isCertificate(ca) &&
    Number.isSafeInteger(succession) &&
    Array.isArray(roots) &&
    roots.length > 0 &&
    roots.every(isRoot)
  );
}

function isCertificate(value: unknown): boolean {
  try {
    return typeof value === "string" && new X509Certificate(value).ca;
  } catch {
    return false;
  }
}

function isRoot(value: unknown): boolean {
  const { role, path } = (value ?? {}) as Record<string, unknown>;
  return typeof path === "string" && ROLES.some((known) => known === role);
}
