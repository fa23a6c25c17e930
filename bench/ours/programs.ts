import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
const FILES = {
  sitewright: join(ROOT, "packages/coordinator/bin/sitewright.mjs"),
  "sitewright-agent": join(ROOT, "packages/agent/bin/sitewright-agent.mjs"),
} as const;

/** The program as shipped; to be run by this Node.js. */
export const programFile = (program: keyof typeof FILES): string => FILES[program];
