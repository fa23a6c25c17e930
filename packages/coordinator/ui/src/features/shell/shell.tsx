import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { signOut } from "../../api/operations.ts";
import { route } from "../../api/location.ts";
import { Action } from "../../components/action.tsx";
import { Icon } from "../../components/icon.tsx";
import { Logo } from "../../components/logo.tsx";
import { links, type Route } from "../../lib/route.ts";
import { switchTheme, theme } from "../../lib/theme.ts";
import { now } from "../../api/clock.ts";
import { liveness } from "../../api/live.ts";
import { formatAgo, formatClock } from "../../lib/format.ts";

/** ms; a stream that is restored within this time is not reported. */
const BLINK = 1_500;

function staleSince(): number | undefined {
  const { state, heardAt } = liveness.value;
  if (state === "live") return undefined;
  return now.value - heardAt > BLINK ? heardAt : undefined;
}

function LiveMark() {
  const since = staleSince();
  return (
    <span class={since === undefined ? "live" : "live live-stale"} title="Whether this page shows the present state">
      {since === undefined ? "live" : "stale"}
    </span>
  );
}

/** Overlaps the page's end, so that nothing moves when it appears or disappears. */
function StaleBanner() {
  const since = staleSince();
  return (
    <div role="status" class="stale-place">
      {since !== undefined && (
        <p class="stale">
          <strong>Stale since {formatClock(since)}</strong>
          {/* It changes every second, with which a screen reader would read all of it again. */}
          <span aria-hidden="true"> ({formatAgo(since, now.value)})</span>. The coordinator is not heard; this page reconnects
          automatically. Work on the systems continues meanwhile.
        </p>
      )}
    </div>
  );
}

const PAGES: readonly { page: Route["page"]; also?: readonly Route["page"][]; name: string; href: string }[] = [
  { page: "overview", also: ["system"], name: "Overview", href: links.overview },
  { page: "runs", also: ["run"], name: "Runs", href: links.runs },
  { page: "sites", also: ["backups", "backup"], name: "Sites", href: links.sites },
  { page: "addresses", also: ["address"], name: "Addresses", href: links.addresses },
  { page: "ledger", name: "Ledger", href: links.ledger },
  { page: "recoveries", also: ["recovery", "report", "drill"], name: "Recovery", href: links.recoveries },
  { page: "expert", name: "Expert", href: links.expert },
  { page: "start", name: "Start a rebuild", href: links.start },
];

/** @param title Of the page. */
export function Shell({ title, children }: { title: string; children: ComponentChildren }) {
  const pages = useRef<HTMLElement>(null);
  const { page } = route.value;
  useEffect(() => {
    const show = (): void => showCurrent(pages.current);
    show();
    addEventListener("resize", show);
    return () => removeEventListener("resize", show);
  }, [page]);
  return (
    <>
      <a class="skip" href="#content" onClick={skipToContent}>
        To the content
      </a>
      <header class="top">
        <div class="top-inner">
          <a class="brand" href={links.overview}>
            <Logo size={24} />
            Sitewright
          </a>
          <nav aria-label="Pages" ref={pages}>
            {PAGES.map(({ page: own, also = [], name, href }) => (
              <a key={own} href={href} aria-current={[own, ...also].includes(page) ? "page" : undefined}>
                {name}
              </a>
            ))}
          </nav>
          <div class="top-end">
            <LiveMark />
            <ThemeButton />
            <Action label="Sign out" act={signOut} />
          </div>
        </div>
      </header>
      <main id="content" tabIndex={-1} aria-label={title}>
        {children}
      </main>
      <StaleBanner />
    </>
  );
}

const THEMES = {
  system: { icon: "auto", name: "as the operating system" },
  light: { icon: "sun", name: "light" },
  dark: { icon: "moon", name: "dark" },
} as const;

function ThemeButton() {
  const { icon, name } = THEMES[theme.value];
  return (
    <button
      type="button"
      class="button button-icon"
      aria-label={`Colours: ${name}. Change`}
      title={`Colours: ${name}`}
      onClick={switchTheme}
    >
      <Icon name={icon} />
    </button>
  );
}

/** Where not all links fit side by side. `scrollIntoView` would have the Tab key begin there. */
function showCurrent(pages: HTMLElement | null): void {
  const link = pages?.querySelector<HTMLElement>("[aria-current]");
  if (pages && link) pages.scrollLeft = link.offsetLeft - pages.offsetLeft - (pages.clientWidth - link.offsetWidth) / 2;
}

/** The hash names the page, so the link cannot move the focus by itself. */
function skipToContent(event: Event): void {
  event.preventDefault();
  focusContent();
}

export function focusContent(): void {
  document.querySelector<HTMLElement>("#content")?.focus({ preventScroll: true });
}
