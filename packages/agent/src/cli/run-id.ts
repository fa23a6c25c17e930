import { randomBytes } from "node:crypto";

/** Id of a run or a restore: its time, and what makes two of one second different. */
export function newRunId(): string {
  return `${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, "")}-${randomBytes(4).toString("hex")}`;
}
