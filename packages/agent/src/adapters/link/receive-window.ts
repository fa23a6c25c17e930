/** Counts what of a content stream was received and consumed, and tells the sender when it may go on. */
export interface ReceiveWindow {
  received(bytes: number): void;
  consumed(bytes: number): void;
  /** The reader has taken everything out of its buffer and waits for more. */
  waiting(): void;
  /** Whether the sender has leave to send. */
  isOpen(): boolean;
  close(): void;
}

/**
 * @param size Bytes that may be under way or unconsumed.
 * @param grant Says the total of consumed bytes to the sender: after each quarter of the window, and when nothing else could
 * set the stream going again.
 */
export function createReceiveWindow(size: number, grant: (consumed: number) => void): ReceiveWindow {
  let received = 0;
  let consumed = 0;
  let granted = 0;
  let isWaiting = false;
  let closed = false;

  function grantNow(): void {
    if (closed || consumed === granted) return;
    granted = consumed;
    grant(consumed);
  }

  return {
    received(bytes) {
      received += bytes;
      isWaiting = false;
    },
    consumed(bytes) {
      consumed += bytes;
      if (consumed - granted >= size / 4 || (isWaiting && consumed === received)) grantNow();
    },
    waiting() {
      isWaiting = true;
      if (consumed === received) grantNow();
    },
    isOpen: () => received - consumed < size,
    close() {
      closed = true;
    },
  };
}
