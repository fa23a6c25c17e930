import { SitewrightError } from "@sitewright/protocol";
import { KEYS } from "./keys.ts";
import type { RedisClient } from "./server/connection.ts";

/**
 * Lua compares revisions and stores strings; it never parses the records, because its numbers would round 16-digit counters.
 */

/**
 * What only the coordinator that led last may do: one that was stopped for a while must not undo what its successor did, also if that one has
 * ended. KEYS: lease of the one that led last, then as stated. ARGV: our lease, then as stated.
 */
function fenced(script: string): string {
  return `
local leader = redis.call('GET', KEYS[1])
if leader and ARGV[1] ~= '' and leader ~= ARGV[1] then return -1 end${script}`;
}

/** The arguments of a fenced script, for `eval` of a client or a pipeline. @param lease Ours; "": we have none. */
export function fencedCall(
  script: string,
  lease: string,
  keys: string[],
  args: (string | number)[],
): [string, number, ...(string | number)[]] {
  return [script, keys.length + 1, KEYS.leader, ...keys, lease, ...args];
}

/** The answer of a fenced script. Throws `NOT_LEADING`. */
export function answered(answer: unknown): unknown {
  if (answer !== -1) return answer;
  throw new SitewrightError("NOT_LEADING", "another coordinator leads now: this one changes nothing any more");
}

/** Runs one. Throws `NOT_LEADING`. */
export async function evalFenced(redis: RedisClient, ...call: Parameters<typeof fencedCall>): Promise<unknown> {
  return answered(await redis.eval(...fencedCall(...call)));
}

/** Keys of one command that removes. */
const FORGOTTEN_AT_ONCE = 500;

/** Removes keys. Throws `NOT_LEADING`. */
export async function unlinkFenced(redis: RedisClient, lease: string, keys: readonly string[]): Promise<void> {
  for (let from = 0; from < keys.length; from += FORGOTTEN_AT_ONCE)
    await evalFenced(redis, FORGET_KEYS, lease, keys.slice(from, from + FORGOTTEN_AT_ONCE), []);
}

/**
 * KEYS: plan, changes of the part, details. ARGV: part, number, expected revision ("": as planned), revision, text after the revision,
 * details. Returns 1, or 0 on a race, or when the plan is not there.
 */
export const CHANGE_PHASE = fenced(`
local stored = redis.call('HGET', KEYS[3], ARGV[3])
local revision = stored and string.sub(stored, 1, #ARGV[5]) or ''
if revision == ARGV[5] then return 1 end
if revision ~= ARGV[4] or redis.call('HEXISTS', KEYS[2], ARGV[2]) == 0 then return 0 end
redis.call('HSET', KEYS[3], ARGV[3], ARGV[5] .. ARGV[6])
if ARGV[7] == '' then redis.call('HDEL', KEYS[4], ARGV[3]) else redis.call('HSET', KEYS[4], ARGV[3], ARGV[5] .. ARGV[7]) end
return 1`);

/** KEYS: plans of the run, plan. ARGV: plan, run, what its phases have in common (""): as stored. */
export const BEGIN_PLAN = fenced(`
redis.call('HSETNX', KEYS[2], ARGV[2], 'coming')
redis.call('HSET', KEYS[3], 'run', ARGV[3])
if ARGV[4] ~= '' then redis.call('HSET', KEYS[3], 'shared', ARGV[4]) end
return 1`);

/** KEYS: plan, changes of the part, details. ARGV: part, its phases as planned, numbers of those that are new as they are there. */
export const SET_PART = fenced(`
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
redis.call('HDEL', KEYS[3], unpack(ARGV, 4))
redis.call('HDEL', KEYS[4], unpack(ARGV, 4))
return 1`);

/**
 * KEYS: plans of the run, plan, its phases in form 1, where these go. ARGV: plan, its fields. By one command: a run has all phases of a plan, or
 * none. Returns 1, or 0 when Redis lost some of it since it was begun.
 */
export const LIST_PLAN = fenced(`
if redis.call('HLEN', KEYS[3]) < tonumber(ARGV[3]) then return 0 end
redis.call('HSET', KEYS[2], ARGV[2], 'listed')
if redis.call('EXISTS', KEYS[4]) == 1 then redis.call('RENAME', KEYS[4], KEYS[5]) end
return 1`);

/** One command on KEYS, with ARGV after them. Returns 1. */
function fencedCommand(name: string): string {
  return fenced(`
local words = { unpack(KEYS, 2) }
for i = 2, #ARGV do words[#words + 1] = ARGV[i] end
redis.call('${name}', unpack(words))
return 1`);
}

/** KEYS: one. ARGV: its value. */
export const SET_KEY = fencedCommand("SET");
/** KEYS: hash. ARGV: fields, each with its value. */
export const SET_FIELDS = fencedCommand("HSET");
/** KEYS: those that are removed. */
export const FORGET_KEYS = fencedCommand("UNLINK");
/** KEYS: hash. ARGV: fields that are removed. */
export const FORGET_FIELDS = fencedCommand("HDEL");

/**
 * KEYS: hash, another that is coming, where that goes. ARGV: fields of the coming one, fields of the first with their values. By one command:
 * a Redis that loses everything meanwhile has all of it or nothing. Returns 1, or 0 when what is coming is not whole.
 */
export const REPLACE_BOTH = fenced(`
if redis.call('HLEN', KEYS[3]) ~= tonumber(ARGV[2]) then return 0 end
redis.call('UNLINK', KEYS[2], KEYS[4])
redis.call('HSET', KEYS[2], unpack(ARGV, 3))
if ARGV[2] ~= '0' then redis.call('RENAME', KEYS[3], KEYS[4]) end
return 1`);

