import type { Case } from "../case.ts";
import { adoption } from "./adoption.ts";
import { agents, manyAgents } from "./agents.ts";
import { dispatch } from "./dispatch.ts";
import { events } from "./events.ts";
import { planGrowth } from "./plan-growth.ts";
import { redisMemory } from "./redis-memory.ts";
import { runMemory } from "./run-memory.ts";
import { serving } from "./serving.ts";

/** Large hierarchies, in the order in which they are run and shown. */
export const SCALE_CASES: readonly Case[] = [
  planGrowth,
  runMemory,
  redisMemory,
  agents,
  ...manyAgents,
  dispatch,
  events,
  adoption,
  serving,
];
