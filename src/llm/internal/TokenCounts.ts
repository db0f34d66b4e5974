/**
 * What a vendor counted, as the usage of an answer that adds up.
 *
 * 1. No count is negative, and none is made up: what was not counted is `undefined`.
 * 2. Cached and written tokens are part of the input, reasoning tokens of the output, each once.
 * 3. Of two reports that contradict each other the larger holds, so that a budget is never wider than the bill.
 * 4. A count that no model can have is none, nor a total that holds more output than any model writes.
 * 5. Some vendors state the cost beside the counts, and it is kept with them.
 */
import type * as Response from "effect/ai/Response"

/** The counts of one report, or of several: `larger` joins them. */
export interface TokenCounts {
  readonly input?: number | undefined
  readonly cacheRead?: number | undefined
  readonly cacheWrite?: number | undefined
  readonly output?: number | undefined
  readonly reasoning?: number | undefined
  /** Input and output together, which decides where cached and reasoning tokens are counted. */
  readonly total?: number | undefined
  /** The cost that the vendor states, in US dollars: see `StatedCost`. */
  readonly costUsd?: number | undefined
}

/** More input tokens than any model reads: the largest contexts hold 10 million. */
const mostInput = 2 ** 24

/** More output tokens than any model writes, its thoughts included: the longest answers are of 128,000. */
const mostOutput = 2 ** 20

/** More than a total can hold beside the counts that it is of. */
const mostUncounted = 2 ** 18

/** The counts that can be. */
const possible = ({ cacheRead, cacheWrite, costUsd, input, output, reasoning, total }: TokenCounts): TokenCounts => ({
  costUsd,
  input: upTo(mostInput, input),
  cacheRead: upTo(mostInput, cacheRead),
  cacheWrite: upTo(mostInput, cacheWrite),
  output: upTo(mostOutput, output),
  reasoning: upTo(mostOutput, reasoning),
  total: upTo(mostInput + mostOutput, total)
})

const upTo = (most: number, count: number | undefined): number | undefined =>
  count === undefined || count > most ? undefined : count

/** The larger of the counts of two reports about the same answer. */
export const larger = (a: TokenCounts, given: TokenCounts): TokenCounts => {
  const b = possible(given)
  return {
    input: max(a.input, b.input),
    cacheRead: max(a.cacheRead, b.cacheRead),
    cacheWrite: max(a.cacheWrite, b.cacheWrite),
    output: max(a.output, b.output),
    reasoning: max(a.reasoning, b.reasoning),
    total: max(a.total, b.total),
    costUsd: max(a.costUsd, b.costUsd)
  }
}

/**
 * The counts of one answer, from all reports about it. Most servers count all so far in each report; some count what is new:
 * three reports or more, with content between them, that stay the same or become less, are added up.
 */
export class Reports {
  private all: TokenCounts = {}
  private readonly outputs: Array<number> = []
  /** Whether content came since the last report of the output. */
  private cameSince = true
  /** How many reports have content before them. */
  private spread = 0

  get counts(): TokenCounts {
    const output = max(this.all.output, this.added)
    return output === this.all.output
      ? this.all
      : { ...this.all, output, total: max(this.all.total, totalOf(this.all, output)) }
  }

  /** Adds a report. */
  add(given: TokenCounts): void {
    this.all = larger(this.all, given)
    const { output } = possible(given)
    if (output === undefined || output === 0) return
    if (this.cameSince) this.spread++
    this.cameSince = false
    this.outputs.push(output)
  }

  /** Content came. */
  came(): void {
    this.cameSince = true
  }

  /** The sum of reports that count what is new. The last may count all of it. */
  private get added(): number | undefined {
    const { outputs, spread } = this
    // Only the last may follow another without content between them.
    if (outputs.length < 3 || spread < outputs.length - 1) return undefined
    const before = outputs.slice(0, -1)
    const sum = before.reduce((sum, one) => sum + one, 0)
    const last = outputs.at(-1)!
    const all = last >= sum ? before : outputs
    const grows = all.every((one, at) => at === 0 || one > all[at - 1]!)
    const isSame = all.every((one) => one === all[0])
    const shrinks = all.some((one, at) => at > 0 && one < all[at - 1]!)
    return grows || !(isSame || shrinks) ? undefined : last >= sum ? last : sum + last
  }
}

const totalOf = ({ input, total }: TokenCounts, output: number | undefined): number | undefined =>
  total === undefined || input === undefined || output === undefined ? undefined : input + output

/** Whether anything was counted. */
export const isCounted = (counts: TokenCounts): boolean => Object.values(counts).some((count) => count !== undefined)

/** The larger of two counts, either of which may be unknown. */
export const max = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined ? b : b === undefined ? a : Math.max(a, b)

/**
 * The usage of an answer. `cacheIn` says whether the vendor counts cached tokens in `input` ("input") or beside it ("beside").
 */
export const usageOf = (
  given: TokenCounts,
  cacheIn: "input" | "beside"
): Response.FinishPartEncoded["usage"] => {
  const counts = possible(given)
  const { cacheRead, cacheWrite, reasoning, total } = counts
  const cached = (cacheRead ?? 0) + (cacheWrite ?? 0)
  const input = counts.input === undefined
    ? undefined
    : cacheIn === "beside" || isBeside(counts, cached)
    ? counts.input + cached
    : counts.input
  const written = input === undefined ? cacheWrite : within(cacheWrite, input)
  const read = input === undefined ? cacheRead : within(cacheRead, input - (written ?? 0))
  const output = outputOf(counts, input)
  const thought = output === undefined ? reasoning : within(reasoning, output)
  const wholeInput = input ??
    (total === undefined || output === undefined || total < output ? undefined : total - output)
  return {
    inputTokens: {
      total: wholeInput,
      uncached: wholeInput === undefined ? undefined : Math.max(0, wholeInput - (read ?? 0) - (written ?? 0)),
      cacheRead: read,
      cacheWrite: written
    },
    outputTokens: {
      total: output,
      text: output === undefined ? undefined : output - (thought ?? 0),
      reasoning: thought
    }
  }
}

/** More cached tokens than input tokens: they are counted beside it, unless the total says that they were not. */
const isBeside = ({ input = 0, output = 0, total }: TokenCounts, cached: number): boolean =>
  cached > input && (total === undefined || total >= input + cached + output)

/** What is left of the total may be output that was counted nowhere else, as the thoughts of some models are. */
const outputOf = (
  { output, reasoning = 0, total }: TokenCounts,
  input: number | undefined
): number | undefined => {
  const rest = total === undefined || input === undefined || total < input ? undefined : total - input
  if (output === undefined) return rest === undefined || rest > mostOutput ? undefined : rest
  const hidden = rest === undefined || rest > output + reasoning + mostUncounted ? 0 : rest
  return Math.max(output, hidden, reasoning > output ? output + reasoning : 0)
}

const within = (part: number | undefined, whole: number): number | undefined =>
  part === undefined ? undefined : Math.min(part, whole)
