import type { Redis } from "ioredis";
import type { Random } from "../time/random.ts";
import type { Process, VirtualTime } from "../time/virtual-time.ts";
import { COMMANDS, perform, type Call, type CommandName, type Keys, type Value } from "./commands.ts";

/** A command waits for an outage to end at most this long, ms; as the client does. */
const PATIENCE_MS = 10_000;
/** A crash loses at most this, ms: the last second, as with `appendfsync everysec`, or what a copy that takes its place had not got yet. */
const LOST_MS = 10_000;

/** A Redis that can crash and lose its last second. */
export interface SimulatedRedis {
  /** The client of one process, as the coordinator's adapters use it. */
  connect(process: Process): Redis;
  /** @param lost ms of changes that are lost; "all": everything that was stored. */
  crash(lost: number | "all"): void;
  restart(): void;
  isUp(): boolean;
  /** It cannot be reached by this process alone. */
  cutOff(process: Process): void;
  /** The end of that. @returns Whether it was cut off. */
  connectAgain(process: Process): boolean;
  /** By this process. */
  isReached(process: Process): boolean;
  /** Looks at a key without delay. */
  peek(key: string): Value | undefined;
  /** Called for each committed change of a key, with what it held before. */
  onChange: (key: string, before: Value | undefined) => void;
  /** Called when changes were lost. */
  onLoss: () => void;
}

/** A connection carries commands and answers in their order. */
interface Connection {
  process: Process;
  arrivesAt: number;
  answeredAt: number;
  isCut: boolean;
  /** How often it was. */
  cuts: number;
}

interface Sent {
  connection: Connection;
  calls: Call[];
  sentAt: number;
  answer(results: unknown[]): void;
  fail(error: Error): void;
}