/** KEYS: runs, and the keys of the run. ARGV: id. By one command: a run that is listed is there. Returns 1. */
export const FORGET_RUN = fenced(`
redis.call('ZREM', KEYS[2], ARGV[2])
redis.call('UNLINK', unpack(KEYS, 3))
return 1`);

/** KEYS: run, runs. ARGV: id, created at, JSON. Returns 1. */
export const SAVE_RUN = fenced(`
redis.call('SET', KEYS[2], ARGV[4])
redis.call('ZADD', KEYS[3], ARGV[3], ARGV[2])
return 1`);

/** KEYS: run, runs. ARGV: id, created at, JSON. Returns 1, or 0 when another run has the id. */
export const CREATE_RUN = fenced(`
local known = redis.call('GET', KEYS[2])
if known and known ~= ARGV[4] then return 0 end
redis.call('SET', KEYS[2], ARGV[4])
redis.call('ZADD', KEYS[3], ARGV[3], ARGV[2])
return 1`);

/** KEYS: token, agent. ARGV: system, expires at, forgotten at. A revocation of the agent ends the token. */
export const ADD_JOIN_TOKEN = `
local revocations = redis.call('HGET', KEYS[2], 'revocations') or '0'
redis.call('HSET', KEYS[1], 'system', ARGV[1], 'expiresAt', ARGV[2], 'revocations', revocations)
redis.call('PEXPIREAT', KEYS[1], ARGV[3])
return 1`;

/**
 * KEYS: token, agent. ARGV: nonce of this use, system, now, and the key to store; without a key, the token is only checked. An agent with another
 * key may count its results from the beginning. Returns a word.
 */
export const USE_JOIN_TOKEN = `
local token = redis.call('HMGET', KEYS[1], 'system', 'expiresAt', 'used', 'revocations')
if not token[1] or token[1] ~= ARGV[2] then return 'invalid' end
if token[3] == ARGV[1] then return 'ok' end
if token[3] then return 'used' end
if (token[4] or '0') ~= (redis.call('HGET', KEYS[2], 'revocations') or '0') then return 'invalid' end
if tonumber(token[2]) <= tonumber(ARGV[3]) then return 'expired' end
if ARGV[4] then
  redis.call('HSET', KEYS[1], 'used', ARGV[1])
  if redis.call('HGET', KEYS[2], 'key') ~= ARGV[4] then redis.call('HDEL', KEYS[2], 'acked') end
  redis.call('HSET', KEYS[2], 'key', ARGV[4], 'joinedAt', ARGV[3])
end
return 'ok'`;

/** KEYS: agent. Returns whether it had a key. */
export const REVOKE = `
redis.call('HINCRBY', KEYS[1], 'revocations', 1)
redis.call('HDEL', KEYS[1], 'joinedAt')
return redis.call('HDEL', KEYS[1], 'key')`;

/** KEYS: agent. ARGV: key, and joined at if it is known. Returns 1; 0: it has another key, or was revoked. */
export const RESTORE_AGENT = `
local key = redis.call('HGET', KEYS[1], 'key')
if key then return key == ARGV[1] and 1 or 0 end
if redis.call('HEXISTS', KEYS[1], 'revocations') == 1 then return 0 end
redis.call('HSET', KEYS[1], 'key', ARGV[1])
if ARGV[2] then redis.call('HSET', KEYS[1], 'joinedAt', ARGV[2]) end
return 1`;

/**
 * KEYS: lease, members, lease of the one that led last. ARGV: beginning of a lease that may be replaced, our lease, ms, whether we want it (0:
 * no, 1: if another one led before, 2: yes), our id, our record. Returns the lease in force (or ""), and ids and records of all members. A
 * lease that has ended is renewed unless another one led since.
 */
export const MEMBER_BEAT = `
redis.call('HSET', KEYS[2], ARGV[5], ARGV[6])
local holder = redis.call('GET', KEYS[1])
local last = redis.call('GET', KEYS[3])
local isOurs = not holder or string.sub(holder, 1, #ARGV[1]) == ARGV[1]
local isSucceeded = ARGV[1] == ARGV[2] and last and last ~= ARGV[2]
if isOurs and not isSucceeded and (ARGV[4] == '2' or ARGV[4] == '1' and last) then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  redis.call('SET', KEYS[3], ARGV[2])
  holder = ARGV[2]
end
return { holder or '', redis.call('HGETALL', KEYS[2]), last or '' }`;

/** KEYS: lease, members. ARGV: our lease, our id. */
export const DROP_LEASE = `
redis.call('HDEL', KEYS[2], ARGV[2])
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`;

/** Tries one command of each kind that the stores and the queue need, on keys beginning with KEYS[1]; returns the refusals. */
export const TRY_RIGHTS = `
local tried = {
  { "set", "s", "1" }, { "get", "s" }, { "incr", "n" }, { "pexpire", "n", "60000" }, { "hset", "h", "f", "1" }, { "hgetall", "h" },
  { "zadd", "z", "1", "m" }, { "zpopmin", "z" }, { "rpush", "l", "1" }, { "lrange", "l", "0", "-1" }, { "sadd", "c", "1" },
  { "xadd", "x", "*", "f", "1" }, { "del", "s", "n", "h", "z", "l", "c", "x" },
}
local refused = {}
for _, command in ipairs(tried) do
  local name = table.remove(command, 1)
  local last = name == "del" and #command or 1
  for i = 1, last do command[i] = KEYS[1] .. ":" .. command[i] end
  local answer = redis.pcall(name, unpack(command))
  if type(answer) == "table" and answer.err then refused[#refused + 1] = name .. ": " .. answer.err end
end
return refused`;
