/**
 * Thoughts and calls that a server printed into the text of an answer, as it does where it does not know the template of its model,
 * as the parts that they are.
 *
 * 1. A thought stands at the beginning of the text, in tags of its own. One that does not end goes on to the end.
 * 2. Calls are looked for where tools were offered, and the answer holds no call of its own. From their beginning on, nothing is
 *    passed on before the text is over.
 * 3. An answer in JSON is left as it is: `ObjectText` reads it.
 */
import type * as AiError from "effect/ai/AiError"
import type * as Response from "effect/ai/Response"
import * as Result from "effect/Result"
import type { LlmRequest } from "../LlmProvider.ts"
import * as CallIds from "./CallIds.ts"
import type { Parts, WholeReader } from "./EventReader.ts"
import * as PrintedCalls from "./PrintedCalls.ts"
import { PrintedText, type Said } from "./PrintedText.ts"
import * as ToolWire from "./ToolWire.ts"

/** A reader whose parts hold no thoughts and calls in a text. */
export const reader = (request: LlmRequest, inner: WholeReader): WholeReader => {
  if (isRead(request)) return inner
  const printed = new PrintedParts(request)
  const through = (read: Result.Result<Parts, AiError.AiErrorReason>) => Result.flatMap(read, printed.add)
  return {
    ...inner,
    add: (json, name) => through(inner.add(json, name)),
    end: () => through(inner.end()),
    whole: () => Result.flatMap(inner.whole(), (parts) => whole(parts, request))
  }
}

/** Whether an answer is read elsewhere. */
const isRead = ({ responseFormat }: LlmRequest): boolean => responseFormat.type === "json"

const mayCall = ({ toolChoice, tools }: LlmRequest): boolean => tools.length > 0 && toolChoice !== "none"

/** The parts of a whole answer. */
export const whole = (
  parts: Array<Response.PartEncoded>,
  request: LlmRequest
): Result.Result<Array<Response.PartEncoded>, AiError.AiErrorReason> => {
  if (isRead(request)) return Result.succeed(parts)
  const looksForCalls = mayCall(request) && !parts.some(({ type }) => type === "tool-call")
  const ids = CallIds.make(request.prompt)
  const read: Array<Response.PartEncoded> = []
  let isFirst = true
  let hasCalls = false
  for (const part of parts) {
    if (part.type === "finish" && hasCalls) read.push(endedForCalls(part))
    else if (part.type !== "text") read.push(part)
    else {
      const printed = new PrintedText(isFirst, looksForCalls)
      const begun = printed.add(part.text)
      const rest = printed.rest()
      const found = callsOf(rest.calls, request, ids)
      if (Result.isFailure(found)) return Result.fail(found.failure)
      const thought = begun.thought + rest.thought
      const before = begun.text + rest.text
      const text = before + behind(before !== "", found.success)
      isFirst &&= part.text === ""
      hasCalls ||= found.success.calls.length > 0
      if (thought !== "") read.push({ type: "reasoning", text: thought })
      if (text !== "" || (thought === "" && found.success.calls.length === 0)) read.push({ ...part, text })
      read.push(...found.success.calls)
    }
  }
  return Result.succeed(read)
}

/** A text that is open. */
interface Open {
  readonly start: Extract<Response.StreamPartEncoded, { readonly type: "text-start" }>
  readonly text: PrintedText
  isShown: boolean
  isThinking: boolean
  hasThought: boolean
}

/** The parts of a stream. */
export class PrintedParts {
  private readonly request: LlmRequest
  private readonly ids: CallIds.CallIds
  private readonly open = new Map<string, Open>()
  private isFirst = true
  private hasOwnCalls = false
  private hasCalls = false
  /** Parts that say nothing of the answer, until one that does comes. */
  private held: Parts = []
  /** Whether the parts are passed on as they come. */
  private isPlain: boolean

  constructor(request: LlmRequest) {
    this.request = request
    this.ids = CallIds.make(request.prompt)
    this.isPlain = isRead(request)
  }

  /** Further parts. */
  readonly add = (parts: Parts): Result.Result<Parts, AiError.AiErrorReason> => {
    if (this.isPlain || parts.length === 0) return Result.succeed(parts)
    const read: Array<Response.StreamPartEncoded> = []
    for (const part of parts) {
      const one = this.read(part)
      if (Result.isFailure(one)) return Result.fail(one.failure)
      if (part.type === "response-metadata") this.held = [...this.held, ...one.success]
      else read.push(...one.success)
    }
    if (read.length === 0 || this.held.length === 0) return Result.succeed(read)
    const all = [...this.held, ...read]
    this.held = []
    return Result.succeed(all)
  }

