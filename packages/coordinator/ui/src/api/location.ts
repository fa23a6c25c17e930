import { computed, effect, signal } from "@preact/signals";
import { links, parseRoute } from "../lib/route.ts";
import { session } from "./client.ts";

const hash = signal(location.hash);

/** The page to show. */
export const route = computed(() => parseRoute(hash.value));

/** Where to go after the sign-in. */
let returnTo = links.overview;

export function startLocation(): void {
  addEventListener("hashchange", () => {
    hash.value = location.hash;
    scrollTo(0, 0);
  });
  effect(() => {
    if (session.value !== "out" || route.value.page === "sign-in") return;
    returnTo = location.hash || links.overview;
    go(links.signIn);
  });
}

export function go(target: string): void {
  location.hash = target.slice(1);
  hash.value = target;
}

export function goBack(): void {
  const target = returnTo;
  returnTo = links.overview;
  go(target);
}
