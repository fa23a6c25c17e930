import type { Link, Log, Outbox } from "../ports/link.ts";

/** Sends the outbox in order; tracks what this connection has sent already. */
export interface ResultPump {
  /** A connection is open, and the coordinator holds everything up to `acked`. */
  start(link: Link, acked: number): void;
  stop(): void;
  /** The outbox has a new result. */
  wake(): void;
  /** Sends everything above this number again. */
  rewind(upTo: number): void;
  /** Sends this one again, unless it is still to be sent. */
  again(number: number): void;
}

export function createResultPump(outbox: Outbox, log: Log): ResultPump {
  let link: Link | undefined;
  let sent = 0;
  let draining = false;

  async function drain(): Promise<void> {
    if (draining) return;
    draining = true;
    try {
      for (;;) {
        const result = link && outbox.next(sent);
        if (!link || !result) break;
        // Before the await: a rewind or a new connection meanwhile takes precedence.
        sent = result.number;
        await link.send(result);
      }
    } catch (error) {
      log("error", "the outbox cannot be read", { err: error });
    } finally {
      draining = false;
    }
  }

  return {
    start(to, acked) {
      link = to;
      sent = acked;
      void drain();
    },
    stop() {
      link = undefined;
    },
    wake() {
      void drain();
    },
    rewind(upTo) {
      sent = Math.min(sent, upTo);
      void drain();
    },
    again(number) {
      const result = number <= sent ? outbox.get(number) : undefined;
      if (result) void link?.send(result);
    },
  };
}
