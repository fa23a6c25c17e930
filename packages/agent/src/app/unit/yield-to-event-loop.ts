/** Lets others have their turn: timers, sockets, other orders. */
export function yieldToEventLoop(): Promise<undefined> {
  return new Promise((resolve) => {
    setImmediate(() => resolve(undefined));
  });
}
