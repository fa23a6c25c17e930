import type { Redis } from "ioredis";
import type { ForecastStore } from "../../app/ports.ts";
import { reaching } from "./connection.ts";
import { KEYS } from "./keys.ts";
import { decodeRecord, encodeRecord, RECORDS } from "./records.ts";

/** Forecasts in Redis; the run store removes them with their runs. Throws `REDIS_UNREACHABLE` during a long outage. */
export function redisForecasts(redis: Redis): ForecastStore {
  return {
    first: (run) =>
      reaching(async () => {
        const json = await redis.get(KEYS.runForecast(run));
        return json === null ? undefined : decodeRecord(RECORDS.forecast, KEYS.runForecast(run), json);
      }),
    keepFirst: (run, forecast) =>
      reaching(async () => void (await redis.set(KEYS.runForecast(run), encodeRecord(RECORDS.forecast, forecast)))),
  };
}
