/** Lets others have their turn: timers, sockets, other orders. */
export function nextTurn(): Promise<undefined> {
  return new Promise((resolve) => {
    setImmediate(() => resolve(undefined));
  });
}
