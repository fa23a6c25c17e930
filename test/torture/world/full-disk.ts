import { makeSmallDisk, type SmallDisk } from "../../support/small-disk.ts";

/** A disk that can be filled. */
export interface FullDisk extends SmallDisk {
  /** Whether it has no room, or had none a moment ago. */
  wasFull(): boolean;
}

const MOMENT_MS = 2_000;

/** @returns Undefined: this account may not mount. */
export function makeFullDisk(folder: string, mib: number): FullDisk | undefined {
  const disk = makeSmallDisk(folder, mib);
  let fullUntil = -Infinity;
  return (
    disk && {
      ...disk,
      fill() {
        fullUntil = Infinity;
        disk.fill();
      },
      free() {
        if (fullUntil === Infinity) fullUntil = Date.now() + MOMENT_MS;
        disk.free();
      },
      wasFull: () => Date.now() < fullUntil,
    }
  );
}
