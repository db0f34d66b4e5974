/**
 * The tool calls of one answer in the format of chat completions, put together from pieces, or from one that holds all.
 *
 * Servers differ in how they say which call a piece belongs to: by `index`, by `id`, by both, or by neither. What decides:
 *
 * 1. A piece goes on with the call of its id or at its index, where its text can stand behind what that call has.
 * 2. It begins a call where it has a name, or an id of its own, and the call before is whole.
 * 3. A whole call that is said again is one call, and arguments that are sent as they grow are not joined.
 * 4. A piece that says nothing, as `null` or `{}`, is none.
 * 5. An answer whose calls all lack a name is a failure. Beside calls that have one, it is a call of a tool that is not there.
 */
import * as AiError from "effect/ai/AiError"
import type * as Response from "effect/ai/Response"
import * as Result from "effect/Result"
import * as CallIds from "../internal/CallIds.ts"
import type { Parts } from "../internal/EventReader.ts"
import * as LooseJson from "../internal/LooseJson.ts"
import * as ToolWire from "../internal/ToolWire.ts"
import type { LlmRequest } from "../LlmProvider.ts"
import * as OpenAiCall from "./OpenAiCall.ts"

type Call = OpenAiCall.Call
type Piece = OpenAiCall.Piece

/** A call that is whole. */
export interface Ended {
  /** The last parts of a stream before the call itself. */
  readonly parts: Parts
  readonly call: Response.ToolCallPartEncoded
}

