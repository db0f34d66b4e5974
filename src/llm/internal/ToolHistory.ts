/**
 * The history of a tool loop. It can be sent at any moment, whatever ends the loop: no call stands in it without an answer,
 * and answers stand right behind their calls.
 *
 * So a call has an answer from the start: it was not made. While it runs the answer says that it was interrupted, and its
 * outcome replaces that. An interruption leaves nothing to repair.
 *
 * In a conversation that is kept, each change is saved before the loop goes on, and instructions stay out of it: they stand in
 * front of each request.
 */
import * as Prompt from "effect/ai/Prompt"
import type * as Response from "effect/ai/Response"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import type { KeptHistory } from "./KeptHistory.ts"

/** A call of a tool that a model made, its arguments not yet read. */
export type Call = Response.ToolCallPart<string, unknown>

/** What the model reads as the result of a call. */
export interface ToolOutcome {
  readonly isFailure: boolean
  readonly result: unknown
  /** What the model is sent in place of `result`. */
  readonly modelOutput?: Prompt.ToolResultPart["modelOutput"]
}

/** The history of one loop. */
export class ToolHistory {
  /** Without the answers to the last calls. */
  private settled: Prompt.Prompt
  private calls: ReadonlyArray<Call> = []
  private outcomes: Array<ToolOutcome> = []
  /** As it stands, since it was last asked for. */
  private known: Prompt.Prompt | undefined
  private readonly ids: Set<string>
  private readonly ref: Ref.Ref<Prompt.Prompt> | undefined
  private readonly save: Effect.Effect<void> | undefined
  private readonly instructions: ReadonlyArray<Prompt.Message>

  private constructor(where: Ref.Ref<Prompt.Prompt> | KeptHistory | undefined, prompt: Prompt.Prompt) {
    const kept = isKept(where) ? where : undefined
    this.ref = isKept(where) ? where.ref : where
    this.save = kept?.save
    this.instructions = kept === undefined ? [] : prompt.content.filter(isSystem)
    this.settled = kept === undefined ? prompt : Prompt.fromMessages(prompt.content.filter((one) => !isSystem(one)))
    this.ids = new Set(
      prompt.content.flatMap(({ content, role }) =>
        role === "assistant" ? content.flatMap((part) => part.type === "tool-call" ? [part.id] : []) : []
      )
    )
  }

  /**
   * Goes on from what is kept, with `prompt`, and keeps it there. Calls that others left without an answer get one.
   */
  static readonly make = Effect.fnUntraced(
    function*(where: Ref.Ref<Prompt.Prompt> | KeptHistory | undefined, prompt: Prompt.RawInput) {
      const ref = isKept(where) ? where.ref : where
      const before = ref === undefined ? Prompt.empty : yield* Ref.get(ref)
      const history = new ToolHistory(where, answered(Prompt.concat(before, prompt)))
      yield* history.keep()
      return history
    }
  )

  /** As it stands, with the instructions. */
  get prompt(): Prompt.Prompt {
    const { content } = this.kept
    return this.instructions.length === 0 ? this.kept : Prompt.fromMessages([...this.instructions, ...content])
  }

  private get kept(): Prompt.Prompt {
    return this.known ??= this.calls.length === 0
      ? this.settled
      : Prompt.fromMessages([
        ...this.settled.content,
        Prompt.toolMessage({ content: this.calls.map((call, index) => resultOf(call, this.outcomes[index]!)) })
      ])
  }

  /** Adds an answer of the model, and gives the calls in it. */
  readonly add = (answer: ReadonlyArray<Response.AnyPart>): Effect.Effect<ReadonlyArray<Call>> =>
    Effect.suspend(() => {
      const parts = answer.filter((part) => part.type !== "text" || part.text !== "").map((part) =>
        isCall(part) ? this.named(part) : part
      )
      this.settled = Prompt.concat(this.kept, Prompt.fromResponseParts(parts))
      this.calls = parts.filter(isCall)
      this.outcomes = this.calls.map(() => notMade)
      return behind(this.keep(), () => Effect.succeed(this.calls))
    })

  /** Adds what the loop says to the model in the place of a person. */
  readonly say = (text: string): Effect.Effect<void> =>
    Effect.suspend(() => {
      this.settled = Prompt.concat(this.kept, text)
      this.calls = []
      return this.keep()
    })

