import { helloTranscript, negotiateVersion, PROTOCOL_VERSIONS, type Challenge, type Hello } from "@sitewright/protocol";
import { isSignedByAgent } from "../../app/agents/agent-signature.ts";
import type { AgentRegistry } from "../../app/ports/agents.ts";
import type { Hierarchy } from "../../domain/sites/hierarchy.ts";
import { Refusal } from "./close.ts";

export interface HelloCheck {
  /** From the address of the connection. */
  name: string;
  challenge: Challenge;
  hierarchy: Hierarchy | undefined;
  registry: AgentRegistry;
}

/** The same answer to every client without a proved key: an unknown name, one that has not joined or was revoked, a wrong key. */
export const NOT_ACCEPTED =
  "no agent with this name and this key has joined here: the coordinator's log says more; join again if it should have";

/** Verifies that the agent is the one it claims to be; returns the version to speak, and the proved key. Throws a Refusal. */
export async function proveHello(
  hello: Hello,
  { name, challenge, hierarchy, registry }: HelloCheck,
): Promise<{ version: number; key: Uint8Array }> {
  const version = negotiateVersion(PROTOCOL_VERSIONS, { min: hello.version, max: hello.version });
  if (version === undefined) {
    throw new Refusal(
      "VERSION_UNSUPPORTED",
      `the agent speaks version ${hello.version}, this coordinator ${PROTOCOL_VERSIONS.min} to ${PROTOCOL_VERSIONS.max}`,
    );
  }
  if (hello.name !== name) throw new Refusal("UNAUTHENTICATED", "the Hello has another name than the connection");
  // A temporary refusal: the site data are still being read.
  if (!hierarchy) throw new Refusal("BUSY", "the hierarchy is not known yet");
  const key = await registry.key(name);
  const isRight = isSignedByAgent(key, helloTranscript(challenge, name), hello.signature);
  if (!key || !isRight) {
    const inside = key ? `the signature does not match the key of ${name}` : `${name} has not joined, or was revoked`;
    throw new Refusal("UNAUTHENTICATED", NOT_ACCEPTED, { inside });
  }
  if (!hierarchy.systems.has(name)) throw new Refusal("SYSTEM_UNKNOWN", `the hierarchy has no system ${name} any more`);
  return { version, key };
}
