import { createPublicKey } from "node:crypto";
import type { FastifyInstance } from "fastify";
import { SitewrightError } from "@sitewright/protocol";
import { AGENT_ROUTES } from "@sitewright/protocol/api";
import type { Log } from "../../../app/log.ts";
import type { AgentLinks, AgentRegistry } from "../../../app/ports/agents.ts";
import type { Clock } from "../../../app/ports/clock.ts";
import type { Hierarchy } from "../../../domain/sites/hierarchy.ts";
import { byContract } from "../../contract.ts";
import { createGuessLimit } from "../../guess-limit.ts";
import { sha256 } from "../../secrets.ts";

export interface JoinDeps {
  registry: AgentRegistry;
  hierarchy: () => Hierarchy | undefined;
  links: Pick<AgentLinks, "end">;
  coordinatorId: string;
  log: Log;
  clock: Clock;
}

/** Wrong tokens per minute from one address that are refused without delay. */
const MOST_WRONG = 60;
/** Bytes. */
const BODY_LIMIT = 4096;

const REJOINED = "the system joined again, with another key";

/** How an agent joins: one use of a token stores its key. */
export function joinRoutes(app: FastifyInstance, { registry, hierarchy, links, coordinatorId, log, clock }: JoinDeps): void {
  const guesses = createGuessLimit(MOST_WRONG);
  const options = { config: { right: "join-token" }, bodyLimit: BODY_LIMIT, schema: AGENT_ROUTES.join } as const;
  byContract(app).post("/api/v1/join", options, async (request) => {
    const { token, name, publicKey, platform, roles } = request.body;
    // Checks that need no token come first, so that a failure does not use it up; system names are revealed only to the holder of a token
    // for one.
    const key = ed25519Key(publicKey);
    const hash = sha256(token).toString("hex");
    const refuse = async (error: unknown): Promise<never> => {
      throw isWrongToken(error) ? await guesses.wrong(request.ip, error) : error;
    };
    await registry.checkJoinToken(hash, name, clock()).catch(refuse);
    const system = hierarchy()?.systems.get(name);
    if (!system)
      throw new SitewrightError(
        "SYSTEM_UNKNOWN",
        `the hierarchy has no system ${JSON.stringify(name)}: join with a name as hierarchy.yaml has it`,
      );
    try {
      await registry.join(hash, { system: name, key, now: clock() });
    } catch (error) {
      // Despite the failure, the key may have been stored.
      if (SitewrightError.from(error).code === "REDIS_UNREACHABLE") await links.end(name, REJOINED);
      return refuse(error);
    }
    // A connection under this name, or one being opened, was authenticated with the old key.
    await links.end(name, REJOINED);
    log.info({ system: name, platform, roles, address: request.ip }, "agent joined");
    return { coordinator: coordinatorId, roles: system.roles };
  });
}

function isWrongToken(error: unknown): error is SitewrightError {
  return error instanceof SitewrightError && error.code === "JOIN_TOKEN_INVALID";
}

/** The key re-encoded as DER by Node's own library, so that nothing else can be hidden in it. */
function ed25519Key(base64: string): Uint8Array {
  try {
    const key = createPublicKey({ key: Buffer.from(base64, "base64"), format: "der", type: "spki" });
    if (key.asymmetricKeyType === "ed25519") return key.export({ format: "der", type: "spki" });
  } catch {
    // The message is set below.
  }
  throw new SitewrightError("BAD_REQUEST", "publicKey must be an Ed25519 key, as SPKI DER in base64");
}
