/**
 * The tool calls of one answer in the format of chat completions, put together from pieces, or from one that holds all.
 *
 * Servers differ in how they say which call a piece belongs to: by `index`, by `id`, by both, or by neither. A piece begins a
 * new call where it has another id than the call at its place, or a name although that call is complete.
 */
import * as AiError from "effect/ai/AiError"
import type * as Response from "effect/ai/Response"
import * as Result from "effect/Result"
import * as CallIds from "../internal/CallIds.ts"
import type { Parts } from "../internal/EventStream.ts"
import * as LooseJson from "../internal/LooseJson.ts"
import * as ToolWire from "../internal/ToolWire.ts"
import type { LlmRequest } from "../LlmProvider.ts"

/** A call, as far as it has come. */
interface Call {
  readonly index: number | undefined
  id: string | undefined
  name: string
  json: string
  /** The id under which its parts are passed on, once they are. */
  shownId: string | undefined
  /** What the vendor wants to have back with the call. */
  extra: LooseJson.Fields
}

/** A piece of a call, in any of the forms that servers send. */
interface Piece {
  readonly index: number | undefined
  readonly id: string | undefined
  readonly name: string
  readonly json: string
  readonly extra: LooseJson.Fields
}

/** A call that is whole. */
export interface Ended {
  /** The last parts of a stream before the call itself. */
  readonly parts: Parts
  readonly call: Response.ToolCallPartEncoded
}

export class OpenAiCalls {
  private readonly calls: Array<Call> = []
  private readonly request: LlmRequest
  private readonly server: string
  private readonly ids: CallIds.CallIds

  constructor(request: LlmRequest, server: string) {
    this.request = request
    this.server = server
    this.ids = CallIds.make(request.prompt)
  }

  get size(): number {
    return this.calls.length
  }

  /**
   * Reads `tool_calls` of a message or a delta, or its older `function_call`. Each entry of a whole message is a call of its
   * own.
   */
  add(
    toolCalls: unknown,
    functionCall: unknown,
    isWhole: boolean
  ): Result.Result<Parts, AiError.AiErrorReason> {
    const given = LooseJson.isNothing(toolCalls)
      ? LooseJson.isNothing(functionCall) ? [] : [{ function: functionCall }]
      : LooseJson.list(toolCalls) ?? [toolCalls]
    const parts: Array<Response.StreamPartEncoded> = []
    for (const [at, one] of given.entries()) {
      const piece = pieceOf(one)
      if (piece === undefined) return Result.fail(unreadable(one))
      parts.push(...this.read(piece, isWhole ? this.repeated(piece) : this.continued(piece, at)))
    }
    return Result.succeed(parts)
  }

  /** The whole calls, each behind the parts of a stream that were not passed on before. */
  end(): Result.Result<ReadonlyArray<Ended>, AiError.AiErrorReason> {
    const ended: Array<Ended> = []
    for (const call of this.calls) {
      if (call.name === "") {
        return Result.fail(
          new AiError.InvalidResponseError({ description: "the answer holds a tool call without a name" })
        )
      }
      const parts = call.shownId === undefined ? this.show(call, "") : []
      const id = call.shownId!
      const read = ToolWire.callOf(this.request, id, call.name, call.json)
      if (Result.isFailure(read)) return Result.fail(read.failure)
      const extra = Object.keys(call.extra).length === 0
        ? {}
        : { metadata: { openai: { server: this.server, call: call.extra as never } } }
      ended.push({ parts: [...parts, { type: "tool-params-end", id }], call: { ...read.success, ...extra } })
    }
    return Result.succeed(ended)
  }

  private read(piece: Piece, call: Call | undefined): Parts {
    if (call === undefined) {
      this.calls.push({ ...piece, shownId: undefined })
      return this.show(this.calls.at(-1)!, piece.json)
    }
    // Some servers repeat the whole call at its end.
    const isRepeated = piece.id !== undefined && piece.id === call.id && sameObject(piece.json, call.json)
    call.id ??= piece.id
    call.name = this.nameOf(call.name, piece.name)
    call.extra = { ...call.extra, ...piece.extra }
    if (isRepeated) return []
    call.json += piece.json
    return this.show(call, piece.json)
  }

  /** The call that a whole one says again. */
  private repeated({ id, json, name }: Piece): Call | undefined {
    return this.calls.find((call) =>
      id !== undefined && call.id === id && call.name === name && sameObject(call.json, json)
    )
  }

