/**
 * The turns of a tool loop: asks the model, runs the tools that it calls, and gives it their results, until it answers.
 *
 * 1. A loop without a final answer ends with the first answer that calls no tool.
 * 2. With one it ends on it. An answer that does not match goes back to the model, a bounded number of times; one that was cut
 *    off fails at once, since the next would be cut, too.
 * 3. An answer that the vendor refused or filtered ends it, too: no call in it is made.
 * 4. An answer beside calls of tools has not seen their results: the calls run, and the model is asked again.
 */
import * as Prompt from "effect/ai/Prompt"
import type * as Response from "effect/ai/Response"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as Ref from "effect/Ref"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import * as RunPart from "../../agent/internal/RunPart.ts"
import type * as Run from "../../agent/Run.ts"
import { noUsage } from "../../agent/Run.ts"
import type * as Tool from "../../agent/Tool.ts"
import { redacted } from "../../internal/Redaction.ts"
import { type Cap, ToolLoopStopped, UnmeasuredUsage, UnparsableAnswer } from "../LlmError.ts"
import type { LlmIdentity } from "../LlmIdentity.ts"
import * as LlmUsage from "../LlmUsage.ts"
import type { Limits, ToolCall } from "../ToolAnswer.ts"
import * as FinalAnswer from "./FinalAnswer.ts"
import * as FinishReason from "./FinishReason.ts"
import type { KeptHistory } from "./KeptHistory.ts"
import * as ModelCall from "./ModelCall.ts"
import * as QuickModel from "./QuickModel.ts"
import * as ShownCall from "./ShownCall.ts"
import * as ShownHistory from "./ShownHistory.ts"
import * as ToolCalls from "./ToolCalls.ts"
import * as ToolEvents from "./ToolEvents.ts"
import { type Call, ToolHistory, type ToolOutcome } from "./ToolHistory.ts"

/** What a loop is given. `Llm.withTools` explains each field. */
export interface Options {
  readonly prompt: Prompt.RawInput
  readonly tools: ReadonlyArray<Tool.Any>
  readonly history?: Ref.Ref<Prompt.Prompt> | KeptHistory
  readonly toolChoice?: "auto" | "required"
  readonly concurrency?: number
  readonly limits?: Limits
  readonly secrets?: ModelCall.Secrets
}

/** What has happened so far, kept apart so that an error of a loop that was stopped has it. */
interface Loop {
  turns: number
  mistakes: number
  usage: Run.Usage
  text: string
  /** By the place of the call, among all that the model has asked for. */
  readonly calls: Array<{ readonly id: string; readonly call: ToolCall<Tool.Any> } | undefined>
  readonly tools: ReadonlyMap<string, Tool.Any>
  readonly secrets: ModelCall.Secrets
  /** What may be shown of the arguments of calls, by their ids. */
  readonly shown: Map<string, Schema.Json | undefined>
  history: ToolHistory | undefined
}

/** A loop in which nothing has happened yet. */
export const begin = ({ secrets = ModelCall.noSecrets, tools }: Pick<Options, "secrets" | "tools">): Loop => ({
  turns: 0,
  mistakes: 0,
  usage: noUsage,
  calls: [],
  tools: new Map(tools.map((tool) => [tool.name, tool])),
  secrets,
  shown: new Map(),
  text: "",
  history: undefined
})

const callsOf = ({ calls }: Loop) => calls.filter(Predicate.isNotUndefined)

/** What the model wrote, as errors hold it. */
const shownText = ({ secrets }: Loop, text: string): string => secrets.answer && text !== "" ? redacted : text

/** The error of a loop that reached a limit, with what it had until then. */
export const stopped = (loop: Loop, cap: Cap, limit: number, used: number) =>
  new ToolLoopStopped({
    cap,
    limit,
    used,
    turns: loop.turns,
    calls: callsOf(loop).map(({ call: { result, tool }, id }) => ({
      tool: tool.name,
      input: loop.shown.get(id) ?? null,
      failed: Result.isFailure(result)
    })),
    text: shownText(loop, loop.text),
    history: ShownHistory.of(loop.history?.prompt ?? Prompt.empty, loop)
  })

