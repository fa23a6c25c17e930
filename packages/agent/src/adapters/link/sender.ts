import type { AgentMessage } from "@sitewright/protocol";

export interface Sender {
  /** Resolves with true once the message was handed over, false when the sender stopped before. */
  send(message: AgentMessage): Promise<boolean>;
  stop(): void;
}

interface Entry {
  message: AgentMessage;
  key: string | undefined;
  done: PromiseWithResolvers<boolean>;
}

/**
 * One message at a time, each after the socket took the one before. Progress of one order that still
 * waits is replaced by newer one, so that the queue is bounded however slow the line is.
 * @param write Resolves when the socket took the message; rejects when it is gone.
 */
export function createSender(write: (message: AgentMessage) => Promise<void>): Sender {
  const queue: Entry[] = [];
  let writing = false;
  let stopped = false;

  async function drain(): Promise<void> {
    if (writing) return;
    writing = true;
    for (let entry = queue.shift(); entry; entry = queue.shift()) {
      try {
        await write(entry.message);
        entry.done.resolve(true);
      } catch {
        entry.done.resolve(false);
      }
    }
    writing = false;
  }

  return {
    send(message) {
      if (stopped) return Promise.resolve(false);
      const key = replaceableKey(message);
      const waiting = key === undefined ? undefined : queue.find((entry) => entry.key === key);
      if (waiting) {
        waiting.message = message;
        return waiting.done.promise;
      }
      const done = Promise.withResolvers<boolean>();
      queue.push({ message, key, done });
      void drain();
      return done.promise;
    },
    stop() {
      stopped = true;
      for (const entry of queue.splice(0)) entry.done.resolve(false);
    },
  };
}

function replaceableKey(message: AgentMessage): string | undefined {
  return message.kind === "progress" ? `progress ${message.orderId}` : undefined;
}
