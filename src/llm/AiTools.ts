/**
 * Tools of `effect/ai` where tools of ours are taken. `Agent.toToolkit` goes the other way.
 *
 * 1. The handlers come as the toolkit's own layer, unchanged.
 * 2. A failure in mode `error` ends the run with the handler's own error; in mode `return` it goes back to the model. Arguments
 *    that do not decode are the model's mistake in both modes.
 * 3. `needsApproval` asks `Approval`. Where none is provided the call is refused: the type of a tool cannot say whether it asks.
 *    A function decides by the call and the conversation. Where it fails, or reads a conversation that there is not because no
 *    model made the call, a person is asked.
 * 4. Annotations become hints. The model is sent what `toModelOutput` makes of a result.
 */
import * as AiError from "effect/ai/AiError"
import * as AiTool from "effect/ai/Tool"
import type * as Toolkit from "effect/ai/Toolkit"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type * as Agent from "../agent/Agent.ts"
import { InvalidInput } from "../agent/AgentError.ts"
import * as Approval from "../agent/Approval.ts"
import * as AskApproval from "../agent/internal/AskApproval.ts"
import * as Decoding from "../agent/internal/Decoding.ts"
import * as Tool from "../agent/Tool.ts"
import * as ShownCall from "./internal/ShownCall.ts"
import * as ToolCalls from "./internal/ToolCalls.ts"

type AnyTools = Record<string, AiTool.Any>

/** A toolkit, or an effect that gives one with its handlers. @category models */
export type AnyToolkit = Toolkit.WithHandler<any> | Effect.Effect<Toolkit.WithHandler<any>, any, any>

/** The tools of a toolkit, by name. @category utility types */
export type ToolsOf<K> = K extends Toolkit.WithHandler<infer T> ? T
  : K extends Effect.Effect<Toolkit.WithHandler<infer T>, infer _E, infer _R> ? T
  : never
type OneOf<K> = [K] extends [never] ? never : ToolsOf<K>[keyof ToolsOf<K>]

/** How a toolkit can fail to be made. @category utility types */
export type Failure<K> = K extends Toolkit.WithHandler<any> ? never
  : K extends Effect.Effect<any, infer E, any> ? E
  : never
type Made<K> = K extends Toolkit.WithHandler<any> ? never
  : K extends Effect.Effect<any, any, infer R> ? R
  : never
/** What a toolkit needs: its handlers, and what each needs when it is called. @category utility types */
export type Services<K> = Made<K> | AiTool.HandlerServices<OneOf<K>>

/** What ends the run: the failures of tools in mode `error`. @category utility types */
export type RunFailure<K> = ModeError<OneOf<K>>
type ModeError<T> = T extends AiTool.Tool<infer _N, infer Config, infer _R>
  ? Config["failureMode"] extends "return" ? never : Config["failure"]["Type"]
  : never

/** A tool of `effect/ai` as one of ours. @category utility types */
export type FromAi<T extends AiTool.Any> =
  & Tool.Tool<
    AiTool.ParametersEncoded<T>,
    AiTool.Success<T>,
    AiTool.Failure<T> | AiError.AiError | InvalidInput | Approval.NotApproved,
    AiTool.HandlerServices<T>
  >
  & Tool.FailsRun<ModeError<T>>

/** The tools of a toolkit as ours. @category utility types */
export type Tools<K> = [K] extends [never] ? never
  : { [N in keyof ToolsOf<K>]: FromAi<ToolsOf<K>[N]> }[keyof ToolsOf<K>]

/** @internal Whether it is a tool of `effect/ai`. */
export const isForeign = (tool: unknown): tool is AiTool.Any =>
  AiTool.isUserDefined(tool) || AiTool.isProviderDefined(tool) || AiTool.isDynamic(tool)

/**
 * The tools of a toolkit as ours, with the handlers that are in the context. `LlmAgent.make` and `Llm.withTools` do so with
 * their `toolkit`.
 *
 * @category converting
 */
export const fromToolkit = <K extends AnyToolkit>(
  toolkit: K
): Effect.Effect<ReadonlyArray<Tools<K>>, Failure<K>, Made<K>> =>
  Effect.map(
    // the signature states what the toolkit was declared to hold
    (Effect.isEffect(toolkit) ? toolkit : Effect.succeed(toolkit)) as Effect.Effect<Toolkit.WithHandler<AnyTools>>,
    (kit) => Object.values(kit.tools).map((tool) => fromAi(kit, tool))
  ) as never

