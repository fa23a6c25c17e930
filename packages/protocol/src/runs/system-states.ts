/** The most important fact about a system. `away`: its agent was connected before. `unjoined`: no agent ever was. `idle`: it has no roles. */
export const SYSTEM_STATES = ["away", "unjoined", "idle", "connected", "working", "failed", "rebuilt"] as const;
export type SystemState = (typeof SYSTEM_STATES)[number];
