import { ADD_JOIN_TOKEN, CHANGE_PHASE, CREATE_RUN, SAVE_RUN } from "../../packages/coordinator/src/adapters/redis/scripts.ts";

/** What one key holds. */
export type Value = string | Map<string, string> | Map<string, number> | string[];

/** The keys of a Redis; every change can be taken back. */
export interface Keys {
  get(key: string): Value | undefined;
  set(key: string, value: Value | undefined): void;
  setField(key: string, field: string, value: string | number | undefined): void;
  push(key: string, line: string): void;
}

type Argument = string | number | Record<string, string>;
type Command = (keys: Keys, ...args: Argument[]) => unknown;

const hash = (keys: Keys, key: string): Map<string, string> => (keys.get(key) ?? new Map()) as Map<string, string>;
const sorted = (keys: Keys, key: string): Map<string, number> => (keys.get(key) ?? new Map()) as Map<string, number>;
const text = (argument: Argument | undefined): string => String(argument as string | number | undefined);

function setFields(keys: Keys, key: string, fields: readonly Argument[]): void {
  const pairs = typeof fields[0] === "object" ? Object.entries(fields[0]).flat() : fields;
  for (let i = 0; i < pairs.length; i += 2) keys.setField(key, text(pairs[i]), text(pairs[i + 1]));
}

function slice<T>(all: readonly T[], from: Argument | undefined, to: Argument | undefined): T[] {
  const [first, last] = [Number(from), Number(to)].map((at) => (at < 0 ? all.length + at : at)) as [number, number];
  return all.slice(Math.max(0, first), last + 1);
}

/** What the scripts of the coordinator do, in this language. */
const SCRIPTS = new Map<string, Command>([
  [
    CHANGE_PHASE,
    (keys, ...[key, , expected, revision, json]) => {
      const current = hash(keys, text(key)).get("revision");
      if (current === revision) return 1;
      if (current !== expected) return 0;
      setFields(keys, text(key), ["revision", text(revision), "json", text(json)]);
      return 1;
    },
  ],
  [
    SAVE_RUN,
    (keys, ...[run, runs, , id, at, json]) => {
      keys.set(text(run), text(json));
      keys.setField(text(runs), text(id), Number(at));
      return 1;
    },
  ],
  [
    CREATE_RUN,
    (keys, ...[run, runs, id, at, json]) => {
      const known = keys.get(text(run));
      if (known !== undefined && known !== json) return 0;
      keys.set(text(run), text(json));
      keys.setField(text(runs), text(id), Number(at));
      return 1;
    },
  ],
  [ADD_JOIN_TOKEN, () => 1],
]);

/** The commands that the adapters of the coordinator use. */
export const COMMANDS = {
  get: (keys, key) => keys.get(text(key)) ?? null,
  mget: (keys, ...all) => all.flat().map((key) => keys.get(text(key)) ?? null),
  set(keys, key, value) {
    keys.set(text(key), text(value));
    return "OK";
  },
  hget: (keys, key, field) => hash(keys, text(key)).get(text(field)) ?? null,
  hmget: (keys, key, ...fields) => fields.map((field) => hash(keys, text(key)).get(text(field)) ?? null),
  hgetall: (keys, key) => Object.fromEntries(hash(keys, text(key))),
  hset: (keys, key, ...fields) => setFields(keys, text(key), fields),
  hdel: (keys, key, ...fields) => fields.forEach((field) => keys.setField(text(key), text(field), undefined)),
  zadd(keys, key, ...members) {
    for (let i = 0; i < members.length; i += 2) keys.setField(text(key), text(members[i + 1]), Number(members[i]));
  },
  zrem: (keys, key, ...members) => members.forEach((member) => keys.setField(text(key), text(member), undefined)),
  zrange(keys, ...[key, from, to, reverse]) {
    const all = [...sorted(keys, text(key))].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1)).map(([member]) => member);
    return slice(reverse === undefined ? all : all.reverse(), from, to);
  },
  renamenx(keys, from, to) {
    if (keys.get(text(from)) === undefined) throw new ErrorReply("ERR no such key");
    if (keys.get(text(to)) !== undefined) return 0;
    keys.set(text(to), keys.get(text(from)));
    keys.set(text(from), undefined);
    return 1;
  },
  /** Of two sets, with the aggregate MAX. */
  zunionstore(keys, into, ...[, one, other]) {
    const joined = new Map(sorted(keys, text(one)));
    for (const [member, score] of sorted(keys, text(other))) joined.set(member, Math.max(score, joined.get(member) ?? -Infinity));
    keys.set(text(into), joined);
  },
  unlink: (keys, ...all) => all.flat().forEach((key) => keys.set(text(key), undefined)),
  rpush: (keys, key, ...lines) => lines.forEach((line) => keys.push(text(key), text(line))),
  lpush: (keys, key, ...lines) => keys.set(text(key), [...lines.map(text).reverse(), ...((keys.get(text(key)) ?? []) as string[])]),
  ltrim: (keys, key, from, to) => keys.set(text(key), slice((keys.get(text(key)) ?? []) as string[], from, to)),
  lrange: (keys, key, from, to) => slice((keys.get(text(key)) ?? []) as string[], from, to),
  eval(keys, script, _count, ...args) {
    const run = SCRIPTS.get(text(script));
    if (!run) throw new Error(`this script has no counterpart in the simulation: ${text(script)}`);
    return run(keys, ...args);
  },
} satisfies Record<string, Command>;

/** What Redis answers to a command that it refuses. */
export class ErrorReply extends Error {}

export type CommandName = keyof typeof COMMANDS;
/** One command with its arguments. */
export type Call = [CommandName, ...Argument[]];

export function perform(keys: Keys, [name, ...args]: Call): unknown {
  return (COMMANDS[name] as Command)(keys, ...args);
}
