import { comparePaths } from "@sitewright/protocol";
import { readList, type Entry } from "./entry-list.ts";

/** The entries of an earlier run below one target, asked for in the order in which a tree is walked. */
export interface EarlierEntries extends AsyncDisposable {
  /** Undefined: it was not there, or cannot be read: then the file is read as a new one. */
  find(path: string): Promise<Entry | undefined>;
}

/** Reads along with the walk: only one entry is in memory. */
export function earlierEntries(list: string, target: string): EarlierEntries {
  const entries = below(list, target);
  let head: Entry | undefined;
  let ended = false;
  const next = async (): Promise<void> => {
    try {
      const { value, done } = await entries.next();
      head = done ? undefined : value;
      ended = done === true;
    } catch {
      [head, ended] = [undefined, true];
    }
  };
  return {
    async find(path) {
      if (!head && !ended) await next();
      while (head && comparePaths(head.path, path) < 0) await next();
      return head?.path === path ? head : undefined;
    },
    async [Symbol.asyncDispose]() {
      await entries.return();
    },
  };
}

/** What a target holds lies together in the list. */
async function* below(list: string, target: string): AsyncGenerator<Entry, void> {
  let found = false;
  for await (const entry of readList(list)) {
    const inside = entry.path === target || entry.path.startsWith(`${target}/`);
    if (found && !inside) return;
    found ||= inside;
    if (inside) yield entry;
  }
}
