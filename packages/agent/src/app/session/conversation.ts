import {
  compareTenures,
  helloTranscript,
  negotiateVersion,
  PROTOCOL_VERSIONS,
  type Challenge,
  type Coordinators,
  type CoordinatorMessage,
  type Digest,
  type Held,
  type HashFunction,
  type PeerAccess,
  type Role,
  type Tenure,
  type Welcome,
  LIMITS,
} from "@sitewright/protocol";
import { canonicalInventory, highestGeneration, inventoryParts } from "../../domain/inventory.ts";
import { answerQuery, type AnswerSources } from "./answers.ts";
import type { CurrentLink } from "./current-link.ts";
import type { BackupKeeper, Link, Outbox, PeerEndpoints, SeenCoordinator, Successions, Warnings } from "../ports/link.ts";
import type { OrderRunner } from "./order-runner.ts";
import type { ProgramUpdates } from "./program-updates.ts";
import type { ResultPump } from "./result-pump.ts";

/** Identity of this agent. */
export interface Self {
  name: string;
  /** Id of the coordinator it joined. */
  coordinator: string;
  agentVersion: string;
  platform: string;
  roles: Role[];
  /** Ed25519. */
  sign(bytes: Uint8Array): Uint8Array;
  /** Of this process. */
  instance: string;
  /** What clients may notice when it activates, in words. */
  switching?: string;
}

export interface ConversationOptions extends AnswerSources {
  self: Self;
  current: CurrentLink;
  outbox: Outbox;
  pump: ResultPump;
  runner: Pick<OrderRunner, "receive" | "cancel" | "disconnected">;
  inventory: () => Held[];
  hash: HashFunction;
  /** Absent: this system shares nothing with others. */
  peers?: PeerEndpoints;
  keeper: BackupKeeper;
  /** What an operator should attend to although this agent is connected. */
  warnings: Warnings;
  seen: SeenCoordinator;
  successions: Successions;
  /** Takes the addresses at which coordinators answer. */
  learn: (named: Coordinators) => void;
  /** Absent: this agent cannot exchange its program. */
  updates?: ProgramUpdates;
}

export interface Conversation {
  receive(message: CoordinatorMessage, link: Link): void;
  end(): void;
  /** ms since the coordinator welcomed this agent, whatever became of the clock; undefined: it has not. */
  heldMs(): number | undefined;
}

