import { setFlagsFromString } from "node:v8";

/**
 * What V8 may take for garbage is by default several times what is in use. From now on memory goes before speed, and the room for
 * what is young grows no more, which costs some 15 %.
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--optimize-for-size");
  setFlagsFromString("--semi-space-growth-factor=1");
}
