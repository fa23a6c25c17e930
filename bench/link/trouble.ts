import type { Socket } from "node:net";
import type { Trouble } from "./messages.ts";
import type { Relayed } from "./relay.ts";

/** Applies faults to the connections of a line. */
export interface Troublemaker {
  suffer(from: Trouble): void;
  /** Whether a new connection is accepted; if not, it was refused. */
  takes(near: Socket): boolean;
  /** A connection was accepted. */
  add(connection: Relayed): void;
  /** How many connections it broke. */
  breaks(): number;
  /** No further faults; open connections break. */
  stop(): void;
}

export function createTroublemaker(): Troublemaker {
  const open = new Set<Relayed>();
  let isDown = false;
  let longest = Infinity;
  let broken = 0;
  let turn: NodeJS.Timeout | undefined;

  function cut(connection: Relayed): void {
    broken += 1;
    connection.cut();
  }

  function cutAll(): void {
    for (const connection of open) cut(connection);
  }

  function flap(up: number, down: number): void {
    turn = setTimeout(() => {
      isDown = true;
      cutAll();
      turn = setTimeout(() => {
        isDown = false;
        flap(up, down);
      }, down);
    }, up);
  }

  return {
    suffer(from) {
      if (from.kind === "flaps") flap(from.up, from.down);
      else if (from.kind === "forgets") turn = setTimeout(() => open.forEach((connection) => connection.forget()), from.after);
      else {
        longest = from.after;
        turn = setTimeout(cutAll, longest);
      }
    },
    takes(near) {
      if (isDown) near.resetAndDestroy();
      return !isDown;
    },
    add(connection) {
      open.add(connection);
      const timer = longest === Infinity ? undefined : setTimeout(() => cut(connection), longest);
      connection.onEnd(() => {
        clearTimeout(timer);
        open.delete(connection);
      });
    },
    breaks: () => broken,
    stop() {
      clearTimeout(turn);
      cutAll();
    },
  };
}
