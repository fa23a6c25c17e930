import type { Exchange } from "../src/adapters/disk/platform/port.ts";
import type { Fixture } from "./disk-fixture.ts";

/** Works `steps` times and then fails permanently, as for a killed process: nothing is stored any more either. */
export function dying(inner: Exchange): Exchange & { steps: number; site: Fixture | undefined } {
  const count = (work: () => void) => {
    if (dead.steps-- <= 0) {
      if (dead.steps === -1) dead.site?.die();
      throw new Error("the process died");
    }
    work();
  };
  const dead = {
    isInUse: inner.isInUse,
    steps: Infinity,
    site: undefined as Fixture | undefined,
    swap: (live: string, other: string, aside: string) => count(() => inner.swap(live, other, aside)),
    move: (from: string, to: string) => count(() => inner.move(from, to)),
  };
  return dead;
}

/** Prevents a name from becoming live or being removed, while it is `broken`. */
export function refusing(inner: Exchange, name: string): Exchange & { broken: boolean } {
  const refusal = (...paths: string[]) => {
    if (odd.broken && paths.some((path) => path.endsWith(`/${name}`))) throw new Error("not now");
  };
  const odd = {
    isInUse: inner.isInUse,
    broken: false,
    swap(live: string, other: string, aside: string) {
      refusal(live);
      inner.swap(live, other, aside);
    },
    move(from: string, to: string) {
      refusal(from, to);
      inner.move(from, to);
    },
  };
  return odd;
}
