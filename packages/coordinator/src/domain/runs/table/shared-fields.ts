import { unitKey } from "@sitewright/protocol";
import type { Phase } from "../run.ts";

/** What all phases of a system have in common. */
export type OfSystem = Pick<Phase, "system" | "site" | "address">;

/** What the phases of one task of a unit have in common on all systems. */
export type OfUnit = Pick<Phase, (typeof UNIT_FIELDS)[number]>;

export const SYSTEM_FIELDS = ["system", "site", "address"] as const satisfies readonly (keyof Phase)[];

export const UNIT_FIELDS = [
  ...(["unit", "task", "priority", "generation", "manifest", "manifestBytes", "sourceVersion"] as const),
  ...(["content", "files", "sourceBytes", "packedBytes", "beforeRepair", "owned", "firstEpoch"] as const),
] as const satisfies readonly (keyof Phase)[];

export function ofSystemIn({ system, site, address }: Phase): OfSystem {
  return { system, site, ...(address === undefined ? {} : { address }) };
}

export function ofUnitIn(phase: Phase): OfUnit {
  const { unit, task, priority, generation, manifest, manifestBytes, sourceVersion } = phase;
  const { content, files, sourceBytes, packedBytes, beforeRepair, owned, firstEpoch } = phase;
  return {
    unit,
    task,
    priority,
    generation,
    ...(manifest === undefined ? {} : { manifest }),
    manifestBytes,
    sourceVersion,
    ...(content === undefined ? {} : { content }),
    files,
    sourceBytes,
    packedBytes,
    ...(beforeRepair ? { beforeRepair } : {}),
    ...(owned ? { owned } : {}),
    ...(firstEpoch === undefined ? {} : { firstEpoch }),
  };
}

/** The same for equal ones only. */
export function keyOfSystem({ system, site, address = "" }: OfSystem): string {
  return `${system}\n${site}\n${address}`;
}

/** The same for equal ones only. */
export function keyOfUnit(of: OfUnit): string {
  const { unit, task, priority, generation, manifest, manifestBytes, sourceVersion, content, files, sourceBytes, packedBytes } = of;
  const { beforeRepair = false, owned, firstEpoch } = of;
  const texts = `${unitKey(unit)}\n${task} ${priority} ${beforeRepair} ${manifest} ${content} ${generation.epoch} ${generation.counter}`;
  const sizes = `${manifestBytes} ${sourceVersion} ${files} ${sourceBytes} ${packedBytes} ${firstEpoch}`;
  return owned ? `${texts} ${sizes} ${JSON.stringify(owned)}` : `${texts} ${sizes}`;
}
