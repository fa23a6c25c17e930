import type { UnitSource } from "../../domain/sites/hierarchy.ts";
import type { Digest } from "@sitewright/protocol";
import { checkVersion } from "./check-version.ts";
import { LAYOUT } from "./tables/index-database.ts";
import type { IndexContext, IndexOutcome } from "./index-context.ts";
import { FaultList, SourceMoved } from "./walk/source-fault.ts";
import { createUnitMemory } from "./tables/unit-memory.ts";
import { createWalkSum } from "./walk/walk-sum.ts";
import { walkSource, type Share } from "./walk/walk-source.ts";

/** State of a share of a source; undefined when one thread has to read it to report what is wrong with it. */
export function lookAtShare(
  { owned }: UnitSource,
  { root, tick }: Pick<IndexContext, "root" | "tick">,
  share: Share,
): Uint32Array | undefined {
  const faults = new FaultList();
  const sum = createWalkSum();
  try {
    for (const entry of walkSource(root, owned, faults, share)) {
      tick({ files: 0, bytes: 0 });
      sum.add(entry);
    }
  } catch (error) {
    if (error instanceof SourceMoved) return undefined;
    throw error;
  }
  return faults.count > 0 ? undefined : sum.sum();
}

/** The result for an unchanged unit. Throws the objections to its version. */
export function recallUnit(source: UnitSource, context: IndexContext, shares: readonly Uint32Array[]): IndexOutcome | undefined {
  const sum = createWalkSum();
  for (const share of shares) sum.addShare(share);
  return recall(source, context, createUnitMemory(context, source, sum.stamp()));
}

/** @param content Digest of names, sizes and bytes. */
export function versionOf({ sourceVersion = 0 }: UnitSource, content: Digest): { sourceVersion: number; content: string } {
  // Other cuts give the same files other digests: only those of one layout can be compared.
  return { sourceVersion, content: `${LAYOUT}-${content}` };
}

export function recall(source: UnitSource, context: IndexContext, memory: ReturnType<typeof createUnitMemory>): IndexOutcome | undefined {
  const known = memory.recall();
  if (!known) return undefined;
  checkVersion(context, source, known.content);
  return { indexed: { ...known.indexed, ...versionOf(source, known.content) }, filesRead: 0, bytesRead: 0, moved: known.moved };
}
