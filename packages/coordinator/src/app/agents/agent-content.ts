import { LIMITS, SitewrightError, unitKey, type ContentPart, type ContentWanted, type SeenObject, type Unit } from "@sitewright/protocol";
import { budgetAt } from "../../domain/addresses/address-schedule.ts";
import { windowWait } from "../../domain/addresses/window-wait.ts";
import type { AgentLinks } from "../ports/agents.ts";
import type { Clock } from "../ports/clock.ts";
import type { SiteView } from "../sites/site-view.ts";

/** Reads what agents hold, for site data that have lost it. */
export interface AgentContent {
  /** Whether a system is connected, and its agent knows how to answer. */
  answers(system: string): boolean;
  /**
   * The definitions on a client access point, as its agent stated them over its present connection since then, ms since 1970. Throws
   * `AGENT_UNREACHABLE`, and what the agent reports.
   */
  definitions(system: string, unit: Unit, since: number): Promise<SeenDefinitions>;
  /**
   * Some of the wanted bytes, at half the pace of the lines to the system and within their hours; none: nothing follows there. Throws as above,
   * and the signal's reason.
   */
  bytes(system: string, unit: Unit, want: WantedBytes, signal: AbortSignal): Promise<Uint8Array>;
  /** An agent answered. */
  arrived(system: string, part: ContentPart): void;
}

/** As they lie there; `remembered`: with a higher number before, or gone since. */
export interface SeenDefinitions {
  objects: readonly SeenObject[];
  remembered: readonly SeenObject[];
}

/** Bytes from a place on; how many is decided by the line. */
export type WantedBytes = DistributeOmit<Exclude<ContentWanted, { kind: "definitions" }>, "length">;
type DistributeOmit<Type, Key extends PropertyKey> = Type extends unknown ? Omit<Type, Key> : never;

export interface AgentContentDeps {
  links: AgentLinks;
  site: Pick<SiteView, "pathTo">;
  clock: Clock;
  /** How long an agent may take for each part of its answer, ms. */
  timeoutMs: number;
}

interface Query {
  system: string;
  parts: ContentPart[];
  heard(): void;
  end(parts: ContentPart[] | SitewrightError): void;
}

/** Of the line's time, ms, that one answer takes: messages of other kinds wait for it. */
const ANSWER_MS = 500;
const LEAST_BYTES = 4 * 1024;
/** Of the line's time, one part in this many is taken: its account is charged for what arrives, so that all of it would stop rollouts there. */
const SHARE = 2;
/** Definitions that one agent may state. */
const MOST_OBJECTS = 100_000;
/** How often a closed line is looked at again, ms. */
const LOOK_MS = 1_000;

export function createAgentContent({ links, site, clock, timeoutMs }: AgentContentDeps): AgentContent {
  const queries = new Map<number, Query>();
  /** By system: when the next bytes may be asked for, monotonic ms. */
  const free = new Map<string, number>();
  /** By system: the definitions that it stated last. */
  const stated = new Map<string, { connection: number | undefined; unit: string; at: number; seen: SeenDefinitions }>();
  let lastId = 0;

  const answers = (system: string): boolean => links.agent(system)?.answersQueries === true;

  async function ask(system: string, unit: Unit, want: ContentWanted): Promise<ContentPart[]> {
    if (!answers(system)) throw unreachable(system, links.isConnected(system) ? "runs a version that cannot be asked" : "is not connected");
    const id = (lastId = (lastId % 0x7fffffff) + 1);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => query.end(unreachable(system, "does not answer")), timeoutMs);
      const query: Query = {
        system,
        parts: [],
        heard: () => void timer.refresh(),
        end(parts) {
          clearTimeout(timer);
          queries.delete(id);
          if (parts instanceof SitewrightError) reject(parts);
          else resolve(parts);
        },
      };
      queries.set(id, query);
      void links
        .send(system, { kind: "content-query", id, unit, want })
        .then((sent) => sent || query.end(unreachable(system, "is not connected")));
    });
  }

  /** The rate of the slowest line, bit/s; undefined: none is limited. */
  function rateTo(system: string): number | undefined {
    const rates = site.pathTo(system).flatMap((line) => budgetAt(line, clock()) ?? []);
    return rates.length === 0 ? undefined : Math.min(...rates);
  }

  async function awaitLine(system: string, signal: AbortSignal): Promise<void> {
    while (windowWait(site.pathTo(system), "medium", clock())) await pause(LOOK_MS, signal);
    await pause((free.get(system) ?? 0) - performance.now(), signal);
  }

  return {
    answers,
    async definitions(system, unit, since) {
      const connection = links.agent(system)?.since;
      const known = stated.get(system);
      if (known && known.connection === connection && known.unit === unitKey(unit) && known.at >= since) return known.seen;
      const at = clock();
      const parts = await ask(system, unit, { kind: "definitions" });
      const seen = {
        objects: parts.flatMap(({ objects = [] }) => objects),
        remembered: parts.flatMap(({ remembered = [] }) => remembered),
      };
      stated.set(system, { connection, unit: unitKey(unit), at, seen });
      return seen;
    },
    async bytes(system, unit, want, signal) {
      await awaitLine(system, signal);
      const rate = rateTo(system);
      const length =
        rate === undefined ? LIMITS.queryPart : Math.min(LIMITS.queryPart, Math.max(LEAST_BYTES, Math.floor((rate * ANSWER_MS) / 8000)));
      const began = performance.now();
      const [part] = await ask(system, unit, { ...want, length });
      const bytes = part?.bytes ?? new Uint8Array();
      if (bytes.length > length) throw new SitewrightError("FRAME_INVALID", `the agent of ${system} sent more than it was asked for`);
      if (rate !== undefined) free.set(system, began + (SHARE * bytes.length * 8000) / rate);
      return bytes;
    },
    arrived(system, part) {
      const query = queries.get(part.id);
      // Too late, or from an agent that was not asked.
      if (query?.system !== system) return;
      const { failure } = part;
      if (failure) return query.end(new SitewrightError(failure.code, `${system}: ${failure.message}`));
      query.parts.push(part);
      const count = query.parts.reduce((sum, { objects = [], remembered = [] }) => sum + objects.length + remembered.length, 0);
      if (part.last || count >= MOST_OBJECTS) query.end(query.parts);
      else query.heard();
    },
  };
}

function unreachable(system: string, why: string): SitewrightError {
  return new SitewrightError("AGENT_UNREACHABLE", `the agent of ${system} ${why}: what it holds cannot be read`);
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (ms <= 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
    };
    const abort = (): void => {
      end();
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      end();
      resolve();
    }, ms);
    signal.addEventListener("abort", abort, { once: true });
  });
}
