import type { Browser, Page } from "playwright-core";
import { launchChromium } from "../../scripts/support/chromium.ts";
import { operatorToken, type Fleet } from "./fleet.ts";

/** A page of its own browser session; its errors are kept. */
export interface Visit extends AsyncDisposable {
  page: Page;
  /** Script errors, and refusals by the content security policy. */
  faults: string[];
}

/** One browser for the tests of a file. */
export interface Visitors extends AsyncDisposable {
  /** Not signed in. */
  stranger(): Promise<Visit>;
  /** Signed in as the operator, on the overview. */
  operator(): Promise<Visit>;
}

export async function openVisitors(fleet: () => Fleet): Promise<Visitors> {
  const browser: Browser = await launchChromium();

  async function stranger(): Promise<Visit> {
    const context = await browser.newContext({
      baseURL: fleet().url,
      viewport: { width: 1280, height: 900 },
      // Without a graphics card, what moves takes a large part of a processor.
      reducedMotion: "reduce",
    });
    context.setDefaultTimeout(60_000);
    const page = await context.newPage();
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(error.message));
    page.on("console", (message) => {
      // A refused or broken request is logged too, and is often what a test is about.
      if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) faults.push(message.text());
    });
    return { page, faults, [Symbol.asyncDispose]: () => context.close() };
  }

  return {
    stranger,
    async operator() {
      const visit = await stranger();
      await signIn(visit.page, operatorToken(fleet().dataDir));
      await visit.page.getByRole("heading", { name: "Hierarchy", exact: true }).waitFor();
      return visit;
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

export async function signIn(page: Page, token: string): Promise<void> {
  await page.goto("/");
  await page.getByLabel("Operator token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
}

/** Waits until an element with this text is visible. */
export async function seen(page: Page, text: string | RegExp): Promise<void> {
  await page.getByText(text).first().waitFor();
}
