import { join } from "node:path";
import { normalizePath, type Plugin } from "vite";
import { readAdvice } from "./expert/src/adapters/advice-data.ts";
import { readData } from "./expert/src/adapters/data.ts";

const ADAPTERS = normalizePath(join(import.meta.dirname, "expert/src/adapters"));

/** The expert's data, checked and parsed, become part of what is built: the program must work alone, and in a browser. */
export const expertData: Plugin = {
  name: "expert-data",
  enforce: "pre",
  load(id) {
    if (id === `${ADAPTERS}/advice-data.ts`) return moduleOf("readAdvice", readAdvice());
    if (id !== `${ADAPTERS}/data.ts`) return undefined;
    const data = readData();
    const [fault] = data.faults;
    if (fault) throw new Error(`packages/expert/data/${fault.file}:${fault.line}: ${fault.message}`);
    return moduleOf("readData", data);
  },
};

function moduleOf(name: string, data: unknown): string {
  return `export const ${name} = () => JSON.parse(${JSON.stringify(JSON.stringify(data))});`;
}
