/**
 * The implementation of `Run`: what a run records until its metadata is made.
 */
import * as Clock from "effect/Clock"
import * as Context from "effect/Context"
import type * as Fiber from "effect/Fiber"
import * as Random from "effect/Random"
import type * as Schema from "effect/Schema"
import type { Paused } from "../../internal/Deadline.ts"
import type * as Run from "../Run.ts"
import { Current, noUsage } from "../Run.ts"
import { readMore } from "../Usage.ts"
import { CitingRun, takePlaces } from "./CitingRun.ts"
import { LimitClock } from "./LimitClock.ts"

const noAnnotations: Readonly<Record<string, Schema.Json>> = {}

/** A run from its start until its metadata is made. What it cites and uses counts in the runs around it, too. */
export class LiveRun extends CitingRun implements Run.Run {
  readonly agent: string
  readonly version: string
  readonly startedAt: number
  readonly parent: Run.Run | undefined
  state: Run.State = "validating"
  usage: Run.Usage = noUsage
  /** Calls that models made of tools. */
  toolCalls = 0
  /** The input, as the agent has read it; `undefined` until then, and where it reads nothing. */
  input: unknown = undefined
  /** The schema of its input, where what runs inside of it may take what it has read as read. */
  handsOn: Schema.Constraint | undefined = undefined
  /** What `execute` answered, kept so that a failing `finalize` does not lose it. */
  output: { readonly value: unknown } | undefined = undefined
  /** Its limit, where it is the default one, which does not count what `pauseLimit` covers. */
  limited: Paused | undefined = undefined
  readonly depth: number
  /** Its input, where it was read before the run began. */
  readonly given: ReadInput | undefined
  private clockOfLimit: LimitClock | undefined = undefined
  readonly place: number
  private readonly began: bigint
  private took: number | undefined = undefined
  private readonly clock: Clock.Clock
  private knownId: string | undefined = undefined
  private annotated: Map<string, Schema.Json> | undefined = undefined
  private known: Readonly<Record<string, Schema.Json>> | undefined = undefined
  /** What its id is made of, drawn at its start. */
  private drawnFirst = 0
  private drawnSecond = 0

  constructor(fiber: Fiber.Fiber<unknown, unknown>, agent: string, version: string) {
    super()
    this.agent = agent
    this.version = version
    this.clock = fiber.getRef(Clock.Clock)
    const claim = fiber.getRef(CurrentClaim)
    const isClaimed = claim !== undefined && claim.record === undefined
    const now = this.clock.currentTimeMillisUnsafe()
    const began = this.clock.monotonicTimeNanosUnsafe()
    if (isClaimed && claim.startedAt !== undefined) {
      this.startedAt = claim.startedAt
      this.began = began - BigInt(Math.round((now - claim.startedAt) * 1e6))
    } else {
      this.startedAt = now
      this.began = began
    }
    this.parent = fiber.getRef(Current)
    this.place = takePlaces(this.parent, 1)
    this.depth = this.parent === undefined ? 1 : this.parent.depth + 1
    this.given = isClaimed ? claim.given : undefined
    if (isClaimed) {
      this.knownId = claim.id
      claim.take(this)
    } else {
      const random = fiber.getRef(Random.Random)
      this.drawnFirst = firstOf(random)
      this.drawnSecond = secondOf(random)
    }
  }

  /** Written when it is asked for first, since few are read before the run has ended. */
  get id(): string {
    return this.knownId ??= uuidOf(this.startedAt, this.drawnFirst, this.drawnSecond)
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
    return this.cited
  }

  protected get around(): Run.Run | undefined {
    return this.parent
  }

  /** An object that stays as it is, made when it is asked for first after an annotation. */
  get annotations(): Readonly<Record<string, Schema.Json>> {
    if (this.annotated === undefined) return noAnnotations
    return this.known ??= Object.fromEntries(this.annotated)
  }

  annotate(key: string, value: Schema.Json): void {
    this.annotated ??= new Map()
    this.annotated.set(key, value)
    this.known = undefined
  }

