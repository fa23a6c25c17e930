import { answersWith, answersWithPart } from "./errors.ts";

const DIGEST = "[0-9a-f]{64}";
const MOST_BASES = 16;

const BY_DIGEST = {
  type: "object",
  required: ["digest"],
  properties: { digest: { type: "string", pattern: `^${DIGEST}$` } },
} as const;
const QUERY = {
  type: "object",
  required: ["order"],
  properties: {
    order: { type: "string", minLength: 1, maxLength: 200 },
    /** Manifests that the agent holds, the best one first. */
    base: { type: "string", pattern: `^${DIGEST}(,${DIGEST}){0,${MOST_BASES - 1}}$` },
    /** Bytes of the manifest that the agent has already. */
    from: { type: "string", pattern: "^\\d{1,15}$" },
  },
} as const;

/** Needed with a join token only: the system that it is for. */
const BY_SYSTEM = { type: "object", properties: { system: { type: "string", minLength: 1, maxLength: 255 } } } as const;

/** What agents fetch by HTTP; chunks arrive by content streams. */
export const CONTENT_ROUTES = {
  manifest: { params: BY_DIGEST, querystring: QUERY, response: answersWith("application/x-sitewright-manifest-parts") },
  /** A package to install an agent from, whole or (`Range`) from a byte on. */
  agentPackage: {
    params: BY_DIGEST,
    querystring: BY_SYSTEM,
    response: answersWithPart("application/octet-stream"),
  },
} as const;
