import { pathToFileURL } from "node:url";

/** NODE_OPTIONS of a process that is to load these modules before its program. As URLs: spaces in them would end an option. */
export function preload(...modules: string[]): string {
  return modules.map((module) => `--import=${pathToFileURL(module).href}`).join(" ");
}
