import { parentPort, workerData } from "node:worker_threads";
import { readYamlText, type YamlTask } from "./yaml-kinds.ts";

// One file, then the thread ends.
parentPort?.postMessage(readYamlText(workerData as YamlTask));
