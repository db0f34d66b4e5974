/**
 * The blocks of an answer in the format of Anthropic's messages: texts, thoughts and calls, whole or as they grow.
 */
import * as AiError from "effect/ai/AiError"
import * as Result from "effect/Result"
import * as ArgumentText from "../internal/ArgumentText.ts"
import type { Parts } from "../internal/EventReader.ts"
import * as LooseJson from "../internal/LooseJson.ts"

/** What a block is read as. The input of the tool that stands for the answer is a text. */
export type Kind = "text" | "reasoning" | "call"

/** A block, as far as it has come. */
export interface Block extends Began {
  readonly index: number
  /** Under which its parts are passed on. */
  readonly id: string
  isOpen: boolean
  /** A call that has ended before its input was whole. It is passed on at the end, as the rest may still come. */
  isHeld: boolean
  /** The text of its beginning, as long as pieces may say that again. */
  begun: string
  /** What pieces have said again of it. It is held back until it is clear that they only repeat. */
  repeated: string
}

/** The beginning of a block, which may hold all of it. */
export interface Began {
  readonly kind: Kind
  readonly vendorId: string | undefined
  readonly name: string
  /** The input that came with the beginning, as JSON, or nothing where it says nothing. */
  readonly input: string
  readonly isExplicit: boolean
  /** The thought that only Anthropic can read. */
  readonly data: string | undefined
  text: string
  /** The input that came in pieces. */
  readonly given: ArgumentText.ArgumentText
  signature: string
}

/** What decides the kind of a block. */
export interface Context {
  readonly answerTool: string | undefined
  readonly isOffered: (name: string) => boolean
}

/** A block, or `undefined` for one that is not read here. */
export const read = (
  given: unknown,
  context: Context
): Result.Result<Began | undefined, AiError.AiErrorReason> => {
  const json = LooseJson.fields(given)
  if (json === undefined) return malformed("a block is not an object")
  const kind = kindOf(json, context)
  if (kind === undefined) return Result.succeed(undefined)
  const name = LooseJson.label(json["name"]) ?? ""
  const isCall = json["type"] === "tool_use" || kind === "call"
  if (isCall && (name === "" || typeof json["name"] !== "string")) return malformed("a tool call has no name")
  const text = isCall ? "" : json[kind === "reasoning" ? "thinking" : "text"] ?? ""
  if (typeof text !== "string") return malformed("a text is not a text")
  return Result.succeed({
    kind,
    vendorId: LooseJson.label(json["id"]),
    name,
    input: isCall ? inputOf(json["input"]) : "",
    isExplicit: isCall && json["input"] !== undefined && json["input"] !== null,
    data: LooseJson.text(json["data"]),
    text,
    given: new ArgumentText.ArgumentText(""),
    signature: LooseJson.text(json["signature"]) ?? ""
  })
}

const kindOf = (json: LooseJson.Fields, { answerTool, isOffered }: Context): Kind | undefined => {
  const { name, type } = json
  switch (type) {
    case "text":
      return "text"
    case "thinking":
    case "redacted_thinking":
      return "reasoning"
    case "tool_use":
      return name === answerTool ? "text" : "call"
  }
  // Of blocks without a known type, only what can be nothing else.
  if (typeof type === "string" && /^(?:server|mcp)_|_result$/.test(type)) return undefined
  if (typeof name === "string" && "input" in json && name === answerTool) return "text"
  if (typeof name === "string" && "input" in json && isOffered(name)) return "call"
  if (typeof json["thinking"] === "string" || typeof json["data"] === "string") return "reasoning"
  return typeof json["text"] === "string" ? "text" : undefined
}

const inputOf = (input: unknown): string =>
  LooseJson.isAbsent(input) || LooseJson.isEmptyObject(input)
    ? ""
    : typeof input === "string"
    ? input
    : JSON.stringify(input)

/** What a delta adds, and to a block of which kind. */
export const pieceOf = (
  delta: LooseJson.Fields
): Result.Result<
  { readonly kind: Kind | undefined; readonly text: string; readonly signature: string },
  AiError.AiErrorReason
