import { ROLES } from "../../unit-kinds.ts";
import { answers } from "../errors.ts";
import { flag, list, name, object, oneOf, text, time, type Of } from "../schema.ts";
import { ROLE } from "../runs/units.ts";

/** One name under which an agent has joined or may join. */
const AGENT = object(
  {
    system: text,
    /** `removed`: it has a key, and the hierarchy has no such system. */
    state: oneOf(["connected", "away", "not joined", "removed"]),
  },
  {
    /** When its key was stored; absent: not known, or it has no key. */
    joinedAt: time,
    lastSeen: time,
    /** While it is connected. */
    version: text,
    platform: text,
  },
);
export type AgentEntry = Of<typeof AGENT>;

const REVOKED = object({ system: text, hadJoined: flag });

/** What agents are installed from, by operating system and processor. */
export const AGENT_TARGETS = ["linux-x64", "linux-arm64", "win-x64"] as const;
export type AgentTarget = (typeof AGENT_TARGETS)[number];

/** What a line that installs an agent compares with: SHA-256, hex. */
const INSTALLATION = object({
  /** Of the text that `/api/v1/ca` answers. */
  authority: text,
  /** Of the newest package for each target. */
  packages: object({}, { "linux-x64": text, "linux-arm64": text, "win-x64": text }),
});
export type Installation = Of<typeof INSTALLATION>;

/**
 * Lets one agent join, once, until this time. `roles`: those that the hierarchy gives the system. `installation`: absent when the coordinator
 * has no packages of the agent.
 */
const JOIN_TOKEN = object({ system: text, roles: list(ROLE), token: text, expiresAt: time }, { installation: INSTALLATION });
export type JoinToken = Of<typeof JOIN_TOKEN>;

/** How long a token is valid, ms: a minute to thirty days; an hour if absent. */
const TTL = { type: "integer", minimum: 60_000, maximum: 30 * 86_400_000 } as const;

const JOIN_BODY = object({
  /** The secret of a join token. */
  token: { type: "string", maxLength: 200 },
  name,
  /** Ed25519, SPKI DER in base64. */
  publicKey: { type: "string", maxLength: 200 },
  platform: { type: "string", maxLength: 100 },
  roles: { type: "array", maxItems: ROLES.length, items: ROLE },
});

const BY_SYSTEM = { type: "object", required: ["system"], properties: { system: text } } as const;

export const AGENT_ROUTES = {
  /** By name. */
  list: { response: answers(list(AGENT)) },
  revoke: { params: BY_SYSTEM, response: answers(REVOKED) },
  makeJoinToken: { body: object({ system: name }, { ttlMs: TTL }), response: answers(JOIN_TOKEN) },
  join: { body: JOIN_BODY, response: answers(object({ coordinator: text, roles: list(ROLE) })) },
} as const;
