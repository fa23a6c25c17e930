import { createPublicKey, verify } from "node:crypto";
import { helloTranscript, negotiateVersion, PROTOCOL_VERSIONS, type Challenge, type Hello } from "@sitewright/protocol";
import type { AgentRegistry } from "../../app/ports.ts";
import type { Hierarchy } from "../../domain/hierarchy.ts";
import { Refusal } from "./close.ts";

export interface HelloCheck {
  /** From the address of the connection. */
  name: string;
  challenge: Challenge;
  hierarchy: Hierarchy | undefined;
  registry: AgentRegistry;
}

/** Proves that the agent is who it says; returns the version to speak. Throws a Refusal. */
export async function proveHello(hello: Hello, { name, challenge, hierarchy, registry }: HelloCheck): Promise<number> {
  const version = negotiateVersion(PROTOCOL_VERSIONS, { min: hello.version, max: hello.version });
  if (version === undefined) {
    throw new Refusal(
      "VERSION_UNSUPPORTED",
      `the agent speaks version ${hello.version}, this coordinator ${PROTOCOL_VERSIONS.min} to ${PROTOCOL_VERSIONS.max}`,
    );
  }
  if (hello.name !== name) throw new Refusal("UNAUTHENTICATED", "the Hello is of another name than the connection");
  // Not a refusal for good: the site data are still being read.
  if (!hierarchy) throw new Refusal("BUSY", "the hierarchy is not known yet");
  if (!hierarchy.systems.has(name)) throw new Refusal("SYSTEM_UNKNOWN", `the hierarchy has no system ${name}`);
  const key = await registry.key(name);
  if (!key) throw new Refusal("UNAUTHENTICATED", `${name} has not joined`);
  if (!isSignedBy(key, helloTranscript(challenge, name), hello.signature))
    throw new Refusal("UNAUTHENTICATED", `the signature does not fit the key of ${name}`);
  return version;
}

function isSignedBy(key: Uint8Array, transcript: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verify(null, transcript, createPublicKey({ key: Buffer.from(key), format: "der", type: "spki" }), signature);
  } catch {
    return false;
  }
}