> => {
  const { partial_json, signature, text, thinking } = delta
  const at = (kind: Kind, value: unknown) =>
    typeof value === "string"
      ? Result.succeed({ kind, text: value, signature: LooseJson.text(signature) ?? "" })
      : malformed("a piece is not a text")
  if (!LooseJson.isAbsent(text)) return at("text", text)
  if (!LooseJson.isAbsent(partial_json)) {
    return at("call", LooseJson.fields(partial_json) === undefined ? partial_json : JSON.stringify(partial_json))
  }
  if (!LooseJson.isAbsent(thinking)) return at("reasoning", thinking)
  return Result.succeed({ kind: undefined, text: "", signature: LooseJson.text(signature) ?? "" })
}

/** Whether a call came before, under the same id. It is made once. */
export const isSaidBefore = (block: Block, blocks: ReadonlyArray<Block>): boolean =>
  blocks.slice(0, blocks.indexOf(block)).some((before) => isSameCall(before, block))

/** Whether two blocks are one call: by its id, name and arguments. */
const isSameCall = (a: Began, b: Began): boolean =>
  a.kind === "call" && b.kind === "call" && a.vendorId !== undefined && a.vendorId === b.vendorId && a.name === b.name
  && argumentsOf(a, true) === argumentsOf(b, true)

/** The beginning of a block that was not sent. */
export const empty = (kind: "text" | "reasoning"): LooseJson.Fields =>
  kind === "text" ? { type: "text", text: "" } : { type: "thinking", thinking: "" }

/** What a piece of a block is passed on as. */
export const deltaOf = ({ id, kind }: Block, delta: string): Parts => {
  if (delta === "") return []
  return kind === "call"
    ? [{ type: "tool-params-delta", id, delta }]
    : [{ type: `${kind}-delta`, id, delta }]
}

/** What is new in a piece of text: some servers send the text of the beginning once more in pieces. */
export const newOf = (block: Block, piece: string): string => {
  if (block.begun === "") return piece
  const all = block.repeated + piece
  if (block.begun.startsWith(all)) {
    block.repeated = all
    return ""
  }
  const { begun } = block
  block.begun = block.repeated = ""
  return all.startsWith(begun) ? all.slice(begun.length) : all
}

/** What was held back of a block that ends, where its pieces did not say all of the beginning again. */
export const heldOf = (block: Block): string => {
  const held = block.repeated === block.begun ? "" : block.repeated
  block.begun = block.repeated = ""
  return held
}

/** Whether more of the input of a call may come, although it has ended. */
export const mayGrow = ({ given, input, kind }: Block): boolean => kind === "call" && input === "" && !given.isWhole

/** The input that came with the beginning, and in no piece. */
export const rest = (block: Block): Parts => saysMore(block) ? [] : deltaOf(block, block.input)

/** Whether pieces hold the input: `{}` in one says nothing beside an input that came with the beginning. */
const saysMore = ({ given, input }: Began): boolean => input === "" ? given.text.trim() !== "" : !given.isEmpty

/**
 * What a call was given, as JSON. Pieces hold all of it, where there are some. The beginning of a streamed call holds `{}` as
 * a matter of form, so that it says nothing there.
 */
export const argumentsOf = (block: Began, isWhole: boolean): string => {
  const { given, input, isExplicit } = block
  return saysMore(block) ? given.text : input === "" && isExplicit && isWhole ? "{}" : input
}

/** The text of a block: its own, or the input of the tool that stands for the answer. */
export const textOf = (block: Began): string =>
  block.kind !== "text" ? "" : block.text !== "" ? block.text : saysMore(block) ? block.given.text : block.input

/** Whether a block was a call of a tool, also of the one that stands for the answer. */
export const isToolUse = ({ kind, name }: Began): boolean => kind === "call" || name !== ""

/** What a thought needs to be given back: Anthropic refuses to continue from one that was changed. */
export const thoughtMetadata = ({ data, signature }: Began) =>
  data !== undefined
    ? { metadata: { anthropic: { redactedData: data } } }
    : signature !== ""
    ? { metadata: { anthropic: { signature } } }
    : {}

const malformed = (why: string) =>
  Result.fail(new AiError.InvalidResponseError({ description: `the answer is not a message: ${why}` }))
