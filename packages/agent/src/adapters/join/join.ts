import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { ROLES, SitewrightError, type Role } from "@sitewright/protocol";
import { parseCoordinatorUrl } from "../../domain/coordinator-url.ts";
import type { JoinToken } from "../../domain/join-token.ts";
import { withRoots } from "../../domain/role-roots.ts";
import { agentFilePath, readAgentFile, storeJoin, type AgentFile } from "./agent-file.ts";
import { writeFileAtomic } from "@sitewright/node-kit/atomic-file";
import { forgetSeenCoordinator } from "../link/seen-coordinator.ts";
import { learnAuthority } from "../link/certificate-authority.ts";
import { createHttpClient } from "../link/http-client.ts";
import { readWhole, refusalOf } from "../link/http-reply.ts";
import { createIdentity, keyPath } from "./identity.ts";
import { createMissingFolders } from "./new-folders.ts";
import { checkRoleRoots } from "../disk/roots/role-roots.ts";
import { requireFit } from "../disk/roots/root-probe.ts";
import { claimPrivateFolder } from "../private-folder.ts";

const TIMEOUT_MS = 30_000;
/** Of one address, until the next is tried. */
const ANSWER_MS = 8_000;

export interface JoinRequest {
  url: string;
  /** Further addresses of the coordinator; the first one that answers is used for the join, all are kept. */
  others?: readonly string[];
  /** Of the system, as the hierarchy names it. */
  name: string;
  token: JoinToken;
  dataDir: string;
  roots: { role: Role; path: string }[];
}

export interface Joined {
  /** Everything that is served from now on. */
  roots: AgentFile["roots"];
  /** Roles that the hierarchy gives this system without a root for them. */
  missing: Role[];
  /** Limitations of the roots' file systems. */
  warnings: string[];
}

/** How the coordinator and this agent get to know each other. */
export interface Introduction {
  coordinator: string;
  /** PEM. */
  ca: string;
  /** Roles that the hierarchy gives this system; empty: not known. */
  expected: readonly Role[];
}

/** A join, whatever the way on which the two get to know each other. */
export interface JoinPlan extends Pick<JoinRequest, "name" | "dataDir" | "roots"> {
  /** Addresses that are kept. */
  urls: readonly URL[];
  /** Called when everything that may fail here is done. @param publicKey SPKI DER, base64. */
  introduce(publicKey: string, roles: readonly Role[]): Promise<Introduction>;
}

/** Joins this agent to a coordinator over a line. Throws as `joinWith` does, `COORDINATOR_*`, or the coordinator's refusal. */
export async function joinCoordinator({ url: first, others = [], token, ...request }: JoinRequest): Promise<Joined> {
  const urls = [first, ...others].map(parseCoordinatorUrl);
  return joinWith({
    ...request,
    urls,
    async introduce(publicKey, roles) {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const { url, ca } = await firstThatAnswers(urls, token.caHash, signal);
      const asked = { token: token.secret, name: request.name, publicKey, platform: process.platform, roles };
      return { ca, ...(await askToJoin(url, ca, asked, signal)) };
    },
  });
}

/**
 * Joins this agent to a coordinator, and stores in the data folder what `run` needs; roots of an earlier join under the same name stay. A
 * failed join leaves nothing behind, and an earlier join as it was. Throws `ROLE_ROOT_UNSAFE`, `ROOT_UNFIT`, `DATA_DIR_UNSAFE`, and as
 * `introduce` does.
 */
