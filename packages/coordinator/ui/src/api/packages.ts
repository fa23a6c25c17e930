import { signal } from "@preact/signals";
import type { PackageView } from "@sitewright/protocol/api";
import { request } from "./client.ts";

/** Names of packages by id, where the site data state one. */
export const packageNames = signal<ReadonlyMap<string, string>>(new Map());

export function loadPackageNames(): void {
  request<PackageView[]>("GET", "/api/v1/packages").then(
    (packages) => (packageNames.value = new Map(packages.flatMap(({ id, name }) => (name === undefined ? [] : [[id, name]])))),
    // The next snapshot loads them again; until then packages are shown by their ids.
    () => {},
  );
}