  /** The call that a piece goes on with, or `undefined` where it begins one. */
  private continued(piece: Piece, at: number): Call | undefined {
    const byId = piece.id === undefined ? undefined : this.calls.findLast(({ id }) => id === piece.id)
    const call = piece.index === undefined ? byId ?? this.calls.at(-1) : this.atIndex(piece.index) ?? byId
    if (call === undefined) return undefined
    if (piece.id !== undefined && call.id !== undefined && piece.id !== call.id) return byId
    // In one list every call stands for itself, where nothing says otherwise.
    if (at > 0 && piece.index === undefined && piece.id === undefined) return undefined
    if (piece.name === "" || call.name === "") return call
    if (piece.name === call.name) {
      const isOther = isObject(piece.json) && isObject(call.json)
        && (piece.id === undefined || !sameObject(piece.json, call.json))
      return isOther ? undefined : call
    }
    return call.json === "" && !this.isOffered(call.name) ? call : undefined
  }

  /** The last call at a place. A call whose place was not said stands at its own. */
  private atIndex(index: number): Call | undefined {
    return this.calls.findLast((call) => call.index === index)
      ?? this.calls.find((call, place) => call.index === undefined && place === index)
  }

  /** Names come whole, as a rule; some servers send them as they grow, or in pieces. */
  private nameOf(before: string, piece: string): string {
    if (piece === "" || piece === before) return before
    return piece.startsWith(before) ? piece : before + piece
  }

  private isOffered(name: string): boolean {
    return ToolWire.of(this.request).find(name) !== undefined
  }

  /** What has come of the arguments. Nothing is passed on before the name is there. */
  private show(call: Call, json: string): Parts {
    if (call.name === "") return []
    const start: Parts = call.shownId !== undefined ? [] : [{
      type: "tool-params-start",
      id: call.shownId = this.idOf(call),
      name: ToolWire.of(this.request).find(call.name)?.tool.name ?? call.name
    }]
    const delta = start.length > 0 ? call.json : json
    return delta === "" ? start : [...start, { type: "tool-params-delta", id: call.shownId!, delta }]
  }

  private idOf(call: Call): string {
    return this.ids.unique(call.id ?? `call-${this.calls.indexOf(call) + 1}-of-${this.request.prompt.content.length}`)
  }
}

/** What vendors want to have back with a call, as it came: signatures of thoughts above all. */
const extraKeys = ["extra_content", "provider_specific_fields", "thought_signature", "signature"]

const pieceOf = (given: unknown): Piece | undefined => {
  const json = LooseJson.fields(given)
  if (json === undefined) return undefined
  const called = LooseJson.isNothing(json["function"]) ? json : LooseJson.fields(json["function"])
  if (called === undefined) return undefined
  const { arguments: given_, name, parameters } = called
  const input = given_ ?? parameters ?? ""
  if (!LooseJson.isNothing(name) && typeof name !== "string") return undefined
  return {
    index: LooseJson.count(json["index"]),
    id: LooseJson.label(json["id"]),
    name: typeof name === "string" ? name : "",
    json: typeof input === "string" ? input : JSON.stringify(input),
    extra: {
      ...LooseJson.pick(json, extraKeys),
      ...(called === json ? {} : nested(LooseJson.pick(called, extraKeys)))
    }
  }
}

const nested = (extra: LooseJson.Fields): LooseJson.Fields => Object.keys(extra).length === 0 ? {} : { function: extra }

const unreadable = (given: unknown) =>
  new AiError.InvalidResponseError({
    description: `a tool call cannot be read: ${JSON.stringify(given) ?? "nothing"}`
  })

const objectIn = (json: string): object | undefined => {
  // A look at both ends is cheap, however often a long text is asked about.
  if (!json.trimStart().startsWith("{") || !json.trimEnd().endsWith("}")) return undefined
  return Result.getOrUndefined(Result.try(() => LooseJson.fields(LooseJson.parse(json))))
}

const isObject = (json: string): boolean => objectIn(json) !== undefined

const sameObject = (a: string, b: string): boolean => {
  const one = objectIn(a)
  const other = one && objectIn(b)
  return other !== undefined && (a === b || JSON.stringify(one) === JSON.stringify(other))
}
