import { join } from "node:path";
import type { Page } from "playwright-core";
import { launchChromium } from "../support/chromium.ts";

export interface Camera {
  page: Page;
  /** Takes `<name>-light.png`, `<name>-dark.png` and `<name>-phone.png` of what the page shows. */
  shoot(name: string): Promise<void>;
  /** Takes `<name>-light.png` and `<name>-dark.png` in a window of this size. */
  shootIn(name: string, viewport: Size): Promise<void>;
  close(): Promise<void>;
}

/** Pixels. */
interface Size {
  width: number;
  height: number;
}

const DESK: Size = { width: 1280, height: 800 };
const PHONE: Size = { width: 390, height: 844 };
/** Time for bars and figures to settle, ms. */
const SETTLE = 300;

export async function openCamera({ url, out, fullPage }: { url: string; out: string; fullPage: boolean }): Promise<Camera> {
  const browser = await launchChromium();
  const page = await browser.newPage({ viewport: DESK, baseURL: url, reducedMotion: "reduce" });

  async function take(name: string, look: { colorScheme: "light" | "dark"; viewport: Size }): Promise<void> {
    await page.emulateMedia({ colorScheme: look.colorScheme });
    await page.setViewportSize(look.viewport);
    await page.waitForTimeout(SETTLE);
    await page.screenshot({ path: join(out, `${name}.png`), fullPage });
  }

  return {
    page,
    async shoot(name) {
      await take(`${name}-light`, { colorScheme: "light", viewport: DESK });
      await take(`${name}-dark`, { colorScheme: "dark", viewport: DESK });
      await take(`${name}-phone`, { colorScheme: "light", viewport: PHONE });
      await page.setViewportSize(DESK);
      // The next user of the page finds it laid out.
      await page.waitForTimeout(SETTLE);
    },
    async shootIn(name, viewport) {
      await take(`${name}-light`, { colorScheme: "light", viewport });
      await take(`${name}-dark`, { colorScheme: "dark", viewport });
      await page.setViewportSize(DESK);
    },
    close: () => browser.close(),
  };
}