  private read(part: Response.StreamPartEncoded): Result.Result<Parts, AiError.AiErrorReason> {
    switch (part.type) {
      case "text-start":
        this.open.set(part.id, {
          start: part,
          text: new PrintedText(this.isFirst, mayCall(this.request) && !this.hasOwnCalls),
          isShown: false,
          isThinking: false,
          hasThought: false
        })
        return nothing
      case "text-delta": {
        const open = this.open.get(part.id)
        if (open === undefined) return Result.succeed([part])
        if (part.delta !== "") this.isFirst = false
        const shown = show(open, open.text.add(part.delta), part)
        this.isPlain = open.text.isPlain && open.isShown && this.open.size === 1 && !mayCall(this.request)
        return Result.succeed(shown)
      }
      case "text-end":
        return this.end(part)
      case "tool-params-start":
      case "tool-call":
        this.hasOwnCalls = true
        return Result.succeed([part])
      case "finish":
        return Result.succeed([this.hasCalls ? endedForCalls(part) : part])
      default:
        return Result.succeed([part])
    }
  }

  private end(
    part: Extract<Response.StreamPartEncoded, { readonly type: "text-end" }>
  ): Result.Result<Parts, AiError.AiErrorReason> {
    const open = this.open.get(part.id)
    if (open === undefined) return Result.succeed([part])
    this.open.delete(part.id)
    const rest = open.text.rest()
    const found = this.hasOwnCalls
      ? Result.succeed({ calls: [], text: rest.calls })
      : callsOf(rest.calls, this.request, this.ids)
    return Result.map(found, (found) => {
      const { calls } = found
      const said = { thought: rest.thought, text: rest.text + behind(open.isShown || rest.text !== "", found) }
      const shown = [...show(open, said, { type: "text-delta", id: part.id, delta: "" }), ...ended(open)]
      if (calls.length > 0) this.hasCalls = true
      const isEmpty = !open.isShown && !open.hasThought && calls.length === 0
      return [
        ...shown,
        ...(isEmpty ? [open.start] : []),
        ...(open.isShown || isEmpty ? [part] : []),
        ...calls.flatMap((call): Parts => [
          { type: "tool-params-start", id: call.id, name: call.name },
          { type: "tool-params-delta", id: call.id, delta: JSON.stringify(call.params) },
          { type: "tool-params-end", id: call.id },
          call
        ])
      ]
    })
  }
}

/** What is new of a text, as parts. */
const show = (
  open: Open,
  { text, thought }: Said,
  delta: Extract<Response.StreamPartEncoded, { readonly type: "text-delta" }>
): Parts => {
  const id = thoughtId(open)
  const parts: Array<Response.StreamPartEncoded> = []
  if (thought !== "") {
    if (!open.isThinking) parts.push({ type: "reasoning-start", id })
    open.isThinking = open.hasThought = true
    parts.push({ type: "reasoning-delta", id, delta: thought })
  }
  if (text !== "") {
    parts.push(...ended(open))
    if (!open.isShown) parts.push(open.start)
    open.isShown = true
    parts.push({ ...delta, delta: text })
  }
  return parts
}

/** The end of a thought that is open. */
const ended = (open: Open): Parts => {
  if (!open.isThinking) return []
  open.isThinking = false
  return [{ type: "reasoning-end", id: thoughtId(open) }]
}

const thoughtId = ({ start }: Open): string => `${start.id}-thought`

interface Found {
  readonly calls: ReadonlyArray<Response.ToolCallPartEncoded>
  /** The text without the calls. */
  readonly text: string
}

const callsOf = (
  printed: string,
  request: LlmRequest,
  ids: CallIds.CallIds
): Result.Result<Found, AiError.AiErrorReason> => {
  const read = printed === "" ? undefined : PrintedCalls.read(printed, ToolWire.of(request))
  if (read === undefined) return Result.succeed({ calls: [], text: printed })
  return Result.map(
    Result.all(
      read.calls.map(({ json, name }, at) =>
        ToolWire.callOf(request, ids.unique(`printed-${at + 1}-of-${request.prompt.content.length}`), name, json)
      )
    ),
    (calls) => ({ calls, text: read.text })
  )
}

/** What stands behind the text before the calls. */
const behind = (isBehindText: boolean, { calls, text }: Found): string =>
  isBehindText && calls.length > 0 && text !== "" ? `\n${text}` : text

const endedForCalls = (part: Response.FinishPartEncoded): Response.FinishPartEncoded =>
  part.reason === "stop" ? { ...part, reason: "tool-calls" } : part

const nothing: Result.Result<Parts, never> = Result.succeed([])