const fromAi = (kit: Toolkit.WithHandler<AnyTools>, tool: AiTool.Any): Tool.Any => {
  const { failureMode, failureSchema, name, needsApproval, successSchema } = tool
  const parameters: unknown = tool.parametersSchema
  const input = Schema.isSchema(parameters) ? parameters as unknown as Agent.AnySchema : Schema.Unknown
  const read = Decoding.make(input, (issues) => new InvalidInput({ agent: name, issues }))
  const call = Effect.fnUntraced(function*(params: unknown) {
    const made = yield* ToolCalls.Current
    const modelCall = made?.tool === tool ? made : undefined
    if (needsApproval !== undefined && needsApproval !== false) {
      // A person is asked only about what can be read.
      const value = yield* read(params)
      if (yield* asks(needsApproval, value, modelCall)) yield* approve(name, yield* ShownCall.input({ input }, params))
    }
    const results: Stream.Stream<Result, unknown, unknown> = yield* kit.handle(
      name,
      params as never,
      modelCall?.toolCallId
    )
    const last = yield* Stream.runLast(Stream.filter(results, ({ preliminary }) => !preliminary))
    const { isFailure, result } = Option.getOrThrow(last)
    return isFailure ? yield* Effect.fail(result) : result
  })
  const made: Tool.Any = Tool.fromDecoder(
    {
      name,
      description: AiTool.getDescription(tool) ?? "",
      input,
      jsonSchema: AiTool.isDynamic(tool) ? tool.jsonSchema : undefined,
      output: successSchema as unknown as Agent.AnySchema,
      error: failureSchema as unknown as Agent.AnySchema,
      hints: hintsOf(tool)
    },
    (params) => Effect.mapError(call(params), mistakeOf(name))
  )
  return ToolCalls.standFor(failureMode === "error" ? Tool.failRun(made) : made, tool)
}

interface Result {
  readonly isFailure: boolean
  readonly preliminary: boolean
  readonly result: unknown
}

/** Arguments that do not decode, as our tools report them. */
const mistakeOf = (tool: string) => (error: unknown): unknown =>
  AiError.isAiError(error) && error.reason._tag === "ToolParameterValidationError"
    ? new InvalidInput({ agent: tool, issues: [{ path: "", message: error.reason.message }] })
    : error

/** Whether a person is to be asked: in doubt, yes. */
const asks = (
  needsApproval: NonNullable<AiTool.Any["needsApproval"]>,
  params: unknown,
  modelCall: AiTool.NeedsApprovalContext | undefined
): Effect.Effect<boolean> => {
  if (typeof needsApproval !== "function") return Effect.succeed(true)
  return Effect.suspend(() => {
    const context = modelCall ?? new NoModel()
    const asked: boolean | Effect.Effect<boolean, unknown> = needsApproval(params, context)
    return Effect.map(
      Effect.orElseSucceed(Effect.isEffect(asked) ? asked : Effect.succeed(asked), () => true),
      (asked) => asked !== false || (context instanceof NoModel && context.isRead)
    )
  })
}

/** The context of a call that no model made. A tool that reads it decides by what there is not. */
class NoModel implements AiTool.NeedsApprovalContext {
  isRead = false

  get toolCallId(): string {
    this.isRead = true
    return ""
  }

  get messages(): AiTool.NeedsApprovalContext["messages"] {
    this.isRead = true
    return []
  }
}

/** Asks about a call with `input`, which is absent where it may hold a secret and cannot be shown. */
const approve = Effect.fnUntraced(function*(tool: string, input: Schema.Json | undefined) {
  const approval = yield* Effect.serviceOption(Approval.Approval)
  if (Option.isNone(approval)) {
    return yield* new Approval.NotApproved({ step: tool, comment: "no Approval is provided" })
  }
  const given = input === undefined ? "" : ` with ${JSON.stringify(input)}`
  yield* Effect.provideService(
    AskApproval.ask(tool, `Call ${tool}${given}?`),
    Approval.Approval,
    approval.value
  )
})

const hintsOf = ({ annotations }: AiTool.Any): Tool.Hints => {
  const title = Context.getOption(annotations as Context.Context<AiTool.Title>, AiTool.Title)
  return {
    ...(Option.isSome(title) ? { title: title.value } : undefined),
    readonly: Context.get(annotations, AiTool.Readonly),
    destructive: Context.get(annotations, AiTool.Destructive),
    idempotent: Context.get(annotations, AiTool.Idempotent),
    openWorld: Context.get(annotations, AiTool.OpenWorld)
  }
}
