import type {
  AgentMessage,
  CloseReason,
  ContentPart,
  ContentQuery,
  CoordinatorMessage,
  Order,
  Outcome,
  PeerAccess,
  PeerEndpoint,
  Result,
  SiteBackups,
  Tenure,
} from "@sitewright/protocol";

/** Writes one line of the log. `fields` name what it is about: order, unit, code. Never a secret. */
export type Log = (level: "debug" | "info" | "warn" | "error", message: string, fields?: object) => void;

/** Runs some work; every line logged until it ends, also in other modules, has these facts too. */
export type LogScope = <T>(facts: object, work: () => T) => T;

/** Recent lines of this log. */
export interface LogSource {
  /** The newest lines about an order (empty: about anything), oldest first, each one JSON object. */
  find(order: string, limit: number): string[];
}

/** What an operator should attend to although this agent is connected. */
export interface Warnings {
  all(): string[];
  /** @returns A function that ends it. */
  subscribe(listener: () => void): () => void;
}

/** One open connection to the coordinator. */
export interface Link {
  /**
   * Resolves with true once the bytes were handed to the socket, false when the link was closed before. Of waiting progress of one order
   * only the newest is sent.
   */
  send(message: AgentMessage): Promise<boolean>;
  /** IP address of this end. */
  localAddress: string;
  close(reason: CloseReason, text: string): void;
}

/** The endpoint through which neighbours fetch. */
export interface PeerEndpoints {
  /** Opens it for holders of tickets of this coordinator connection; resolves with its address, undefined when it cannot be opened. */
  open(access: PeerAccess, localAddress: string): Promise<PeerEndpoint | undefined>;
}

/** Reads what the coordinator asks for of the units on this system. */
export interface ContentAnswers {
  /** Never rejects: a failure is an answer. */
  answer(query: ContentQuery): Promise<ContentPart[]>;
}

/** The service of this machine that makes the backups of its site; the agent itself has no rights for that. */
export interface SiteBackupService {
  /** Throws `NOT_FOUND` if there is none, `SITE_BACKUP_RUNS`. */
  ask(begin: boolean): Promise<Omit<SiteBackups, "kind" | "id" | "failure">>;
  /** What an operator has to attend to. Throws `NOT_FOUND`. */
  alerts(): Promise<string[]>;
}

/** Backups of other systems that this one keeps. */
export interface BackupKeeper {
  /** Connects to the line with this id, and answers what the system at its other end asks. Reports nothing: that system sees what happens. */
  answer(line: string, system: string): void;
}

/** The newest of the coordinators that welcomed this agent: earlier ones with the same keys are refused. Survives the process. */
export interface SeenCoordinator {
  /** Undefined: none yet. */
  newest(): Tenure | undefined;
  /** Of one that welcomed this agent; an earlier one changes nothing. */
  keep(tenure: Tenure): void;
}

/** Remembers which statements of the coordinator's authority about its successor are no longer in force. */
export interface Successions {
  newestSuccession(number: number): void;
}

/** How a connection ended. */
export interface LinkEnd {
  /** WebSocket close code. */
  code: number;
  reason: string;
  /** Nothing was received any more, although the connection was there. */
  wasSilent?: true;
}

/** The code of a connection that ended without a word. */
export const BROKEN = 1006;

/** Opens one connection and resolves when it has ended for any reason; never throws. */
export type OpenLink = (receive: (message: CoordinatorMessage, link: Link) => void, signal: AbortSignal) => Promise<LinkEnd>;

export type KnownOrder = { state: "open"; order: Order } | { state: "done"; order: Order; result: number };

/** The agent's orders and results; survives the death of the process. */
export interface OrderMemory {
  find(id: string): KnownOrder | undefined;
  /** Accepted and not finished, in order of arrival. */
  unfinished(): Order[];
  /** Replaces an earlier attempt of the same order. */
  store(order: Order): void;
  /** Ends the order and puts its result into the outbox, in one commit; undefined when a newer attempt has replaced it. */
  finish(order: Order, outcome: Outcome): Result | undefined;
  /** Remembers a cancel, so that it applies to an order that arrives after it. */
  bury(id: string, epoch: number): void;
  isBuried(id: string, epoch: number): boolean;
}

/** Results in the order of their creation, numbered without gaps; kept for some time after they were acknowledged. */
export interface Outbox {
  /** The highest number used so far. */
  last(): number;
  get(number: number): Result | undefined;
  /** The first result with a number above this one. */
  next(above: number): Result | undefined;
  /** Cumulative. A number lower than an earlier one revokes what is above it: returns true, those are to be sent again. */
  acknowledge(upTo: number): boolean;
  /** Uses only numbers above this one from now on: for an agent whose memory is younger than the coordinator's. */
  startAbove(number: number): void;
}
