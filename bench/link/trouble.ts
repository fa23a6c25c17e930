import type { Socket } from "node:net";
import type { Trouble } from "./messages.ts";
import type { Relayed } from "./relay.ts";

/** Lets the connections of a line suffer. */
export interface Troublemaker {
  suffer(from: Trouble): void;
  /** Whether a connection that comes now is taken; if not, it was refused. */
  takes(near: Socket): boolean;
  /** A connection was taken. */
  add(connection: Relayed): void;
  /** How many connections it broke. */
  breaks(): number;
  /** Nothing befalls any more; what is open breaks. */
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
