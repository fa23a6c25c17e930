import { SitewrightError, type ErrorCode } from "@sitewright/protocol";
import type { SimulatedRedis } from "../stores/redis.ts";
import type { MachineClock, Process, VirtualTime } from "../time/virtual-time.ts";
import type { ContentServer } from "./content.ts";
import type { DataFolder } from "../stores/shared-folder.ts";
import { startCoordinator, type Coordinator, type CoordinatorDeps } from "./coordinator.ts";

/** A machine on which a coordinator runs, and the supervisor that starts it again. */
export interface Host {
  readonly memberId: string | undefined;
  readonly url: string;
  /** For the trace. */
  readonly name: string;
  readonly clock: MachineClock;
  /** Undefined: none runs. */
  readonly process: Process | undefined;
  /** Undefined: none runs there, or it starts, stands by or stands still. */
  readonly coordinator: Coordinator | undefined;
  /** What agents find at its URL. */
  readonly content: ContentServer | undefined;
  /** When it was last killed, stopped, frozen or kept from Redis, ms since 1970; Infinity: it stands still or does not reach it. */
  disturbedAt(): number;
  /** When it could reach Redis last after it could not, ms since 1970; Infinity: it cannot now. */
  reachedAt(): number;
  boot(): void;
  kill(ms: number): void;
  stop(ms: number): void;
  freeze(ms: number): void;
  cutFromRedis(ms: number): void;
  /** It runs, is not frozen, and reaches Redis. */
  heal(): void;
  redisBack(): void;
}

export interface HostDeps extends Pick<CoordinatorDeps, "time" | "redis" | "network" | "sites" | "granted" | "url" | "memberId"> {
  name: string;
  clock: MachineClock;
  data: DataFolder;
  redis: SimulatedRedis;
  time: VirtualTime;
  log(process: string): CoordinatorDeps["log"];
  random(): CoordinatorDeps["random"];
  nextName(): string;
  onLeads(host: Host): void;
  /** When Redis came back last, ms since 1970. */
  redisBackAt(): number;
  tell(text: string): void;
  wrong(rule: string, what: string): void;
  /** Its process is gone: its connections break. */
  ended(): void;
}

/** With these a coordinator ends, and its supervisor starts it again. */
const EXPECTED: ReadonlySet<ErrorCode> = new Set(["REDIS_UNREACHABLE", "NOT_LEADING", "REDIS_IN_USE"]);
/** From the end of a process to the next, ms. */
const AGAIN_MS = 2_000;

export function createHost(deps: HostDeps): Host {
  const { time, redis, name, clock, url, tell } = deps;
  let process: Process | undefined;
  let coordinator: Coordinator | undefined;
  let reachedAt = -Infinity;
  let disturbedAt = -Infinity;

  function boot(): void {
    if (process) return;
    const own: Process = { name: deps.nextName(), clock, isDead: false };
    process = own;
    reachedAt = -Infinity;
    let begunAt = time.now();
    let lost: unknown;
    const onLost = (error: unknown): void => {
      tell(`${name} must lead no longer: ${SitewrightError.from(error).code}`);
      lost = error;
      if (coordinator?.process === own) halt(AGAIN_MS);
    };
    const onLeads = (): void => {
      if (deps.memberId !== undefined) tell(`${name} begins to lead`);
      begunAt = time.now();
      deps.onLeads(self);
    };
    const begun = time.as(own, () => startCoordinator(own, { ...deps, log: deps.log(own.name), random: deps.random(), onLeads, onLost }));
    begun
      .then((started) => {
        if (own.isDead) return;
        coordinator = started;
        if (deps.redisBackAt() >= begunAt) started.redisBack();
        tell(`${name} has started`);
        if (lost !== undefined) halt(AGAIN_MS);
      })
      .catch((error: unknown) => {
        if (own.isDead) return;
        own.isDead = true;
        process = undefined;
        // As its supervisor does where it cannot reach Redis.
        if (!EXPECTED.has(SitewrightError.from(error).code)) deps.wrong("the coordinator starts", String(error));
        time.after(AGAIN_MS, boot);
      });
  }

  function end(): void {
    if (process) process.isDead = true;
    process = undefined;
    coordinator = undefined;
    deps.ended();
  }

  function halt(ms: number): void {
    const stopping = self.coordinator;
    if (!stopping) return;
    coordinator = undefined;
    const ended = (): void => {
      if (process === stopping.process) process = undefined;
      time.after(ms, boot);
    };
    void stopping.stop().then(ended, ended);
  }

  const self: Host = {
    memberId: deps.memberId,
    url,
    name,
    clock,
    get process() {
      return process;
    },
    get coordinator() {
      return process?.waiting ? undefined : coordinator;
    },
    get content() {
      return coordinator?.content;
    },
    reachedAt: () => reachedAt,
    disturbedAt: () => Math.max(disturbedAt, reachedAt),
    boot,
    kill(ms) {
      disturbedAt = time.now();
      end();
      time.after(ms, boot);
    },
    stop(ms) {
      disturbedAt = time.now();
      halt(ms);
    },
    freeze(ms) {
      const frozen = process;
      if (!frozen) return;
      time.freeze(frozen);
      reachedAt = Infinity;
      time.after(ms, () => thaw(frozen));
    },
    cutFromRedis(ms) {
      const cut = process;
      if (!cut) return;
      redis.cutOff(cut);
      reachedAt = Infinity;
      time.after(ms, () => connectAgain(cut));
    },
    heal() {
      clock.aheadMs = 0;
      if (!process) return;
      thaw(process);
      connectAgain(process);
    },
    redisBack: () => coordinator?.redisBack(),
  };

  function thaw(frozen: Process): void {
    time.thaw(frozen);
    if (frozen === process && redis.isReached(frozen)) reachedAt = time.now();
  }

  function connectAgain(cut: Process): void {
    if (!redis.connectAgain(cut)) return;
    if (cut === process) reachedAt = time.now();
    if (coordinator?.process === cut) coordinator.redisBack();
  }
  return self;
}
