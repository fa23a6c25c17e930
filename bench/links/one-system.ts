import type { Context } from "../case.ts";
import { openLine, overLine, type Line } from "../link/line.ts";
import { startBranch, type Branch } from "./branch.ts";

/** One system behind a line of the bench, and a package for each round. */
export interface OneSystem {
  branch: Branch;
  line: Line;
  /** The coordinator, over the line. */
  url: string;
  /** Packages. */
  rounds: string[];
}

/** @param bandwidth As its address states it; the line itself is unlimited until it is shaped. @param bytes Of each package. */
export async function startOneSystem(context: Context, bandwidth: string, bytes: number): Promise<OneSystem> {
  const line = openLine(context);
  await line.shape(0, 0);
  const rounds = packageARound(context);
  let url = "";
  const branch = await startBranch(context, {
    systems: ["BRANCH1"],
    bandwidth,
    packages: rounds.map((id) => ({ id, bytes, systems: ["BRANCH1"] })),
    agentUrl: async (coordinator) => (url = await overLine(line, coordinator)),
  });
  return { branch, line, url, rounds };
}

/** Identifiers of packages. */
export function packageARound({ rounds }: Context): string[] {
  return Array.from({ length: rounds }, (_, round) => `ABC000${String(round).padStart(2, "0")}`);
}