/** The calls of one answer so far. */
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
    const listed = OpenAiCall.listOf(toolCalls)
    const given = listed.length > 0 || LooseJson.isNothing(functionCall) ? listed : [{ function: functionCall }]
    if (given.length === 0) return nothing
    const parts: Array<Response.StreamPartEncoded> = []
    const before = [...this.calls]
    for (const [at, one] of given.entries()) {
      const piece = OpenAiCall.pieceOf(one)
      if (piece === "nothing") continue
      if (piece === undefined) return Result.fail(unreadable(one))
      const again = this.saidAgain(piece, before, isWhole)
      if (again !== undefined) {
        if (before.includes(again)) before.splice(before.indexOf(again), 1)
        again.id ??= piece.id
        again.extra = { ...again.extra, ...piece.extra }
        continue
      }
      parts.push(...this.read(piece, isWhole ? undefined : this.continued(piece, at)))
    }
    return Result.succeed(parts)
  }

  /** The calls as a message holds them. */
  entries(): ReadonlyArray<LooseJson.Fields> {
    return this.calls.map((call) => {
      this.show(call, "")
      const { function: inFunction, ...extra } = call.extra
      const fields = { ...LooseJson.fields(inFunction), name: call.name || unnamed, arguments: call.given.text }
      return { ...extra, id: call.shownId ?? call.id ?? "", type: "function", function: fields }
    })
  }

  /** The whole calls, each behind the parts of a stream that were not passed on before. */
  end(): Result.Result<ReadonlyArray<Ended>, AiError.AiErrorReason> {
    const ended: Array<Ended> = []
    if (this.calls.length > 0 && this.calls.every(({ name }) => name === "")) {
      return Result.fail(
        new AiError.InvalidResponseError({ description: "the answer holds a tool call without a name" })
      )
    }
    for (const call of this.calls) {
      // Beside others, a call without a name fails alone, as one of a tool that is not there.
      const parts = call.shownId === undefined ? this.shown(call, "") : []
      const id = call.shownId!
      const read = ToolWire.callOf(this.request, id, call.name || unnamed, call.given.text)
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
      const begun = OpenAiCall.begin(piece)
      this.calls.push(begun)
      return this.show(begun, piece.json)
    }
    call.id ??= piece.id
    if (piece.name !== "" && piece.json === "" && call.given.isWhole) call.isNamedAgain = true
    call.name = nameOf(call.name, piece.name)
    call.extra = { ...call.extra, ...piece.extra }
    return this.show(call, call.given.add(piece.json))
  }

  /** The call that a whole one says again: by its id, or, without one, by all that it says. */
  private saidAgain(piece: Piece, before: ReadonlyArray<Call>, isWhole: boolean): Call | undefined {
    if (piece.name === "" || before.length === 0 && !isWhole) return undefined
    const same = (call: Call) => call.name === piece.name && call.given.isSame(piece.json)
    if (piece.id !== undefined) {
      const byId = (isWhole ? this.calls : before).find((call) => call.id === piece.id && same(call))
      if (byId !== undefined) return byId
    }
    return before.find((call) =>
      same(call) && (isWhole
        ? piece.id === undefined || call.id === undefined
        : piece.index === undefined
        ? piece.id === undefined
        // Two ids that are both stated are two calls.
        : call.index === piece.index && (piece.id === undefined || call.id === undefined || call.id === piece.id))
    )
  }

  /** The call that a piece goes on with, or `undefined` where it begins one. */
  private continued(piece: Piece, at: number): Call | undefined {
    const { id, index, json, name } = piece
    const byId = id === undefined ? undefined : this.calls.findLast((call) => call.id === id)
    const atPlace = index === undefined ? undefined : this.atIndex(index)
    const saysNoMore = id === undefined && name === ""
    const call = atPlace !== undefined && (byId === undefined || atPlace === byId)
      ? atPlace
      : byId ?? (index === undefined || saysNoMore ? this.calls.at(-1) : undefined)
    if (call === undefined) return undefined
    // A name on a piece that begins no object belongs to the open call of that name.
    if (id === undefined && index === undefined && name !== "" && json !== "" && !beginsObject(json)) {
      const open = this.calls.findLast((one) => one.name === name && !one.given.isWhole && one.given.fits(json))
      if (open !== undefined) return open
    }
    // In one list every call stands for itself, where nothing says otherwise.
    if (at > 0 && index === undefined && !saysNoMore && id === undefined) return undefined
    if (id !== undefined && call.id !== undefined && id !== call.id) {
      return this.isPieceOf(call, piece)
        ? call
        : undefined
    }
    if (name === "" || call.name === "") return this.openFor(call, json)
    if (call.name !== name) {
      const isLonger = name.startsWith(call.name) || this.isOffered(call.name + name)
      return call.given.isEmpty && (isLonger || !this.isOffered(call.name)) ? call : undefined
    }
    return goesOn(call, json) ? call : undefined
  }

  /** A piece under another id: of the same call where that is open, and the piece goes on with it. */
  private isPieceOf(call: Call, { index, json, name }: Piece): boolean {
    if (call.given.isWhole || json === "" || (name !== "" && name !== call.name)) return false
    // Without an index only the id says where a call begins.
    if (index === undefined && name !== "" && beginsObject(json)) return false
    return call.given.isEmpty ? name !== "" || call.name !== "" : goesOn(call, json)
  }

  /** `call`, or the open one that `json` fits better, or, where its name was said again, none. */
  private openFor(call: Call, json: string): Call | undefined {
    if (goesOn(call, json)) return call
    const other = this.calls.findLast((other) => !other.given.isWhole && other.given.fits(json))
    if (other !== undefined) return other
    if (!call.isNamedAgain) return call
    this.calls.push(OpenAiCall.begin({ index: call.index, id: undefined, name: call.name, json: "", extra: {} }))
    return this.calls.at(-1)
  }

  /** The last call at a place. A call whose place was not said stands at its own. */
  private atIndex(index: number): Call | undefined {
    return this.calls.findLast((call) => call.index === index)
      ?? this.calls.find((call, place) => call.index === undefined && place === index)
  }

  private isOffered(name: string): boolean {
    return ToolWire.of(this.request).find(name) !== undefined
  }

  /** What has come of the arguments. Nothing is passed on before the name is there. */
  private show(call: Call, json: string): Parts {
    return call.name === "" ? [] : this.shown(call, json)
  }

  private shown(call: Call, json: string): Parts {
    const start: Parts = call.shownId !== undefined ? [] : [{
      type: "tool-params-start",
      id: call.shownId = this.idOf(call),
      name: ToolWire.of(this.request).find(call.name)?.tool.name ?? (call.name || unnamed)
    }]
    const delta = start.length > 0 ? call.given.text : json
    return delta === "" ? start : [...start, { type: "tool-params-delta", id: call.shownId!, delta }]
  }

  private idOf(call: Call): string {
    return this.ids.unique(call.id ?? `call-${this.calls.indexOf(call) + 1}-of-${this.request.prompt.content.length}`)
  }
}

/** The name of a call that came without one, as no vendor takes an empty name back. */
const unnamed = "unnamed_call"

const beginsObject = (json: string): boolean => /^\s*\{/.test(json)

/** Whether `json` is a piece of the call. */
const goesOn = ({ given }: Call, json: string): boolean =>
  given.fits(json) || given.isGrownBy(json) || given.isSame(json)

/** Names come whole, as a rule; some servers send them as they grow, or in pieces. */
const nameOf = (before: string, piece: string): string => {
  if (piece === "" || piece === before) return before
  return piece.startsWith(before) ? piece : before + piece
}

const nothing: Result.Result<Parts, never> = Result.succeed([])

const unreadable = (given: unknown) =>
  new AiError.InvalidResponseError({
    description: `a tool call cannot be read: ${JSON.stringify(given) ?? "nothing"}`
  })
