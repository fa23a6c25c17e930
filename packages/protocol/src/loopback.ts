const LOOPBACK = new Set(["localhost", "127.0.0.1", "::1"]);

/** Whether what is sent to this host stays on this machine. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.has(host.toLowerCase());
}
