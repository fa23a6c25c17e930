import { join } from "node:path";
import { normalizePath, type Plugin } from "vite";
import { readData } from "./expert/src/adapters/data.ts";

const EXPERT_DATA = normalizePath(join(import.meta.dirname, "expert/src/adapters/data.ts"));

/** The expert's data, checked and parsed, become part of what is built: the program must work alone, and in a browser. */
export const expertData: Plugin = {
  name: "expert-data",
  enforce: "pre",
  load(id) {
    if (id !== EXPERT_DATA) return undefined;
    const data = readData();
    const [fault] = data.faults;
    if (fault) throw new Error(`packages/expert/data/${fault.file}:${fault.line}: ${fault.message}`);
    return `export const readData = () => JSON.parse(${JSON.stringify(JSON.stringify(data))});`;
  },
};
