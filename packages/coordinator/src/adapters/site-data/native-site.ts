import { nativeObjectStore } from "../site-objects/object-files.ts";
import { nativeSiteRecords } from "./edits/site-records.ts";
import { nativeSiteReferences } from "./edits/site-references.ts";
import { nativeStartCounters } from "./edits/start-counters.ts";
import { nativeSiteData } from "./native-site-data.ts";
import { nativeSiteObjects } from "./site-objects.ts";

/** All that the core reads and writes of site data in the native layout. @param folder The site data. */
export function nativeSite(folder: string, options?: Parameters<typeof nativeSiteData>[1]) {
  return {
    siteData: nativeSiteData(folder, options),
    siteRecords: nativeSiteRecords(),
    startCounters: nativeStartCounters(),
    siteReferences: nativeSiteReferences(),
    siteObjects: nativeSiteObjects(),
    objectStore: nativeObjectStore(),
  };
}
