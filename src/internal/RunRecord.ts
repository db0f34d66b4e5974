/**
 * The one implementation of `Run`: what a run records, before it is told as metadata.
 */
import * as Clock from "effect/Clock"
import type * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import type * as Schema from "effect/Schema"
import type * as Run from "../agent/Run.ts"
import { Current, noUsage } from "../agent/Run.ts"

export class RunRecord implements Run.Run {
  readonly id: string
  readonly agent: string
  readonly version: string
  readonly startedAt: number
  readonly parent: Run.Run | undefined
  state: Run.State = "validating"
  usage: Run.Usage = noUsage
  annotations: Readonly<Record<string, Schema.Json>> = {}
  /** What `execute` answered, kept so that a failing `finalize` does not lose it. */
  output: { readonly value: unknown } | undefined = undefined
  private cited: Map<string, Run.Citation> | undefined = undefined
  private readonly began: bigint
  private took: number | undefined = undefined
  private readonly clock: Clock.Clock

  constructor(fiber: Fiber.Fiber<unknown, unknown>, agent: string, version: string) {
    this.agent = agent
    this.version = version
    this.clock = fiber.getRef(Clock.Clock)
    this.startedAt = this.clock.currentTimeMillisUnsafe()
    this.began = this.clock.monotonicTimeNanosUnsafe()
    this.parent = fiber.getRef(Current)
    this.id = uuidv7(this.startedAt, fiber.getRef(Random.Random))
  }

  end(state: Run.State): void {
    this.took = this.elapsed
    this.state = state
  }

  /** Milliseconds since the run began, on the monotonic clock, until it ended. */
  get elapsed(): number {
    return this.took ?? Number(this.clock.monotonicTimeNanosUnsafe() - this.began) / 1e6
  }

  get citations(): ReadonlyArray<Run.Citation> {
    return this.cited === undefined ? [] : [...this.cited.values()]
  }

  cite(citation: Run.Citation): void {
    const cited = this.cited ??= new Map()
    const key = canonical(citation)
    if (!cited.has(key)) cited.set(key, citation)
    this.parent?.cite(citation)
  }

  annotate(key: string, value: Schema.Json): void {
    this.annotations = { ...this.annotations, [key]: value }
  }

  addUsage(more: Partial<Run.Usage>): void {
    const { usage } = this
    this.usage = {
      calls: usage.calls + (more.calls ?? 0),
      inputTokens: usage.inputTokens + (more.inputTokens ?? 0),
      outputTokens: usage.outputTokens + (more.outputTokens ?? 0),
      cachedInputTokens: usage.cachedInputTokens + (more.cachedInputTokens ?? 0),
      reasoningTokens: usage.reasoningTokens + (more.reasoningTokens ?? 0),
      costUsd: usage.costUsd + (more.costUsd ?? 0),
      unpricedCalls: usage.unpricedCalls + (more.unpricedCalls ?? 0)
    }
    this.parent?.addUsage(more)
  }
}

/** The same text for equal citations, in whichever order their keys were written. */
const canonical = (citation: Run.Citation): string =>
  JSON.stringify(citation, (_, value: unknown) =>
    typeof value === "object" && value !== null
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => a < b ? -1 : 1))
      : value)

/** RFC 9562, section 5.7: 48 bits of Unix milliseconds, then 74 random bits. */
const uuidv7 = (millis: number, random: typeof Random.Random.Service): string => {
  const time = hex(millis, 12)
  const a = Math.floor(random.nextDoubleUnsafe() * 2 ** 26)
  const b = random.nextDoubleUnsafe() * 2 ** 24
  const c = (b % 1) * 2 ** 24
  return [
    time.slice(0, 8),
    time.slice(8),
    `7${hex(a >> 14, 3)}`,
    hex(0x8000 + (a & 0x3fff), 4),
    `${hex(Math.floor(b), 6)}${hex(Math.floor(c), 6)}`
  ].join("-")
}

const hex = (n: number, digits: number) => n.toString(16).padStart(digits, "0")
