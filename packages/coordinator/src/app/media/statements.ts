import {
  decodeAgentMessage,
  decodeMediaNeeds,
  decodeMediaReceipt,
  decodeSigned,
  mediaTranscript,
  MEDIUM_LIMITS,
  SitewrightError,
  type AgentMessage,
  type MediaNeeds,
  type MediaReceipt,
} from "@sitewright/protocol";
import { isSignedByAgent } from "../agents/agent-signature.ts";
import type { AgentRegistry } from "../ports/agents.ts";

export interface StatementDeps {
  registry: Pick<AgentRegistry, "key">;
  coordinatorId: string;
}

/** Files that agents signed. */
export interface Statements {
  /** Throws `MEDIUM_INVALID`, `MEDIUM_OTHER_HIERARCHY`, `SYSTEM_UNKNOWN`, `MEDIUM_UNTRUSTED`. */
  needs(base64: string): Promise<MediaNeeds>;
  receipt(base64: string): Promise<MediaReceipt>;
}

export function createStatements({ registry, coordinatorId }: StatementDeps): Statements {
  async function read<T extends { coordinator: string; system: string }>(
    purpose: "needs" | "receipt",
    base64: string,
    decode: (body: Uint8Array) => T,
  ): Promise<T> {
    const { body, signature } = decodeSigned(Buffer.from(base64, "base64"), MEDIUM_LIMITS.statement);
    const statement = decode(body);
    const { system } = statement;
    if (statement.coordinator !== coordinatorId)
      throw new SitewrightError(
        "MEDIUM_OTHER_HIERARCHY",
        `this is of ${system} in the hierarchy of the coordinator ${statement.coordinator}, and this one is ${coordinatorId}: bring it to the other one`,
      );
    const key = await registry.key(system);
    if (!key) throw new SitewrightError("SYSTEM_UNKNOWN", `no agent has joined as ${system}, or it was revoked: let it join first`);
    if (!isSignedByAgent(key, mediaTranscript(purpose, body), signature))
      throw new SitewrightError(
        "MEDIUM_UNTRUSTED",
        `the signature is not that of the agent of ${system}: the file was changed, or comes from an agent that has joined again since`,
      );
    return statement;
  }

  return {
    needs: (base64) => read("needs", base64, decodeMediaNeeds),
    receipt: (base64) => read("receipt", base64, decodeMediaReceipt),
  };
}

/** The messages in a statement; of other kinds than inventories and results there are none. Throws `MEDIUM_INVALID`. */
export function messagesOf(encoded: readonly Uint8Array[]): Extract<AgentMessage, { kind: "inventory" | "result" }>[] {
  return encoded.map((bytes) => {
    let message: AgentMessage | undefined;
    try {
      message = decodeAgentMessage(bytes);
    } catch (cause) {
      throw new SitewrightError("MEDIUM_INVALID", `a message of the agent cannot be read: ${(cause as Error).message}`, { cause });
    }
    if (message.kind === "inventory" || message.kind === "result") return message;
    throw new SitewrightError("MEDIUM_INVALID", `a message of the kind ${message.kind} belongs to no statement`);
  });
}
