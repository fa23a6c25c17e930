import { setTimeout as sleep } from "node:timers/promises";
import type { Interruption } from "./checks/sent-again.ts";
import { describeAct, type Act, type OrderedRun, type TimedAct } from "./schedule.ts";
import type { Hurt } from "./world/line-process.ts";
import { createOperator, type Operator } from "./operator.ts";
import { damageOne } from "./world/damage.ts";
import { SMALL, systemNames, type SystemName } from "./world/site-server.ts";
import type { Victim } from "./world/victim.ts";
import type { World } from "./world/world.ts";

/** Carries out a schedule. */
export interface Driver {
  /** Resolves when all acts have begun, and what they do for a while has ended. @param from The time in the schedule that is now, ms. */
  run(schedule: readonly TimedAct[], from: number): Promise<void>;
  /** Everything runs again. */
  heal(): Promise<void>;
  interruptions(): readonly Interruption[];
  retried: Operator["retried"];
  /** Acts that had an effect, by their kind; and what the coordinator refused. */
  counts(): Record<string, number>;
}

export function createDriver(world: World, tell: (line: string) => void): Driver {
  const operator = createOperator(world);
  const interruptions: Interruption[] = [];
  const counts: Record<string, number> = {};
  const count = (what: string): void => void (counts[what] = (counts[what] ?? 0) + 1);

  function interrupt(name: string): void {
    const isSystem = (systemNames as string[]).includes(name);
    interruptions.push({ at: Date.now(), ...(isSystem ? { system: name } : {}) });
  }

  async function kill(victim: Victim, downMs: number): Promise<void> {
    if (victim.pid() === undefined) return;
    count("kill");
    interrupt(victim.name);
    await victim.kill();
    world.memories.get(victim.name)?.keep();
    await sleep(downMs);
    victim.start();
  }

  async function loseMemory({ system, how, pick, downMs }: Act & { kind: "memory" }): Promise<void> {
    const victim = victimOf(system);
    if (victim.pid() === undefined) return;
    await victim.kill();
    const memory = system === SMALL && world.smallDisk?.wasFull() ? undefined : world.memories.get(system);
    const isLost = how === "none" ? memory?.remove() : memory?.restore(pick);
    count(isLost ? `memory ${how}` : "kill");
    interruptions.push({ at: Date.now(), system, ...(isLost ? { losesAll: true } : {}) });
    await sleep(downMs);
    victim.start();
  }

  async function freeze(victim: Victim, ms: number): Promise<void> {
    if (victim.pid() === undefined) return;
    count("freeze");
    interrupt(victim.name);
    victim.signal("SIGSTOP");
    await sleep(ms);
    victim.signal("SIGCONT");
    interrupt(victim.name);
  }

  async function hurtLine(system: string, how: Hurt): Promise<void> {
    count(how.kind);
    await world.lines.hurt(system, how);
    // A bit flips when the next piece comes: the line knows when.
    if (how.kind !== "flip") interrupt(system);
  }

  async function fill(ms: number): Promise<void> {
    if (!world.smallDisk) return count("fill, left out: this account may not mount");
    count("fill");
    const from = Date.now();
    world.smallDisk.fill();
    await sleep(ms);
    world.smallDisk.free();
    // A staging that found no room was removed.
    interruptions.push({ at: from, system: SMALL, losesAll: true }, { at: Date.now(), system: SMALL, losesAll: true });
  }

  async function fillServer(ms: number): Promise<void> {
    if (!world.serverDisk) return count("fill-server, left out: this account may not mount");
    count("fill-server");
    interruptions.push({ at: Date.now() });
    world.serverDisk.fill();
    await sleep(ms);
    world.serverDisk.free();
    interruptions.push({ at: Date.now() });
  }

  function damage(system: SystemName, pick: number): void {
    const file = damageOne(world.root(system, "dp"), pick);
    if (file === undefined) return;
    count("damage");
    tell(`           ${file}`);
    interruptions.push({ at: Date.now(), system, losesAll: true });
  }

  async function order(kind: OrderedRun): Promise<void> {
    const failure = await operator.order(kind);
    // A coordinator that does not answer may have made the run: an operator looks, and does not order it again.
    count(failure === undefined ? "order" : "order without an answer");
    if (failure !== undefined) tell(`           the ${kind} has no answer: ${failure}`);
  }

  async function steer({ how, pick, ms }: Act & { kind: "steer" }): Promise<void> {
    // A staging that failed was removed, and is sent again as a whole.
    if (how === "retry") interruptions.push({ at: Date.now(), losesAll: true });
    if (await operator.steer(how, pick, ms)) count(how);
  }

  function carryOut(act: Act): Promise<void> | void {
    switch (act.kind) {
      case "kill":
        return kill(victimOf(act.victim), act.downMs);
      case "freeze":
        return freeze(victimOf(act.victim), act.ms);
      case "line":
        return hurtLine(act.system, act.how);
      case "fill":
        return fill(act.ms);
      case "fill-server":
        return fillServer(act.ms);
      case "memory":
        return loseMemory(act);
      case "damage":
        return damage(act.system as SystemName, act.pick);
      case "clock":
        count("clock");
        return world.setClock(act.victim, act.byMs);
      case "change":
        count("change");
        return world.siteServer.change(act.unit);
      case "order":
        return order(act.run);
      case "steer":
        return steer(act);
    }
  }

  function victimOf(name: string): Victim {
    const victim = world.victims.get(name);
    if (!victim) throw new Error(`there is no program ${name} to kill`);
    return victim;
  }

  return {
    async run(schedule, from) {
      const start = Date.now() - from;
      const busy: Promise<void>[] = [];
      for (const { at, act } of schedule) {
        await sleep(Math.max(0, start + at - Date.now()));
        tell(`${(at / 1000).toFixed(1).padStart(7)} s  ${describeAct(act)}`);
        busy.push(Promise.resolve(carryOut(act)));
      }
      await Promise.all(busy);
    },
    async heal() {
      world.smallDisk?.free();
      world.serverDisk?.free();
      for (const name of world.victims.keys()) world.setClock(name, 0);
      for (const victim of world.victims.values()) {
        victim.signal("SIGCONT");
        victim.start();
      }
      await world.connected();
      await operator.heal();
    },
    interruptions: () => interruptions,
    retried: operator.retried,
    counts: () => counts,
  };
}
