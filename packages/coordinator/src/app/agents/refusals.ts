import { addressGroup } from "@sitewright/protocol";
import type { Hierarchy } from "../../domain/sites/hierarchy.ts";
import type { Log } from "../log.ts";
import type { Topic } from "../topic.ts";

/** Logs refused connections. Strangers decide how often that happens: each minute the first ones are logged, and the others counted. */
export interface Refusals {
  note(refusal: Refused): void;
  /** Logs what was counted and not reported yet. */
  stop(): void;
}

export interface Refused {
  address: string;
  code: string;
  message: string;
  /** System that the client claims to be. */
  name?: string;
  /** Further facts, all of limited length. */
  facts?: object;
}

export interface RefusalsDeps {
  hierarchy: () => Hierarchy | undefined;
  log: Log;
  /** Receives the code of every refusal. */
  refused: Pick<Topic<string>, "publish">;
}

const PERIOD_MS = 60_000;
/** Logged in full within a period: for one address, beside the first of each code, */
const MOST_OF_ONE = 3;
/** for all addresses; and how many addresses are counted separately. */
const MOST = 30;
/** Characters of a text whose length a stranger decides. */
const NAME = 63;
const MESSAGE = 300;
const OTHERS = "other addresses";

export function createRefusals({ hierarchy, log, refused }: RefusalsDeps): Refusals {
  /** Logged in full in this period, by address, by address and code, and by system. */
  const said = new Map<string, number>();
  let saidInAll = 0;
  /** Only counted: by address, then by code. */
  const counted = new Map<string, Map<string, number>>();
  let timer: NodeJS.Timeout | undefined;

  /** The first of each code, and of each known system, is logged regardless of other refusals for its address. */
  function isToBeSaid(address: string, code: string, system: string | undefined): boolean {
    const [ofCode, ofSystem] = [`${address} ${code}`, `system ${system}`];
    const isFirst = !said.has(ofCode) || (system !== undefined && !said.has(ofSystem));
    if (saidInAll >= MOST || ((said.get(address) ?? 0) >= MOST_OF_ONE && !isFirst)) return false;
    saidInAll += 1;
    for (const key of [address, ofCode, ...(system === undefined ? [] : [ofSystem])]) said.set(key, (said.get(key) ?? 0) + 1);
    return true;
  }

  function tellCounted(): void {
    clearTimeout(timer);
    timer = undefined;
    for (const [address, codes] of counted) {
      const sum = [...codes.values()].reduce((all, one) => all + one, 0);
      log.warn({ refused: sum, address, codes: Object.fromEntries(codes) }, `${sum} more were refused within a minute: ${address}`);
    }
    said.clear();
    saidInAll = 0;
    counted.clear();
  }

  return {
    note({ address, code, message, name, facts = {} }) {
      refused.publish(code);
      timer ??= setTimeout(tellCounted, PERIOD_MS).unref();
      const group = addressGroup(address);
      const system = name !== undefined && hierarchy()?.systems.has(name) ? name : undefined;
      if (isToBeSaid(group, code, system)) {
        const who = system === undefined ? (name === undefined ? {} : { name: name.slice(0, NAME) }) : { system };
        return log.warn({ refused: 1, code, address, ...who, ...facts }, message.slice(0, MESSAGE));
      }
      const key = counted.has(group) || counted.size < MOST ? group : OTHERS;
      const codes = counted.get(key) ?? new Map<string, number>();
      counted.set(key, codes.set(code, (codes.get(code) ?? 0) + 1));
    },
    stop: tellCounted,
  };
}
