import type { ForecastStore } from "../../app/ports/runs.ts";
import { reaching, type RedisClient } from "./server/connection.ts";
import { KEYS } from "./keys.ts";
import { decodeRecord, encodeRecord, RECORDS } from "./records.ts";

/** Forecasts in Redis; the run store removes them with their runs. Throws `REDIS_UNREACHABLE` during a long outage. */
export function redisForecasts(redis: RedisClient): ForecastStore {
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
