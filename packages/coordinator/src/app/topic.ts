/** A recurring event, published to its subscribers. */
export interface Topic<T = void> {
  publish(value: T): void;
  /** @returns A function that ends the subscription. */
  subscribe(listener: (value: T) => void): () => void;
}

export function createTopic<T = void>(): Topic<T> {
  const listeners = new Set<(value: T) => void>();
  return {
    publish(value) {
      for (const listener of listeners) listener(value);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
