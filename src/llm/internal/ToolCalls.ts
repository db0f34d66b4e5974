/**
 * Calls of tools that a model made: how a tool is shown to it, how a call runs, and what the model reads of it.
 */
import * as AiError from "effect/ai/AiError"
import type * as Prompt from "effect/ai/Prompt"
import type * as Response from "effect/ai/Response"
import * as AiTool from "effect/ai/Tool"
import * as Toolkit from "effect/ai/Toolkit"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { InvalidInput } from "../../agent/AgentError.ts"
import * as Tool from "../../agent/Tool.ts"
import type { ToolCall } from "../ToolAnswer.ts"
import * as FinishReason from "./FinishReason.ts"
import type { Call, ToolOutcome } from "./ToolHistory.ts"
import * as ToolTelemetry from "./ToolTelemetry.ts"

/** What is made of a tool once, as every turn of every loop asks for it. */
interface Prepared {
  readonly offer: AiTool.Any
  readonly encode: (output: unknown) => Effect.Effect<unknown, Schema.SchemaError>
}

const prepared = new WeakMap<Tool.Any, Prepared>()

const preparedOf = (tool: Tool.Any): Prepared => {
  const known = prepared.get(tool)
  if (known !== undefined) return known
  const made = {
    offer: foreignOf(tool) ?? offer(tool),
    encode: Schema.encodeUnknownEffect(Schema.toCodecJson(tool.output))
  }
  prepared.set(tool, made)
  return made
}

const ForeignId: unique symbol = Symbol.for("greenlang/llm/internal/ToolCalls/Foreign")

/** Shows `tool`, and what combinators make of it, to models as the tool of `effect/ai` that it stands for. */
export const standFor = (tool: Tool.Any, foreign: AiTool.Any): Tool.Any => Object.assign(tool, { [ForeignId]: foreign })

const foreignOf = (tool: Tool.Any): AiTool.Any | undefined => (tool as { readonly [ForeignId]?: AiTool.Any })[ForeignId]

/** The call that a model made of a tool of `effect/ai`, and the conversation that led to it. */
interface ForeignCall extends AiTool.NeedsApprovalContext {
  readonly tool: AiTool.Any
}

/** The call of a tool of `effect/ai` that is running. */
export const Current = Context.Reference<ForeignCall | undefined>("greenlang/llm/internal/ToolCalls/Current", {
  defaultValue: () => undefined
})

/** What the model is shown of tools, made once for the same ones. */
export const kitOf = (tools: ReadonlyArray<Tool.Any>, answerTool: AiTool.Any | undefined) => {
  const offers = tools.map((tool) => preparedOf(tool).offer)
  if (answerTool !== undefined) offers.push(answerTool)
  const [first] = offers
  const known = first && kits.get(first)
  if (known?.offers.length === offers.length && offers.every((offer, at) => offer === known.offers[at])) {
    return known.kit
  }
  const kit = Toolkit.make(...offers)
  if (first !== undefined) kits.set(first, { offers, kit })
  return kit
}

/** By the first of the tools. */
const kits = new WeakMap<AiTool.Any, {
  readonly offers: ReadonlyArray<AiTool.Any>
  readonly kit: Toolkit.Toolkit<Record<string, AiTool.Any>>
}>()

/** A tool as the model is shown it. It is not run by what is made of it here. */
const offer = ({ description, input, jsonSchema, name, output }: Tool.Any) => {
  // A tool shows the narrow view of its schemas; what stands behind them are whole ones.
  const success = output as Schema.Codec<unknown>
  return jsonSchema === undefined
    ? AiTool.make(name, { description, parameters: input as Schema.Codec<unknown>, success })
    : AiTool.dynamic(name, { description, parameters: jsonSchema, success }).annotate(AiTool.Strict, false)
}

/** What came of one call: for the caller of the loop, and for the model. */
export interface Answered {
  /** `undefined` for a call that reached no tool. */
  readonly call: ToolCall<Tool.Any> | undefined
  readonly mistake: boolean
  readonly outcome: ToolOutcome
}

/** What was asked in the turn that made a call, and how its answer ended. */
export interface Turn {
  readonly messages: ReadonlyArray<Prompt.Message>
  readonly finishReason: Response.FinishReason
}

/** Runs one call. A failure of the tool is an outcome, too. */
export const run = Effect.fnUntraced(
  function*(
    tools: ReadonlyMap<string, Tool.Any>,
    request: Pick<Call, "id" | "name" | "params">,
    { finishReason, messages }: Turn
  ): Effect.fn.Return<Answered, unknown, unknown> {
    const { id, name, params: input } = request
    const tool = tools.get(name)
    const cut = FinishReason.isCut(finishReason)
    if (tool === undefined || cut) {
      const error = cut
        ? "your answer was cut short, so this call was not made"
        : `there is no tool ${name}; there are ${[...tools.keys()].join(", ")}`
      return { call: undefined, mistake: true, outcome: { isFailure: true, result: { error } } }
    }
    // The schema in front of the tool checks what the model made up.
    const foreign = foreignOf(tool)
    const called = foreign === undefined
      ? tool.call(input as never)
      : Effect.provideService(tool.call(input as never), Current, { tool: foreign, toolCallId: id, messages })
    const result = yield* Effect.result(ToolTelemetry.around(tool, request, called))
    const call: ToolCall<Tool.Any> = { tool, input, result }
    if (Result.isSuccess(result)) {
      const modelOutput = foreign?.toModelOutput?.(result.success)
      const outcome = {
        isFailure: false,
        result: yield* encodeOutput(tool, result.success),
        ...(modelOutput === undefined ? undefined : { modelOutput })
      }
      return { call, mistake: false, outcome }
    }
    const error = result.failure
    if (Tool.endsRun(tool, error)) return yield* Effect.fail(error)
    const isMistake = error instanceof InvalidInput && error.agent === name
    const described = yield* describeError(tool, error)
    const reported = isMistake && typeof input === "string" ? `${String(described)}; ${notJson(input)}` : described
    return { call, mistake: isMistake, outcome: { isFailure: true, result: { error: reported } } }
  }
)

/** What a model can act on where its arguments could not be read. */
const notJson = (text: string): string =>
  text.trim() === ""
    ? "the arguments are missing: call the tool again with a JSON object"
    : `the arguments are not valid JSON, they may have been cut: call the tool again with a whole JSON object. They were: ${
      text.slice(0, 500)
    }`

const encodeOutput = (tool: Tool.Any, output: unknown): Effect.Effect<unknown, AiError.AiError> =>
  Effect.mapError(
    preparedOf(tool).encode(output),
    ({ message }) =>
      AiError.make({
        module: "Llm",
        method: "withTools",
        reason: new AiError.ToolResultEncodingError({ toolName: tool.name, toolResult: output, description: message })
      })
  )

/** The facts of the error where the tool has a schema for it, else its message. */
const describeError = (tool: Tool.Any, error: unknown): Effect.Effect<unknown> => {
  const message = Predicate.hasProperty(error, "message") ? String(error.message) : String(error)
  if (tool.error === undefined) return Effect.succeed(message)
  return Schema.encodeUnknownEffect(Schema.toCodecJson(tool.error))(error).pipe(
    Effect.map((facts: unknown) => Predicate.isObject(facts) ? { message, ...facts } : facts),
    Effect.orElseSucceed(() => message)
  )
}
