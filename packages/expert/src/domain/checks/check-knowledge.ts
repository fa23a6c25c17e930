import type { Knowledge } from "../knowledge.ts";
import type { Fault } from "../read/tree.ts";
import { checkConditions } from "./conditions.ts";
import { checkOrder } from "./order.ts";
import { checkTexts } from "./texts.ts";
import { checkWorlds } from "./worlds.ts";

/** Cases tried whenever the data is loaded: some tens of milliseconds. The tests try 20,000. */
const TRIED_AT_LOAD = 100;

/** Rules over the list as a whole. Random cases are tried only when names and order are valid. */
export function checkKnowledge(knowledge: Knowledge, cases = TRIED_AT_LOAD): Fault[] {
  const faults = [...checkConditions(knowledge), ...checkOrder(knowledge), ...checkTexts(knowledge)];
  return faults.length > 0 ? faults : checkWorlds(knowledge, cases, 1);
}
