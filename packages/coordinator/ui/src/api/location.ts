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
    replace(links.signIn);
  });
}

export function go(target: string): void {
  location.hash = target.slice(1);
  hash.value = target;
}

/** Leaves the sign-in for the page that was requested before it. */
export function leaveSignIn(): void {
  const target = returnTo;
  returnTo = links.overview;
  replace(target);
}

/** Replaces the current history entry: the Back button must lead neither to a used link nor to a completed sign-in. */
function replace(target: string): void {
  history.replaceState(null, "", target);
  hash.value = target;
}
