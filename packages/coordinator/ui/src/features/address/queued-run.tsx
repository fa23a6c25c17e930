import { useEffect } from "preact/hooks";
import { rollsOut } from "../../../../src/domain/plan-run.ts";
import { forecasts, watchForecast } from "../../api/forecasts.ts";
import { shortId } from "../../lib/format.ts";
import { links } from "../../lib/route.ts";
import { ofAddress } from "../../lib/service-curve.ts";
import type { Run } from "../../lib/types.ts";
import { KINDS } from "../../lib/words.ts";
import { ForecastPanel } from "../forecast/forecast-panel.tsx";

/** What an open run still has to do behind this address. */
export function QueuedRun({ run, address }: { run: Run; address: string }) {
  useEffect(() => (rollsOut(run.kind) ? watchForecast(run.id, true) : undefined), [run.id]);
  const all = forecasts.value.get(run.id);
  const own = all && ofAddress(all, address);
  if (!own) return null;
  return (
    <ForecastPanel
      title={`When the ${KINDS[run.kind].toLowerCase()} is through here`}
      forecast={own}
      lines={false}
      aside={<a href={links.run(run.id)}>See the run {shortId(run.id)}</a>}
    />
  );
}
