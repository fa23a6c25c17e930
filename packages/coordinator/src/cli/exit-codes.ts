/** Exit codes of every verb. */
export const EXIT = {
  /** Everything asked for is done and verified. */
  ok: 0,
  /** Something failed or was refused; standard error says what and why. */
  failed: 1,
  /** All that could be reached is done; the rest waits for agents that are not connected. */
  unreachable: 3,
} as const;