/** One connection, from the coordinator's challenge to its end. */
export function createConversation(options: ConversationOptions): Conversation {
  const { self, current, outbox, pump, runner, inventory, hash, peers, keeper, warnings, seen, successions, learn, updates, log } = options;
  let expecting: "challenge" | "welcome" | "anything" = "challenge";
  let welcomedAt: number | undefined;
  let unsubscribe: (() => void) | undefined;
  let tenure: Tenure = OLDEST;
  let succession = 0;

  function hello(challenge: Challenge, link: Link): void {
    const version = negotiateVersion(PROTOCOL_VERSIONS, { min: challenge.versionMin, max: challenge.versionMax });
    if (version === undefined) {
      const { min, max } = PROTOCOL_VERSIONS;
      return link.close(
        "VERSION_UNSUPPORTED",
        `this agent speaks ${min} to ${max}, the coordinator ${challenge.versionMin} to ${challenge.versionMax}: update the older side`,
      );
    }
    if (challenge.coordinator !== self.coordinator) {
      return link.close("UNAUTHENTICATED", "this is not the coordinator that the agent joined: join again if it was set up again");
    }
    tenure = challenge.tenure ?? OLDEST;
    succession = challenge.succession ?? 0;
    const newest = seen.newest();
    expecting = "welcome";
    const held = inventory();
    const highest = highestGeneration(held);
    void link.send({
      kind: "hello",
      name: self.name,
      version,
      signature: self.sign(helloTranscript(challenge, self.name)),
      agentVersion: self.agentVersion,
      platform: self.platform,
      roles: self.roles,
      inventoryDigest: digestOf(held),
      ...(highest ? { highest } : {}),
      lastResult: outbox.last(),
      instance: self.instance,
      answersQueries: true,
      ...(self.switching === undefined ? {} : { switching: self.switching }),
      // A superseded coordinator learns from it, with this agent's signature, that there is a newer one.
      ...(newest ? { seen: newest } : {}),
      ...(updates ? { program: updates.target } : {}),
    });
  }

  function welcome({ contentToken, acked, sendInventory, takesWarnings }: Welcome, link: Link): void {
    const newest = seen.newest();
    if (newest && compareTenures(tenure, newest) < 0) {
      const later = newest.restored > tenure.restored ? `restored at ${timeOf(newest.restored)}` : `started at ${timeOf(newest.started)}`;
      return link.close("COORDINATOR_SUPERSEDED", `this agent follows the coordinator that was ${later}: stop this one`);
    }
    if (tenure !== OLDEST) seen.keep(tenure);
    successions.newestSuccession(succession);
    expecting = "anything";
    welcomedAt = performance.now();
    log("info", "connected to the coordinator");
    updates?.welcomed();
    outbox.startAbove(acked);
    outbox.acknowledge(acked);
    current.up(link, contentToken);
    pump.start(link, acked);
    if (takesWarnings) tellWarnings(link);
    if (!sendInventory) return;
    tellInventory(link).catch((error: unknown) => {
      log("error", "the inventory cannot be read", { err: error });
      link.close("GOING_AWAY", "the agent could not read its inventory");
    });
  }

  function tellWarnings(link: Link): void {
    const tell = (): void => {
      const texts = warnings.all().slice(0, LIMITS.warnings);
      void link.send({ kind: "warnings", texts });
    };
    unsubscribe = warnings.subscribe(tell);
    if (warnings.all().length > 0) tell();
  }

  async function tellInventory(link: Link): Promise<void> {
    const held = inventory();
    const digest = digestOf(held);
    const parts = inventoryParts(held);
    for (const [i, units] of parts.entries()) {
      await link.send({ kind: "inventory", digest, units, last: i === parts.length - 1 });
    }
  }

  async function openEndpoint(access: PeerAccess, link: Link): Promise<void> {
    if (!peers) return;
    // Fetching from others does not need the own endpoint, whose opening takes time.
    await link.send({ kind: "peer-open" });
    const endpoint = await peers.open(access, link.localAddress);
    if (!endpoint) return;
    log("info", "neighbours may fetch from here", { ...endpoint });
    await link.send({ kind: "peer-open", endpoint });
  }

  function digestOf(held: readonly Held[]): Digest {
    return hash(new TextEncoder().encode(canonicalInventory(held))).toHex();
  }

  return {
    receive(message, link) {
      if (expecting !== "anything" && message.kind !== expecting) {
        return link.close("FRAME_INVALID", `the ${expecting} should have come before the ${message.kind}`);
      }
      switch (message.kind) {
        case "challenge":
          return expecting === "challenge" ? hello(message, link) : link.close("FRAME_INVALID", "a second challenge came");
        case "welcome":
          return expecting === "welcome" ? welcome(message, link) : link.close("FRAME_INVALID", "a second welcome came");
        case "order":
          return runner.receive(message);
        case "cancel":
          return runner.cancel(message);
        case "ack":
          if (outbox.acknowledge(message.upTo)) pump.rewind(message.upTo);
          return;
        case "backup-line":
          return keeper.answer(message.id, message.system);
        case "log-query":
        case "content-query":
        case "site-backup-query":
          return void answerQuery(options, message, link);
        case "update":
          return updates?.order(message);
        case "coordinators":
          return learn(message);
        case "unknown":
          return;
        case "peer-access":
          return void openEndpoint(message, link);
      }
    },
    end() {
      unsubscribe?.();
      pump.stop();
      runner.disconnected();
      current.down();
    },
    heldMs: () => (welcomedAt === undefined ? undefined : performance.now() - welcomedAt),
  };
}

/** Of a coordinator of an earlier version. */
const OLDEST: Tenure = { restored: 0, started: 0 };

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
