/**
 * How an AI twin works: the model chooses tools and writes prose, the tools compute.
 *
 * The program of the deterministic agent runs first and calls the tools with what belongs to the input. The model is then
 * offered these tools: each answers the calls that the program made too, and refuses any other. So no model can change a
 * number, whatever it calls or says, and twins give equal numbers for equal inputs. What a model writes is never read back.
 */
import type * as LanguageModel from "effect/ai/LanguageModel"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Option from "effect/Option"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { InvalidInput } from "../agent/AgentError.ts"
import * as Run from "../agent/Run.ts"
import * as Tool from "../agent/Tool.ts"
import * as Llm from "../llm/Llm.ts"
import * as LlmAgent from "../llm/LlmAgent.ts"
import * as LlmError from "../llm/LlmError.ts"
import { LlmIdentity } from "../llm/LlmIdentity.ts"
import * as LlmPrices from "../llm/LlmPrices.ts"
import { LlmProvider } from "../llm/LlmProvider.ts"
import { LlmSettings } from "../llm/LlmSettings.ts"
import { RunBudgetExceeded } from "./ClimateError.ts"
import type { Recommendation } from "./Recommendation.ts"
import type { ToolCall } from "./ToolCall.ts"

/**
 * What the twins add to the numbers. Default: explanations and recommendations. Without explanations no model is asked.
 *
 * @category references
 */
export const Options = Context.Reference<Options>("greenlang/climate/AiTwin/Options", {
  defaultValue: () => ({ enableExplanations: true, enableRecommendations: true })
})
/** @category models */
export interface Options {
  readonly enableExplanations: boolean
  readonly enableRecommendations: boolean
}

/**
 * How an answer came about. `toolsUsed` gave the numbers, in that order; the model called `toolsCalledByModel` of them
 * itself, and `refusedToolCalls` times it wanted one with other arguments than the input's. `model` and `provider` are
 * absent where no model was asked, `costUsd` where the model's price is not known.
 *
 * @category schemas
 */
export const Provenance = Schema.Struct({
  model: Schema.optionalKey(Schema.String),
  provider: Schema.optionalKey(Schema.String),
  toolsUsed: Schema.Array(Schema.String),
  toolsCalledByModel: Schema.Array(Schema.String),
  refusedToolCalls: Schema.Int,
  tokens: Schema.Int.annotate({ description: "input and output tokens together" }),
  costUsd: Schema.optionalKey(Schema.Finite),
  seed: Schema.Int,
  temperature: Schema.Finite,
  deterministic: Schema.Boolean.annotate({ description: "the numbers come from tools alone, and repeat" })
})
/** @category schemas */
export type Provenance = typeof Provenance.Type

/** What the output of a twin has besides the fields of the deterministic agent's. @category schemas */
export const fields = {
  explanation: Schema.optionalKey(Schema.String.annotate({ description: "prose by the model; no source of numbers" })),
  citations: Schema.Array(Run.Citation),
  provenance: Provenance
}
/** @category schemas */
export interface TwinFields {
  readonly explanation?: string
  readonly citations: ReadonlyArray<Run.Citation>
  readonly provenance: Provenance
}

/**
 * How a twin can fail besides the deterministic agent: the model fails, costs too much, or cannot be measured.
 *
 * @category schemas
 */
export const TwinError = Schema.Union([LlmError.Failure, RunBudgetExceeded, LlmError.UnmeasuredUsage])
/** @category schemas */
export type TwinError = typeof TwinError.Type

/** How the model samples. */
const sampling = { temperature: 0, seed: 42 }

/**
 * Runs `compute`, has the model call its tools and explain what they found.
 *
 * When the model does not call every tool by itself, it is asked for its prose with the results at hand. When it fails,
 * the run fails with its `AiError`: the numbers are then in the annotation `numbers` of the run's metadata, and
 * `Agent.orElse` with the deterministic agent answers without prose. `budgetUsd` is kept where `LlmPrices` holds the model's price;
 * beyond it the run fails with `RunBudgetExceeded`.
 *
 * @category running
 */
