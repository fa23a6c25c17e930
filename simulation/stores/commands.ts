import {
  ADD_JOIN_TOKEN,
  BEGIN_PLAN,
  CHANGE_PHASE,
  CREATE_RUN,
  DROP_LEASE,
  FORGET_FIELDS,
  FORGET_KEYS,
  FORGET_RUN,
  LIST_PLAN,
  MEMBER_BEAT,
  RESTORE_AGENT,
  SAVE_RUN,
  SET_FIELDS,
  SET_KEY,
  SET_PART,
} from "../../packages/coordinator/src/adapters/redis/scripts.ts";

/** What one key holds. */
export type Value = string | Map<string, string> | Map<string, number> | string[];

/** The keys of a Redis; every change can be taken back. */
export interface Keys {
  get(key: string): Value | undefined;
  names(): Iterable<string>;
  /** @param ms It ends by itself after this time. */
  set(key: string, value: Value | undefined, ms?: number): void;
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

/** A script that a lease fences. */
const fenced =
  (run: (keys: Keys, names: string[], args: Argument[]) => unknown): Command =>
  (keys, keyCount, leader, ...args) => {
    const [names, [lease, ...more]] = [args.slice(0, Number(keyCount) - 1), args.slice(Number(keyCount) - 1)];
    const last = keys.get(text(leader));
    if (last !== undefined && lease !== "" && last !== lease) return -1;
    return run(keys, names.map(text), more);
  };

const fencedCommand = (name: "set" | "hset" | "unlink" | "hdel"): Command =>
  fenced((keys, names, args) => {
    perform(keys, [name, ...names, ...args]);
    return 1;
  });

/** At once for Redis. Here each removal is looked at by the checks: a plan, which comes last, must not be seen without its changes. */
function forget(keys: Keys, names: readonly string[]): number {
  for (const name of names.toReversed()) keys.set(name, undefined);
  return 1;
}

function beat(keys: Keys, _: Argument, ...args: Argument[]): unknown {
  const [lease = "", members = "", leader = ""] = args.slice(0, 3).map(text);
  const [replaces, ours, ms, wants, id, record] = args.slice(3);
  keys.setField(members, text(id), text(record));
  const [holder, last] = [keys.get(lease) as string | undefined, keys.get(leader)];
  const isOurs = holder === undefined || holder.startsWith(text(replaces));
  const isSucceeded = replaces === ours && last !== undefined && last !== ours;
  const takes = isOurs && !isSucceeded && (wants === 2 || (wants === 1 && last !== undefined));
  if (takes) {
    keys.set(lease, text(ours), Number(ms));
    keys.set(leader, text(ours));
  }
  return [takes ? ours : (holder ?? ""), [...hash(keys, members)].flat(), last ?? ""];
}

/** What the scripts of the coordinator do, in this language. */
const SCRIPTS = new Map<string, Command>([
  [
    CHANGE_PHASE,
    fenced((keys, [plan = "", changed = "", more = ""], [part, number, expected, revision, short, details]) => {
      const current = (hash(keys, changed).get(text(number)) ?? "").slice(0, text(revision).length);
      if (current === revision) return 1;
      if (current !== expected || !hash(keys, plan).has(text(part))) return 0;
      keys.setField(more, text(number), details === "" ? undefined : `${text(revision)}${text(details)}`);
      keys.setField(changed, text(number), `${text(revision)}${text(short)}`);
      return 1;
    }),
  ],
  [
    BEGIN_PLAN,
    fenced((keys, [plans = "", key = ""], [plan, run, shared]) => {
      if (!hash(keys, plans).has(text(plan))) keys.setField(plans, text(plan), "coming");
      keys.setField(key, "run", text(run));
      if (shared !== "") keys.setField(key, "shared", text(shared));
      return 1;
    }),
  ],
  [
    SET_PART,
    fenced((keys, [plan = "", changed = "", more = ""], [part, rows, ...numbers]) => {
      keys.setField(plan, text(part), text(rows));
      for (const number of numbers) {
        if (hash(keys, changed).has(text(number))) keys.setField(changed, text(number), undefined);
        if (hash(keys, more).has(text(number))) keys.setField(more, text(number), undefined);
      }
      return 1;
    }),
  ],
  [
    LIST_PLAN,
    fenced((keys, [plans = "", key = ""], [plan, fields]) => {
      if (hash(keys, key).size < Number(fields)) return 0;
      keys.setField(plans, text(plan), "listed");
      return 1;
    }),
  ],
  [SET_KEY, fencedCommand("set")],
  [SET_FIELDS, fencedCommand("hset")],
  [FORGET_KEYS, fencedCommand("unlink")],
  [FORGET_FIELDS, fencedCommand("hdel")],
  [
    FORGET_RUN,
    fenced((keys, [runs = "", ...names], [id]) => {
      keys.setField(runs, text(id), undefined);
      return forget(keys, names);
    }),
  ],
  [
    SAVE_RUN,
    fenced((keys, [run = "", runs = ""], [id, at, json]) => {
      keys.set(run, text(json));
      keys.setField(runs, text(id), Number(at));
      return 1;
    }),
  ],
  [
    CREATE_RUN,
    fenced((keys, [run = "", runs = ""], [id, at, json]) => {
      const known = keys.get(run);
      if (known !== undefined && known !== json) return 0;
      keys.set(run, text(json));
      keys.setField(runs, text(id), Number(at));
      return 1;
    }),
  ],
  [ADD_JOIN_TOKEN, () => 1],
  [MEMBER_BEAT, beat],
  [
    DROP_LEASE,
    (keys, _, ...[key, members, lease, id]) => {
      keys.setField(text(members), text(id), undefined);
      if (keys.get(text(key)) !== lease) return 0;
      keys.set(text(key), undefined);
      return 1;
    },
  ],
  [
    RESTORE_AGENT,
    (keys, _, key, publicKey) => {
      const known = hash(keys, text(key)).get("key");
      if (known === undefined) keys.setField(text(key), "key", text(publicKey));
      return known === undefined || known === publicKey ? 1 : 0;
    },
  ],
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
  hexists: (keys, key, field) => (hash(keys, text(key)).has(text(field)) ? 1 : 0),
  hkeys: (keys, key) => [...hash(keys, text(key)).keys()],
  hlen: (keys, key) => hash(keys, text(key)).size,
  scan: (keys, _cursor, _match, pattern) => ["0", [...keys.names()].filter((name) => name.startsWith(text(pattern).replace("*", "")))],
  exists: (keys, key) => (keys.get(text(key)) === undefined ? 0 : 1),
  hdel: (keys, key, ...fields) => fields.forEach((field) => keys.setField(text(key), text(field), undefined)),
  zadd(keys, key, ...members) {
    for (let i = 0; i < members.length; i += 2) keys.setField(text(key), text(members[i + 1]), Number(members[i]));
  },
  zrem: (keys, key, ...members) => members.forEach((member) => keys.setField(text(key), text(member), undefined)),
  zrange(keys, ...[key, from, to, reverse]) {
    const all = [...sorted(keys, text(key))].sort(([a, x], [b, y]) => x - y || (a < b ? -1 : 1)).map(([member]) => member);
    return slice(reverse === undefined ? all : all.reverse(), from, to);
  },
  unlink: (keys, ...all) => forget(keys, all.flat().map(text)),
  rpush: (keys, key, ...lines) => lines.forEach((line) => keys.push(text(key), text(line))),
  lpush: (keys, key, ...lines) => keys.set(text(key), [...lines.map(text).reverse(), ...((keys.get(text(key)) ?? []) as string[])]),
  ltrim: (keys, key, from, to) => keys.set(text(key), slice((keys.get(text(key)) ?? []) as string[], from, to)),
  lrange: (keys, key, from, to) => slice((keys.get(text(key)) ?? []) as string[], from, to),
  eval(keys, script, ...args) {
    const run = SCRIPTS.get(text(script));
    if (!run) throw new Error(`this script has no counterpart in the simulation: ${text(script)}`);
    return run(keys, ...args);
  },
} satisfies Record<string, Command>;

export type CommandName = keyof typeof COMMANDS;
/** One command with its arguments. */
export type Call = [CommandName, ...Argument[]];

export function perform(keys: Keys, [name, ...args]: Call): unknown {
  return (COMMANDS[name] as Command)(keys, ...args);
}