/** Runs the turns, and keeps what happens in `loop`. Its `value` is that of the final answer. */
export const run = Effect.fnUntraced(function*(
  options: Options,
  loop: Loop,
  final: FinalAnswer.FinalAnswer | undefined
) {
  const { concurrency = 4, limits = {}, tools } = options
  const maxTurns = limits.turns ?? 10
  const maxCalls = limits.toolCalls ?? 50
  const maxMistakes = limits.mistakes ?? 3
  const kit = ToolCalls.kitOf(tools, final?.offer)
  const { secrets, tools: byName } = loop
  const history = yield* ToolHistory.make(options.history, options.prompt)
  loop.history = history
  let asked = 0
  let misses = 0
  let mustAnswer = false

  while (true) {
    if (loop.turns >= maxTurns) return yield* stopped(loop, "turns", maxTurns, loop.turns + 1)
    const { prompt } = history
    const toolChoice = loop.turns === 0 ? options.toolChoice ?? "auto" : "auto"
    const { answer: response, used: { identity, unmeasured, usage } } = yield* asking(
      QuickModel.ask({
        prompt,
        toolkit: kit,
        toolChoice: mustAnswer ? { tool: FinalAnswer.name } : toolChoice
      }),
      secrets
    )
    loop.turns++
    if (response.text !== "") loop.text = response.text
    const requests = yield* history.add(response.content)
    loop.usage = LlmUsage.add(loop.usage, usage)
    if (!identity.cached) yield* checkSpending(loop, limits, identity, usage, unmeasured)

    const { finishReason } = response
    const done = (value: unknown) => ({
      ...identity,
      text: response.text,
      calls: callsOf(loop).map(({ call }) => call),
      turns: loop.turns,
      finishReason,
      usage: loop.usage,
      history: history.prompt,
      ...(final === undefined ? {} : { value })
    })

    // Nothing that the vendor filtered is acted on: its calls stand in the history as not made.
    const isFiltered = finishReason === "content-filter"
    if (final === undefined && (requests.length === 0 || isFiltered)) return done(undefined)
    if (final !== undefined && isFiltered && !requests.every(isAnswer)) {
      const issues = "the vendor filtered the answer, so the calls beside it were not made"
      yield* FinalAnswer.refused(++misses, issues)
      return yield* new UnparsableAnswer({
        attempts: misses,
        text: shownText(loop, response.text),
        issues,
        cutBy: finishReason
      })
    }
    if (final !== undefined && requests.every(isAnswer)) {
      const read = yield* Effect.result(readAnswer(final, requests, response))
      if (Result.isSuccess(read)) {
        yield* settle(history, requests, accepted)
        return done(read.success)
      }
      const text = shownText(loop, requests.length === 0 ? response.text : JSON.stringify(requests.at(-1)!.params))
      const issues = read.failure
      yield* FinalAnswer.refused(++misses, issues)
      if (finishReason === "length" || finishReason === "content-filter") {
        return yield* new UnparsableAnswer({ attempts: misses, text, issues, cutBy: finishReason })
      }
      if (misses >= final.attempts) return yield* new UnparsableAnswer({ attempts: misses, text, issues })
      mustAnswer = final.offer !== undefined
      yield* settle(history, requests, { isFailure: true, result: { error: `the answer does not match: ${issues}` } })
      if (requests.length === 0) yield* history.say(`That answer does not match: ${issues}\nAnswer again.`)
      continue
    }

    for (const { id, name, params } of requests) {
      const tool = byName.get(name)
      if (tool !== undefined) loop.shown.set(id, yield* ShownCall.input(tool, params))
    }
    const first = asked
    asked += requests.length
    if (asked > maxCalls) return yield* stopped(loop, "toolCalls", maxCalls, asked)

    const made = (request: Call, index: number) =>
      Effect.map(
        history.run(
          index,
          final !== undefined && isAnswer(request)
            ? Effect.as(
              FinalAnswer.refused(misses + 1, tooEarly.result.error),
              { call: undefined, mistake: false, outcome: tooEarly }
            )
            : RunPart.run(
              ToolEvents.emitting(
                request,
                byName.get(request.name),
                ToolCalls.run(byName, request, { finishReason, messages: prompt.content })
              )
            )
        ),
        ({ call, mistake }) => {
          loop.calls[first + index] = call === undefined ? undefined : { id: request.id, call }
          if (mistake) loop.mistakes++
        }
      )
    // One call needs no fiber of its own.
    yield* requests.length === 1
      ? made(requests[0]!, 0)
      : Effect.forEach(requests, made, { concurrency, discard: true })
    if (loop.mistakes > maxMistakes) return yield* stopped(loop, "mistakes", maxMistakes, loop.mistakes)
  }
})

const asking = <A, E, R>(question: Effect.Effect<A, E, R>, secrets: ModelCall.Secrets): Effect.Effect<A, E, R> =>
  secrets.prompt || secrets.answer ? Effect.provideService(question, ModelCall.CurrentSecrets, secrets) : question

const isAnswer = ({ name }: Call): boolean => name === FinalAnswer.name

/** Where the model gave several, the last one counts. */
const readAnswer = (
  final: FinalAnswer.FinalAnswer,
  answers: ReadonlyArray<Call>,
  { finishReason, text }: { readonly finishReason: Response.FinishReason; readonly text: string }
) => answers.length === 0 ? final.readText(text, FinishReason.isCut(finishReason)) : final.read(answers.at(-1)!.params)

const settle = (history: ToolHistory, calls: ReadonlyArray<Call>, outcome: ToolOutcome) =>
  Effect.forEach(calls, (_, index) => history.run(index, Effect.succeed({ outcome })), { discard: true })

const accepted: ToolOutcome = { isFailure: false, result: "accepted" }
const tooEarly = {
  isFailure: true,
  result: { error: "you gave the answer before the other calls of that turn had results: give it again, now" }
} satisfies ToolOutcome

const checkSpending = (
  loop: Loop,
  limits: Limits,
  { model, provider }: LlmIdentity,
  turn: Run.Usage,
  unmeasured: LlmUsage.LlmUsage["unmeasured"]
): Effect.Effect<void, ToolLoopStopped | UnmeasuredUsage> => {
  const { costUsd, inputTokens, outputTokens } = loop.usage
  if (limits.tokens !== undefined && turn.inputTokens + turn.outputTokens === 0) {
    return Effect.fail(new UnmeasuredUsage({ provider, model, missing: "usage" }))
  }
  if (limits.costUsd !== undefined && unmeasured !== undefined) {
    return Effect.fail(new UnmeasuredUsage({ provider, model, missing: unmeasured }))
  }
  if (limits.tokens !== undefined && inputTokens + outputTokens > limits.tokens) {
    return Effect.fail(stopped(loop, "tokens", limits.tokens, inputTokens + outputTokens))
  }
  if (limits.costUsd !== undefined && costUsd > limits.costUsd) {
    return Effect.fail(stopped(loop, "costUsd", limits.costUsd, costUsd))
  }
  return Effect.void
}