export const run = Effect.fnUntraced(function*<
  Out extends { readonly recommendations: ReadonlyArray<Recommendation> },
  E,
  R
>(options: {
  readonly agent: string
  /** What the agent is for, in one sentence to the model. */
  readonly purpose: string
  /** What the model is shown as the input. */
  readonly input: Schema.Json
  readonly output: Schema.Codec<Out, unknown>
  readonly budgetUsd: number
  readonly compute: (call: ToolCall) => Effect.Effect<Out, E, R>
}): Effect.fn.Return<Out & TwinFields, E | TwinError, R | LanguageModel.LanguageModel> {
  const { enableExplanations, enableRecommendations } = yield* Options
  const made: Array<Made> = []
  const computed = yield* options.compute(recording(made))
  // others have their turn between the numbers and the prose
  yield* Effect.yieldNow
  const value = enableRecommendations ? computed : { ...computed, recommendations: [] }
  const explained = enableExplanations
    ? yield* explain(options, made).pipe(Effect.tapErrorTag("AiError", () => keepNumbers(options.output, value)))
    : { identity: undefined, text: "", called: [], refused: 0 }
  yield* Effect.yieldNow
  const { costUsd, inputTokens, outputTokens, unpricedCalls } = yield* Run.usage
  return {
    ...value,
    ...(explained.text === "" ? {} : { explanation: explained.text }),
    citations: (yield* Run.Current)?.citations ?? [],
    provenance: {
      ...(explained.identity === undefined
        ? {}
        : { model: explained.identity.model, provider: explained.identity.provider }),
      toolsUsed: names(made.filter(({ result }) => Result.isSuccess(result))),
      toolsCalledByModel: explained.called,
      refusedToolCalls: explained.refused,
      tokens: inputTokens + outputTokens,
      ...(unpricedCalls > 0 ? {} : { costUsd }),
      ...sampling,
      deterministic: true
    }
  }
})

/** A call that the program made, and what came of it. */
interface Made {
  readonly tool: Tool.Any
  readonly input: unknown
  readonly decoded: unknown
  readonly result: Result.Result<unknown, unknown>
}

const names = (made: ReadonlyArray<Made>) => Array.from(new Set(made.map(({ tool }) => tool.name)))

const recording = (made: Array<Made>): ToolCall => (tool, input) =>
  Effect.gen(function*() {
    const result = yield* Effect.result(tool.call(input))
    const decoded = yield* Effect.option(Schema.decodeUnknownEffect(tool.input)(input))
    if (decoded._tag === "Some") made.push({ tool, input, decoded: decoded.value, result })
    return yield* Effect.fromResult(result)
  })

/**
 * The model called a tool with other arguments than the input of the run has. The message names those that do.
 */
class OtherArguments extends Schema.TaggedError<OtherArguments>()("OtherArguments", {
  tool: Schema.String,
  calls: Schema.Array(Schema.Unknown)
}) {
  override get message() {
    const calls = this.calls.map((input) => JSON.stringify(input)).join(" or ")
    return `${this.tool} answers for the input of this run only: call it with ${calls}`
  }
}

/** The tools of the calls that were made, each answering those calls and no others. */
const offered = (made: ReadonlyArray<Made>) =>
  Array.from(Map.groupBy(made, ({ tool }) => tool), ([tool, calls]) =>
    Tool.make(tool.name, {
      description: tool.description,
      input: tool.input,
      output: tool.output,
      execute: (input): Effect.Effect<unknown, unknown> => {
        const call = calls.find(({ decoded }) => Equal.equals(decoded, input))
        return call === undefined
          ? Effect.fail(new OtherArguments({ tool: tool.name, calls: calls.map(({ input }) => input) }))
          : Effect.fromResult(call.result)
      }
    }))

interface Explained {
  readonly identity: LlmIdentity | undefined
  readonly text: string
  readonly called: ReadonlyArray<string>
  readonly refused: number
}

/** What the model wrote, and which tools it called. */
const Said = Schema.Struct({
  identity: LlmIdentity,
  text: Schema.String,
  calls: Schema.Array(Schema.Struct({ tool: Schema.String, failed: Schema.Boolean }))
})

/** What an agent without a limit, made for the twin's own input, whose answer is text, does not fail with. */
const unforeseen = {
  InvalidInput: Effect.die,
  InvalidOutput: Effect.die,
  NestedTooDeep: Effect.die,
  TimedOut: Effect.die,
  UnparsableAnswer: Effect.die
}

/** Whether a price is known for the model that will be asked. */
const hasPrice = Effect.gen(function*() {
  const provider = Option.getOrUndefined(yield* Effect.serviceOption(LlmProvider))
  if (provider === undefined) return false
  const { model, name, offline } = provider
  return offline || LlmPrices.find(yield* LlmPrices.LlmPrices, { provider: name, model }) !== undefined
})

