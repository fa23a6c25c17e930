import { randomUUID } from "node:crypto";
import { SitewrightError, unitKey, type Held } from "@sitewright/protocol";
import type { AgentRegistry, StoredHeld, StoredInventory } from "../../app/ports/agents.ts";
import { reaching, storing, type RedisClient } from "./server/connection.ts";
import { KEYS } from "./keys.ts";
import { decodeRecord, encodeRecord, RECORDS, unusable } from "./records.ts";
import { ADD_JOIN_TOKEN, RESTORE_AGENT, REVOKE, USE_JOIN_TOKEN } from "./scripts.ts";

/** A token is kept this long after it expired, so that "used" and "expired" can be distinguished from "unknown", ms. */
const REMEMBERED = 24 * 60 * 60 * 1000;
/** Keys read per step when agents are listed. */
const STEP = 1000;

/** What is known of agents, one hash each. Throws `REDIS_UNREACHABLE` during a long outage. */
export function redisRegistry(redis: RedisClient): AgentRegistry {
  const field = (system: string, name: string): Promise<string | null> => reaching(() => redis.hget(KEYS.agent(system), name));
  const setField = async (system: string, name: string, value: string): Promise<void> => {
    await reaching(() => redis.hset(KEYS.agent(system), name, value));
  };
  const useToken = async (tokenHash: string, system: string, more: (string | number)[]): Promise<void> => {
    const keys = [KEYS.joinToken(tokenHash), KEYS.agent(system)] as const;
    const answer = await reaching(() => redis.eval(USE_JOIN_TOKEN, 2, ...keys, randomUUID(), system, ...more));
    if (answer !== "ok") throw refusal(String(answer), system);
  };
  return {
    async key(system) {
      const stored = await field(system, "key");
      return stored === null ? undefined : parseKey(system, stored);
    },
    async addJoinToken(tokenHash, { system, expiresAt }) {
      const keys = [KEYS.joinToken(tokenHash), KEYS.agent(system)] as const;
      await reaching(() => redis.eval(ADD_JOIN_TOKEN, 2, ...keys, system, expiresAt, expiresAt + REMEMBERED));
    },
    checkJoinToken: (tokenHash, system, now) => useToken(tokenHash, system, [now]),
    join: (tokenHash, { system, key, now }) => useToken(tokenHash, system, [now, key.toHex()]),
    revoke: async (system) => (await reaching(() => redis.eval(REVOKE, 1, KEYS.agent(system)))) === 1,
    restore: async (system, { key, joinedAt }) => {
      const args = [key.toHex(), ...(joinedAt === undefined ? [] : [joinedAt])];
      return (await reaching(() => redis.eval(RESTORE_AGENT, 1, KEYS.agent(system), ...args))) === 1;
    },
    async joined() {
      const prefix = KEYS.agent("");
      const found = new Map<string, number | undefined>();
      for (const server of storing(redis)) {
        for (let cursor = "0", first = true; first || cursor !== "0"; first = false) {
          const [next, keys] = await reaching(() => server.scan(cursor, "MATCH", `${prefix}*`, "COUNT", STEP));
          cursor = next;
          for (const name of keys) {
            const [key, joinedAt] = await reaching(() => redis.hmget(name, "key", "joinedAt"));
            if (key) found.set(name.slice(prefix.length), joinedAt ? wholeNumber(`${name} joinedAt`, joinedAt) : undefined);
          }
        }
      }
      return found;
    },
    acked: async (system) => wholeNumber(`${KEYS.agent(system)} acked`, (await field(system, "acked")) ?? "0"),
    setAcked: (system, number) => setField(system, "acked", String(number)),
    async inventory(system) {
      const [stored, changes] = await Promise.all([field(system, "inventory"), reaching(() => redis.hgetall(KEYS.held(system)))]);
      const inventory = stored === null ? undefined : decodeRecord(RECORDS.inventory, `${KEYS.agent(system)} inventory`, stored);
      const entries = Object.entries(changes).toSorted(([a], [b]) => (a < b ? -1 : 1));
      const since = entries.map(([unit, json]) => decodeRecord(RECORDS.held, `${KEYS.held(system)} ${unit}`, json));
      return since.length === 0 ? inventory : changed(inventory, since);
    },
    async setInventory(system, inventory) {
      const json = encodeRecord(RECORDS.inventory, inventory);
      const saved = await reaching(() => redis.multi().hset(KEYS.agent(system), "inventory", json).unlink(KEYS.held(system)).exec());
      for (const [error] of saved ?? []) if (error) throw error;
    },
    addHeld: async (system, change) =>
      void (await reaching(() => redis.hset(KEYS.held(system), unitKey(change.held.unit), encodeRecord(RECORDS.held, change)))),
  };
}

/** An inventory with what became of single units since. */
function changed(inventory: StoredInventory | undefined, changes: readonly StoredHeld[]): StoredInventory {
  const keys = new Set(changes.map(({ held }) => unitKey(held.unit)));
  const isSame = ({ unit }: Held): boolean => !keys.has(unitKey(unit));
  const { units = [], undescribed } = inventory ?? {};
  const others = undescribed?.units.filter(isSame) ?? [];
  return {
    digest: "",
    units: [...units.filter(isSame), ...changes.map(({ held }) => held)],
    ...(undescribed ? { undescribed: { units: others, count: undescribed.count - undescribed.units.length + others.length } } : {}),
    seenAt: Math.max(inventory?.seenAt ?? 0, ...changes.map(({ seenAt }) => seenAt)),
  };
}

function parseKey(system: string, hex: string): Uint8Array {
  if (!/^([0-9a-f]{2})+$/.test(hex)) throw unusable(`${KEYS.agent(system)} key`, "it is not a key in hexadecimal digits");
  return Uint8Array.fromHex(hex);
}

function wholeNumber(place: string, text: string): number {
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(Number(text))) throw unusable(place, "it is not a whole number");
  return Number(text);
}

function refusal(answer: string, system: string): SitewrightError {
  const another = `make another with 'sitewright token create --system ${system}'`;
  if (answer === "used") return new SitewrightError("JOIN_TOKEN_USED", `this join token was used before: ${another}`);
  if (answer === "expired") return new SitewrightError("JOIN_TOKEN_EXPIRED", `this join token has expired: ${another}`);
  return new SitewrightError("JOIN_TOKEN_INVALID", `this is not a join token for ${system}: ${another}`);
}