export function createRedis(time: VirtualTime, random: Random): SimulatedRedis {
  const data = new Map<string, Value>();
  /** Keys that end by themselves, and when; ms since 1970. */
  const expiries = new Map<string, number>();
  const connections = new Map<Process, Connection>();
  /** How to take back each of the last changes. */
  const journal: { at: number; key: string; undo: () => void }[] = [];
  /** Sent, and not answered: sent again after a crash. */
  const underWay = new Set<Sent>();
  let up = true;
  let starts = 0;

  function note(key: string, undo: () => void): void {
    const now = time.now();
    while (journal[0] && journal[0].at < now - LOST_MS) journal.shift();
    journal.push({ at: now, key, undo });
  }

  function put<T>(all: Map<string, T>, key: string, value: T | undefined): void {
    if (value === undefined) all.delete(key);
    else all.set(key, value);
  }

  const get = (key: string): Value | undefined => ((expiries.get(key) ?? Infinity) > time.now() ? data.get(key) : undefined);

  const keys: Keys = {
    get,
    names: () => data.keys(),
    set(key, value, ms) {
      const [before, expiry] = [data.get(key), expiries.get(key)];
      note(key, () => (put(data, key, before), put(expiries, key, expiry)));
      put(data, key, value);
      put(expiries, key, ms === undefined ? undefined : time.now() + ms);
      self.onChange(key, before);
    },
    setField(key, field, value) {
      const before = data.get(key);
      const changed = new Map(before as Map<string, string>);
      if (value === undefined) changed.delete(field);
      else changed.set(field, value as string);
      keys.set(key, changed);
    },
    push(key, line) {
      const list = (data.get(key) ?? []) as string[];
      data.set(key, list);
      list.push(line);
      note(key, () => void list.pop());
    },
  };

  /** Network and server take some hundred microseconds, now and then much longer. */
  const after = (last: number): number => Math.max(last, time.now() + (random.chance(0.02) ? random.whole(20, 400) : 1));

  function send(sent: Sent): void {
    underWay.add(sent);
    const { connection } = sent;
    connection.arrivesAt = after(connection.arrivesAt);
    const start = starts + connection.cuts;
    time.after(connection.arrivesAt - time.now(), () => arrive(sent, start));
    const patience = PATIENCE_MS - (time.now() - sent.sentAt);
    if (!up || connection.isCut) time.after(Math.max(1, patience), () => giveUp(sent));
  }

  function giveUp(sent: Sent): void {
    const { process, isCut } = sent.connection;
    if ((up && !isCut) || !underWay.has(sent) || process.isDead || time.now() - sent.sentAt < PATIENCE_MS) return;
    underWay.delete(sent);
    time.reach(process, () => sent.fail(Object.assign(new Error("the connection is closed"), { name: "MaxRetriesPerRequestError" })));
  }

  function arrive(sent: Sent, start: number): void {
    const { connection } = sent;
    const isLost = (): boolean => connection.isCut || start !== starts + connection.cuts;
    if (!up || isLost() || !underWay.has(sent)) return;
    const reply = replyTo(sent);
    connection.answeredAt = after(connection.answeredAt);
    time.after(connection.answeredAt - time.now(), () => {
      if (isLost() || !underWay.delete(sent) || connection.process.isDead) return;
      time.reach(connection.process, reply);
    });
  }

  function replyTo({ calls, answer }: Sent): () => void {
    const results = calls.map((call) => perform(keys, call));
    return () => answer(results);
  }

  function request(connection: Connection, calls: Call[]): Promise<unknown[]> {
    return new Promise((answer, fail) => send({ connection, calls, sentAt: time.now(), answer, fail }));
  }

  const self: SimulatedRedis = {
    connect(process) {
      const connection = { process, arrivesAt: 0, answeredAt: 0, isCut: false, cuts: 0 };
      connections.set(process, connection);
      return clientOf((calls) => request(connection, calls));
    },
    crash(lost) {
      up = false;
      starts += 1;
      const from = time.now() - (lost === "all" ? Infinity : Math.min(lost, LOST_MS));
      let changed = lost === "all";
      for (let last = journal.at(-1); last && last.at > from; last = journal.at(-1)) {
        last.undo();
        journal.pop();
        changed = true;
      }
      if (lost === "all") for (const all of [data, expiries]) all.clear();
      if (changed) self.onLoss();
      for (const sent of underWay) time.after(Math.max(1, PATIENCE_MS - (time.now() - sent.sentAt)), () => giveUp(sent));
    },
    restart() {
      up = true;
      for (const sent of underWay) {
        if (sent.connection.process.isDead) underWay.delete(sent);
        else if (!sent.connection.isCut) send(sent);
      }
    },
    isUp: () => up,
    cutOff(process) {
      const connection = connections.get(process);
      if (!connection || connection.isCut) return;
      connection.isCut = true;
      connection.cuts += 1;
      for (const sent of underWay)
        if (sent.connection === connection) time.after(Math.max(1, PATIENCE_MS - (time.now() - sent.sentAt)), () => giveUp(sent));
    },
    connectAgain(process) {
      const connection = connections.get(process);
      if (!connection?.isCut) return false;
      connection.isCut = false;
      if (up) for (const sent of underWay) if (sent.connection === connection) send(sent);
      return true;
    },
    isReached: (process) => up && connections.get(process)?.isCut !== true,
    peek: get,
    onChange: () => undefined,
    onLoss: () => undefined,
  };
  return self;
}

/** The part of a client that the adapters use. */
function clientOf(request: (calls: Call[]) => Promise<unknown[]>): Redis {
  const single = Object.fromEntries(
    (Object.keys(COMMANDS) as CommandName[]).map((name) => [name, async (...args: never[]) => (await request([[name, ...args]]))[0]]),
  );
  function batch(): object {
    const calls: Call[] = [];
    const chain: Record<string, unknown> = {
      exec: async () => (calls.length === 0 ? [] : (await request(calls)).map((result) => [null, result])),
    };
    for (const name of Object.keys(COMMANDS) as CommandName[])
      chain[name] = (...args: never[]) => {
        calls.push([name, ...args]);
        return chain;
      };
    return chain;
  }
  return { ...single, multi: batch, pipeline: batch } as unknown as Redis;
}
