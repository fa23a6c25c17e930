import type { Principal } from "../../packages/coordinator/src/domain/principal.ts";
import type { Random } from "../time/random.ts";
import type { World } from "./world.ts";

export const OPERATOR: Principal = { name: "operator", proof: "operator-token", address: "127.0.0.1" };

/** One thing that happens at a time; `text` says it in the trace. */
export interface Action {
  /** ms after the start. */
  at: number;
  text: string;
  perform(world: World): void | Promise<void>;
}

/** Draws what belongs to one kind of action. */
export type Make = (random: Random, systems: readonly string[], addresses: readonly string[]) => Omit<Action, "at">;