const explain = Effect.fnUntraced(function*(
  { agent, budgetUsd, input, purpose }: Pick<Parameters<typeof run>[0], "agent" | "budgetUsd" | "input" | "purpose">,
  made: ReadonlyArray<Made>
): Effect.fn.Return<Explained, TwinError, LanguageModel.LanguageModel> {
  const tools = offered(made)
  const isPriced = yield* hasPrice
  const user = { role: "user" as const, content: `Input: ${JSON.stringify(input)}` }

  const writer = LlmAgent.make(`${agent}.explanation`, {
    version: "1.0.0",
    input: Schema.Json,
    output: Said,
    instructions: `You are ${agent}. ${purpose}\n${callThese(tools)}\n${thenExplain}`,
    prompt: () => [user],
    tools,
    limits: isPriced ? { turns: 8, costUsd: budgetUsd } : { turns: 8 },
    // the limit of the twin's run holds
    timeout: "Infinity",
    answer: ({ calls, text, ...identity }) => ({
      identity: Schema.decodeSync(Schema.toType(LlmIdentity))(identity),
      text,
      calls: calls.map((call) => ({ tool: call.tool.name, failed: !isAnswered(call) }))
    })
  })
  const asked = yield* Effect.result(writer.run(input).pipe(Effect.catchTags(unforeseen)))
  if (Result.isFailure(asked)) {
    const error = asked.failure
    if (error._tag !== "ToolLoopStopped") return yield* error
    if (error.cap === "costUsd") return yield* new RunBudgetExceeded({ agent, budgetUsd, usedUsd: error.used })
  }
  const said = Result.isSuccess(asked) ? asked.success.value : undefined
  if (said !== undefined) yield* Run.annotate("llm", said.identity)
  // a model that ran in circles was stopped, and gets the numbers put before it like one that called too little
  const calls = said?.calls ?? (Result.isFailure(asked) && asked.failure._tag === "ToolLoopStopped"
    ? asked.failure.calls
    : [])
  const called = tools.map(({ name }) => name).filter((name) =>
    calls.some(({ failed, tool }) => tool === name && !failed)
  )
  const refused = calls.filter(({ failed }) => failed).length
  if (said !== undefined && called.length === tools.length && said.text !== "") {
    return { identity: said.identity, text: said.text, called, refused }
  }

  const results = yield* Effect.forEach(made, describe)
  const answer = yield* Llm.generate([
    { role: "system", content: `You are ${agent}. ${purpose}\n${thenExplain}` },
    { ...user, content: `${user.content}\nResults of the tools: ${JSON.stringify(results)}` }
  ])
  const usedUsd = (yield* Run.usage).costUsd
  if (isPriced && usedUsd > budgetUsd) return yield* new RunBudgetExceeded({ agent, budgetUsd, usedUsd })
  return { identity: answer, text: answer.text, called, refused }
}, Effect.provideService(LlmSettings, sampling))

/** A tool may answer with a failure that the program saw, too. */
const isAnswered = ({ result }: Llm.ToolCall<Tool.Any>) =>
  Result.isSuccess(result) || !(result.failure instanceof OtherArguments || result.failure instanceof InvalidInput)

const describe = ({ input, result, tool }: Made): Effect.Effect<unknown> =>
  Result.isSuccess(result)
    ? Effect.map(encode(tool.output, result.success), (output) => ({ tool: tool.name, input, output }))
    : Effect.succeed({ tool: tool.name, input, error: String(result.failure) })

/** What a tool answered fits its output schema, or the program could not have read it. */
const encode = (schema: Schema.ConstraintCodec<unknown, unknown>, value: unknown) =>
  Effect.orDie(Schema.encodeUnknownEffect(Schema.toCodecJson(schema))(value))

const keepNumbers = (output: Schema.ConstraintCodec<unknown, unknown>, value: unknown) =>
  Effect.flatMap(encode(output, value), (numbers) => Run.annotate("numbers", numbers))

const callThese = (tools: ReadonlyArray<Tool.Any>) =>
  `All numbers come from tools: never compute, estimate or recall one. Call each of these tools, with the values of the \
input and of earlier results:
${tools.map(({ description, name }) => `- ${name}: ${description}`).join("\n")}`

const thenExplain =
  "Explain the results to a person who decides, in two to five sentences: what they mean, which factor and source they " +
  "rest on, what to do first. Repeat numbers exactly as the tools gave them, with their units, and state no others."
