import { connect, type Socket } from "node:net";
import type { Direction } from "./direction.ts";

/** Small enough for connections to share the line fairly and without bursts. */
const SLICE = 4 * 1024;
/** Bytes that a receiver may leave unread before its sender is held back. */
const UNTAKEN = 256 * 1024;

export interface Ways {
  /** Towards the target. */
  up: Direction;
  down: Direction;
  /** ms one way. */
  delay: () => number;
}

/** A forwarded connection. */
export interface Relayed {
  /** Breaks it, for both sides. */
  cut(): void;
  /** Carries nothing any more, in neither direction, without telling either side. */
  forget(): void;
  onEnd(call: () => void): void;
}

/** Forwards one connection to the target over the line; setting it up takes a round trip, as on a real line. */
export function relay(near: Socket, target: { host: string; port: number }, { up, down, delay }: Ways): Relayed {
  let far: Socket | undefined;
  let isForgotten = false;
  near.pause();
  near.setNoDelay(true);
  near.on("error", () => {});
  setTimeout(() => {
    if (near.destroyed || isForgotten) return;
    const other = connect({ ...target, noDelay: true, allowHalfOpen: true });
    far = other;
    other.on("error", () => near.destroy());
    const isDead = (): boolean => isForgotten;
    carry(other, near, down, isDead);
    setTimeout(() => carry(near, other, up, isDead), delay());
  }, delay());
  return {
    cut() {
      for (const socket of [near, far]) if (!socket?.destroyed) socket?.resetAndDestroy();
    },
    forget() {
      isForgotten = true;
    },
    onEnd: (call) => void near.once("close", call),
  };
}

/** @param isDead Whether data are discarded from now on. */
function carry(from: Socket, to: Socket, way: Direction, isDead: () => boolean): void {
  let held = 0;
  const hold = (until: (go: () => void) => void): void => {
    held += 1;
    from.pause();
    until(() => {
      held -= 1;
      if (held === 0) from.resume();
    });
  };
  from.on("data", (data: Buffer) => {
    if (isDead()) return void from.pause();
    for (let at = 0; at < data.length; at += SLICE) {
      const slice = data.subarray(at, at + SLICE);
      way.put(slice.length, () => {
        if (to.destroyed || isDead()) return;
        to.write(slice);
        if (to.writableLength > UNTAKEN && held === 0) hold((go) => to.once("drain", go).once("close", go));
      });
    }
    if (way.isFull()) hold((go) => way.onRoom(go));
  });
  from.on("end", () => way.put(0, () => isDead() || to.end()));
  from.on("close", (broken) => {
    if (broken) way.put(0, () => isDead() || to.destroy());
  });
  from.resume();
}