  addUsage(more: Partial<Run.Usage>): void {
    const read = readMore(more)
    this.usage = add(this.usage, read)
    this.parent?.addUsage(read)
  }

  pauseLimit(): () => void {
    const resume = this.parent?.pauseLimit()
    const { limited } = this
    const clock = limited && (this.clockOfLimit ??= LimitClock.of(limited))
    clock?.wait(1)
    return () => {
      clock?.wait(-1)
      resume?.()
    }
  }
}

/** Without the noise of binary fractions, as in 0.00008099999999999999: twelve digits, of sums of prices a million tokens. */
export const dollars = (sum: number): number => sum === 0 ? 0 : Number(sum.toPrecision(12))

/** The sum of two usages. */
export const add = (usage: Run.Usage, more: Partial<Run.Usage>): Run.Usage => ({
  calls: usage.calls + (more.calls ?? 0),
  inputTokens: usage.inputTokens + (more.inputTokens ?? 0),
  outputTokens: usage.outputTokens + (more.outputTokens ?? 0),
  cachedInputTokens: usage.cachedInputTokens + (more.cachedInputTokens ?? 0),
  reasoningTokens: usage.reasoningTokens + (more.reasoningTokens ?? 0),
  costUsd: dollars(usage.costUsd + (more.costUsd ?? 0)),
  unpricedCalls: usage.unpricedCalls + (more.unpricedCalls ?? 0)
})

/** What a schema made of an input, so that a large one is read once. */
export interface ReadInput {
  readonly schema: Schema.Constraint
  readonly input: unknown
  readonly onExcessProperty: "error" | "ignore"
  readonly value: unknown
}

/** Gives the next run its id, and shows what that run records, however it ends. The first run takes the claim. */
export class Claim {
  readonly id: string
  record: LiveRun | undefined = undefined
  /** The input of the run, where what claims it has read it. */
  given: ReadInput | undefined = undefined
  private readonly around: Claim | undefined
  private isShared = false
  /** When the run began, where it goes on after it began elsewhere. Unix milliseconds. */
  readonly startedAt: number | undefined

  constructor(id: string, around?: Claim, startedAt?: number) {
    this.id = id
    this.around = around
    this.startedAt = startedAt
  }

  take(record: LiveRun): void {
    this.record = record
    this.around?.take(record)
  }

  /** A claim for another caller that starts the same run. `undefined` where a run has taken it, since ids are unique. */
  share(): Claim | undefined {
    if (this.isShared || this.record !== undefined) return undefined
    this.isShared = true
    return new Claim(this.id, this)
  }
}

/** The claim that the next run takes, `undefined` where none waits. */
export const CurrentClaim = Context.Reference<Claim | undefined>("greenlang/agent/internal/LiveRun/Claim", {
  defaultValue: () => undefined
})

/** RFC 9562, section 5.7: 48 bits of Unix milliseconds, then 74 random bits. */
export const uuidv7 = (millis: number, random: typeof Random.Random.Service): string =>
  uuidOf(millis, firstOf(random), secondOf(random))

/** 26 bits, a whole number. */
const firstOf = (random: typeof Random.Random.Service) => Math.floor(random.nextDoubleUnsafe() * 2 ** 26)

/** 48 bits, half of them behind the point. */
const secondOf = (random: typeof Random.Random.Service) => random.nextDoubleUnsafe() * 2 ** 24

const uuidOf = (millis: number, a: number, b: number): string => {
  const high = Math.floor(millis / 2 ** 16)
  const c = (b % 1) * 2 ** 24
  return `${quad(high >>> 16)}${quad(high & 0xffff)}-${quad(millis % 2 ** 16)}-${quad(0x7000 | a >> 14)}-${
    quad(0x8000 | a & 0x3fff)
  }-${quad(b >> 8)}${pair(b & 0xff)}${pair(c >> 16)}${quad(c & 0xffff)}`
}

const pairs = Array.from({ length: 256 }, (_, n) => n.toString(16).padStart(2, "0"))
const pair = (n: number): string => pairs[n]!
const quad = (n: number): string => pairs[n >> 8]! + pairs[n & 0xff]!