  /** Runs the call at `index`, whose `outcome` becomes its result. */
  readonly run = <A extends { readonly outcome: ToolOutcome }, E, R>(
    index: number,
    call: Effect.Effect<A, E, R>
  ): Effect.Effect<A, E, R> =>
    Effect.suspend(() =>
      behind(
        this.record(index, cutShort),
        () => Effect.flatMap(call, (answer) => behind(this.record(index, answer.outcome), () => Effect.succeed(answer)))
      )
    )

  private record(index: number, outcome: ToolOutcome): Effect.Effect<void> {
    this.outcomes[index] = outcome
    return this.keep()
  }

  /** Without a `ref` nothing reads it before `prompt` does. */
  private keep(): Effect.Effect<void> {
    this.known = undefined
    if (this.ref === undefined) return Effect.void
    const set = Ref.set(this.ref, this.kept)
    return this.save === undefined ? set : Effect.andThen(set, this.save)
  }

  /** Some servers count their calls anew in each answer. Vendors want an id to stand for one call. */
  private named(call: Call): Call {
    let id = call.id
    for (let n = 2; this.ids.has(id) || id === ""; n++) id = `${call.id || "call"}_${n}`
    this.ids.add(id)
    return id === call.id ? call : { ...call, id }
  }
}

/** Nothing stands before `next` where nothing is kept. */
const behind = <A, E, R>(kept: Effect.Effect<void>, next: () => Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  kept === Effect.void ? next() : Effect.flatMap(kept, next)

const isKept = (where: Ref.Ref<Prompt.Prompt> | KeptHistory | undefined): where is KeptHistory =>
  where !== undefined && "save" in where

const isSystem = ({ role }: Prompt.Message) => role === "system"

const isCall = (part: Response.AnyPart): part is Call => part.type === "tool-call" && !part.providerExecuted

const resultOf = ({ id, name }: Pick<Call, "id" | "name">, outcome: ToolOutcome) =>
  Prompt.toolResultPart({ id, name, providerExecuted: false, ...outcome })

/**
 * `prompt` as vendors take it: each call has one answer right behind it and an id of its own. A call without an answer gets one,
 * and an answer without a call is left out.
 */
const answered = (prompt: Prompt.Prompt): Prompt.Prompt => {
  const messages: Array<Prompt.Message> = []
  const ids = new Set<string>()
  /** The calls of the last answer that have no result yet, each with the id that it had in `prompt`. */
  let open: Array<{ readonly given: string; readonly call: Prompt.ToolCallPart }> = []
  const close = () => {
    if (open.length > 0) messages.push(Prompt.toolMessage({ content: open.map(({ call }) => resultOf(call, notMade)) }))
    open = []
  }
  const named = (part: Prompt.AssistantMessagePart) => {
    if (part.type !== "tool-call" || part.providerExecuted) return part
    let { id } = part
    for (let n = 2; ids.has(id); n++) id = `${part.id}_${n}`
    ids.add(id)
    const call = id === part.id ? part : Prompt.toolCallPart({ ...part, id })
    open.push({ given: part.id, call })
    return call
  }
  const matched = (part: Prompt.ToolMessagePart): ReadonlyArray<Prompt.ToolMessagePart> => {
    if (part.type !== "tool-result" || part.providerExecuted) return [part]
    const at = open.findIndex(({ given }) => given === part.id)
    const [found] = at < 0 ? [] : open.splice(at, 1)
    if (found === undefined) return []
    return [found.call.id === part.id ? part : Prompt.toolResultPart({ ...part, id: found.call.id })]
  }
  for (const message of prompt.content) {
    if (message.role === "tool") {
      const content = message.content.flatMap(matched)
      if (content.length > 0) {
        messages.push(isSame(content, message.content) ? message : Prompt.toolMessage({ ...message, content }))
      }
      continue
    }
    close()
    if (message.role !== "assistant") messages.push(message)
    else {
      const content = message.content.map(named)
      messages.push(isSame(content, message.content) ? message : Prompt.assistantMessage({ ...message, content }))
    }
  }
  close()
  return Prompt.fromMessages(messages)
}

const isSame = <A>(some: ReadonlyArray<A>, others: ReadonlyArray<A>) =>
  some.length === others.length && some.every((one, at) => one === others[at])

const notMade: ToolOutcome = { isFailure: true, result: { error: "this call was not made" } }
const cutShort: ToolOutcome = {
  isFailure: true,
  result: { error: "this call was interrupted: whether it had an effect is not known" }
}
