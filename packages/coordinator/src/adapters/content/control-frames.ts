/** Frames that are sent between others, as soon as the current one ends. */
export interface ControlFrames {
  add(frame: Uint8Array): void;
  /** The final frame: nothing of the stream follows it. */
  end(frame: Uint8Array): void;
  /** The final frame was taken. */
  isOver(): boolean;
  next(): Uint8Array | undefined;
  /** How many wait. */
  waiting(): number;
  /** Calls `tell` once a frame waits, perhaps immediately; returns a function that stops that. One listener at a time. */
  listen(tell: () => void): () => void;
}

export function createControlFrames(): ControlFrames {
  const frames: Uint8Array[] = [];
  let listener: (() => void) | undefined;
  let ended = false;

  function add(frame: Uint8Array): void {
    if (ended) return;
    frames.push(frame);
    listener?.();
  }

  return {
    add,
    end(frame) {
      add(frame);
      ended = true;
    },
    isOver: () => ended && frames.length === 0,
    next: () => frames.shift(),
    waiting: () => frames.length,
    listen(tell) {
      listener = tell;
      if (frames.length > 0) tell();
      return () => {
        if (listener === tell) listener = undefined;
      };
    },
  };
}
