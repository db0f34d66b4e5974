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
  annotations: Record<string, Schema.Json> = {}
  /** What `execute` answered, kept so that a failing `finalize` does not lose it. */
  output: { readonly value: unknown } | undefined = undefined
  private cited: Map<string, Run.Citation> | undefined = undefined
  private readonly began: bigint
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

  /** Milliseconds since the run began, on the monotonic clock. */
  get elapsed(): number {
    return Number(this.clock.monotonicTimeNanosUnsafe() - this.began) / 1e6
  }

  get citations(): ReadonlyArray<Run.Citation> {
    return this.cited === undefined ? [] : [...this.cited.values()]
  }

  readonly cite = (citation: Run.Citation): void => {
    const cited = this.cited ??= new Map()
    const key = JSON.stringify(citation)
    if (!cited.has(key)) cited.set(key, citation)
    this.parent?.cite(citation)
  }

  readonly annotate = (key: string, value: Schema.Json): void => {
    this.annotations = { ...this.annotations, [key]: value }
  }

  readonly addUsage = (more: Partial<Run.Usage>): void => {
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

/** RFC 9562, section 5.7: 48 bits of Unix milliseconds, then 74 random bits. */
const uuidv7 = (millis: number, random: typeof Random.Random.Service): string => {
  const time = millis.toString(16).padStart(12, "0")
  const [a, b, c] = [random.nextDoubleUnsafe(), random.nextDoubleUnsafe(), random.nextDoubleUnsafe()]
  const high = hex(a * 0x1000, 3)
  const mid = hex(0x8000 + b * 0x4000, 4)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${high}-${mid}-${hex(c * 0x1000000000000, 12)}`
}

const hex = (n: number, digits: number) => Math.floor(n).toString(16).padStart(digits, "0")
