import { addressGroup } from "@sitewright/protocol";
import type { Hierarchy } from "../../domain/sites/hierarchy.ts";
import type { Log } from "../log.ts";
import type { Topic } from "../topic.ts";

/** Who was not let in. Strangers decide how often that happens: the log has the first of each minute, and counts the others. */
export interface Refusals {
  note(refusal: Refused): void;
  /** Says what was counted and not said yet. */
  stop(): void;
}

export interface Refused {
  address: string;
  code: string;
  message: string;
  /** System that it says it is. */
  name?: string;
  /** Further facts, none of which a stranger can make long. */
  facts?: object;
}

export interface RefusalsDeps {
  hierarchy: () => Hierarchy | undefined;
  log: Log;
  /** Told of the code of every single one. */
  refused: Pick<Topic<string>, "publish">;
}

const PERIOD_MS = 60_000;
/** Said in full within a period: of one address, beside the first of each code, */
const MOST_OF_ONE = 3;
/** of all; and so many addresses are counted each for itself. */
const MOST = 30;
/** Characters of what a stranger can make long. */
const NAME = 63;
const MESSAGE = 300;
const OTHERS = "other addresses";

export function createRefusals({ hierarchy, log, refused }: RefusalsDeps): Refusals {
  /** Said in full in this period, by address, by address and code, and by system. */
  const said = new Map<string, number>();
  let saidInAll = 0;
  /** Only counted: by address, then by code. */
  const counted = new Map<string, Map<string, number>>();
  let timer: NodeJS.Timeout | undefined;

  /** The first of a code, and of a system that we know, is said, whatever else its address was refused for. */
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