export async function joinWith({ urls, name, dataDir, roots: added, introduce }: JoinPlan): Promise<Joined> {
  const joinedBefore = existsSync(agentFilePath(dataDir));
  const roots = await rootsOfJoin(name, dataDir, added);
  const folders = await createMissingFolders([...roots.map(({ path }) => ({ path, mode: 0o755 })), { path: dataDir, mode: 0o700 }]);
  const newKey = `${keyPath(dataDir)}.new`;
  try {
    const checked = await checkRoleRoots(roots, dataDir);
    const warnings = checked.flatMap(({ path }) => requireFit(path));
    claimPrivateFolder(dataDir);
    const identity = createIdentity();
    // Written before the token is used up, so that a full disk is detected in time.
    await writeFileAtomic(newKey, identity.privateKey, 0o600);
    const roles = [...new Set(checked.map((root) => root.role))];
    const { coordinator, ca, expected } = await introduce(identity.publicKey, roles);
    await forgetSeenCoordinator(dataDir);
    await rename(newKey, keyPath(dataDir));
    const served = checked.map(({ role, path }) => ({ role, path }));
    const [main = "", ...more] = urls.map(({ href }) => href);
    const stored = await storeJoin(dataDir, (before) => ({
      url: main,
      ...(more.length > 0 ? { others: more } : {}),
      name,
      coordinator,
      ca,
      // Another command may have changed the earlier ones since this join began; the added ones are the last.
      roots: before?.name === name ? withRoots(before.roots, served.slice(served.length - added.length)) : served,
    }));
    return { roots: stored.roots, missing: expected.filter((role) => !roles.includes(role)), warnings };
  } catch (error) {
    await rm(newKey, { force: true });
    if (!joinedBefore) await rm(keyPath(dataDir), { force: true });
    await folders.undo();
    throw error;
  }
}

/**
 * What an agent will serve: the roots of an earlier join under the same name, and the added ones. Throws `BAD_REQUEST` when there are none, also
 * before a token is asked for.
 */
export async function rootsOfJoin(name: string, dataDir: string, added: AgentFile["roots"]): Promise<AgentFile["roots"]> {
  const before = existsSync(agentFilePath(dataDir)) ? await readAgentFile(dataDir).catch(() => undefined) : undefined;
  const roots = before?.name === name ? withRoots(before.roots, added) : added;
  if (roots.length > 0) return roots;
  throw new SitewrightError(
    "BAD_REQUEST",
    `required option '--root ROLE=PATH' not specified: no agent has joined as ${name} with ${dataDir} before, so name the folder of each role`,
  );
}

/** The first of the addresses at which the coordinator of the token answers, and its authority. */
async function firstThatAnswers(urls: readonly URL[], caHash: string, signal: AbortSignal): Promise<{ url: URL; ca: string }> {
  const errors: SitewrightError[] = [];
  for (const url of urls) {
    try {
      return { url, ca: await learnAuthority(url, caHash, AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)])) };
    } catch (error) {
      errors.push(SitewrightError.from(error));
    }
  }
  const [only, more] = errors;
  if (only && !more) throw only;
  const code = errors.some((error) => error.code === "COORDINATOR_UNTRUSTED") ? "COORDINATOR_UNTRUSTED" : "COORDINATOR_UNREACHABLE";
  throw new SitewrightError(code, errors.map(({ message }) => message).join("; "), { cause: only });
}

/** @returns Also the roles that the hierarchy gives this system. */
async function askToJoin(url: URL, ca: string, json: object, signal: AbortSignal): Promise<{ coordinator: string; expected: Role[] }> {
  const client = createHttpClient({ url }, { ca });
  try {
    const reply = await client.request({ method: "POST", path: "/api/v1/join", json, signal });
    if (reply.status !== 200) throw await refusalOf(reply);
    return parseAnswer((await readWhole(reply.body)).toString("utf8"), url);
  } finally {
    client.close();
  }
}

function parseAnswer(text: string, url: URL): { coordinator: string; expected: Role[] } {
  try {
    const { coordinator, roles } = JSON.parse(text) as { coordinator?: unknown; roles?: unknown };
    // Earlier coordinators did not send the expected roles.
    const expected = ROLES.filter((role) => Array.isArray(roles) && roles.includes(role));
    if (typeof coordinator === "string" && coordinator !== "") return { coordinator, expected };
  } catch {
    // The message is set below: this is not the answer of a coordinator.
  }
  throw new SitewrightError("FRAME_INVALID", `${url.host} did not answer the join as a coordinator does: check the address`);
}
