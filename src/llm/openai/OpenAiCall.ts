/**
 * One tool call in the format of chat completions, as far as it has come, and the pieces that it comes in.
 */
import * as Result from "effect/Result"
import * as ArgumentText from "../internal/ArgumentText.ts"
import * as LooseJson from "../internal/LooseJson.ts"

/** A call, as far as it has come. */
export interface Call {
  readonly index: number | undefined
  id: string | undefined
  name: string
  readonly given: ArgumentText.ArgumentText
  /** The id under which its parts are passed on, once they are. */
  shownId: string | undefined
  /** Its name was sent again behind all of its arguments. */
  isNamedAgain: boolean
  /** What the vendor wants to have back with the call. */
  extra: LooseJson.Fields
}

/** A piece of a call, in any of the forms that servers send. */
export interface Piece {
  readonly index: number | undefined
  readonly id: string | undefined
  readonly name: string
  readonly json: string
  readonly extra: LooseJson.Fields
}

/** A call that a piece begins. */
export const begin = ({ extra, id, index, json, name }: Piece): Call => ({
  index,
  id,
  name,
  extra,
  given: new ArgumentText.ArgumentText(json),
  shownId: undefined,
  isNamedAgain: false
})

/** The entries of `tool_calls`: a list, an object with numbers for keys, one call, or any of them as JSON in a text. */
export const listOf = (given: unknown): ReadonlyArray<unknown> => {
  const value = typeof given === "string"
    ? Result.getOrElse(Result.try(() => LooseJson.parse(given)), () => given)
    : given
  if (LooseJson.isNothing(value)) return []
  const json = LooseJson.fields(value)
  if (json === undefined) return LooseJson.list(value) ?? [value]
  return Object.keys(json).every((key) => /^\d+$/.test(key)) ? Object.values(json) : [json]
}

/** Reads an entry. One that says nothing is `"nothing"`, and `undefined` one that cannot be read. */
export const pieceOf = (given: unknown): Piece | "nothing" | undefined => {
  if (LooseJson.isNothing(given)) return "nothing"
  const entry = typeof given === "string" ? Result.getOrUndefined(Result.try(() => LooseJson.parse(given))) : given
  const json = LooseJson.fields(entry)
  if (json === undefined) return undefined
  const called = calledIn(json)
  if (called === undefined) return undefined
  const name = called["name"] ?? called["tool_name"]
  const input = argumentKeys.map((key) => called[key]).find((value) => !LooseJson.isAbsent(value)) ?? ""
  if (!LooseJson.isNothing(name) && typeof name !== "string") return undefined
  const piece = {
    index: LooseJson.count(json["index"]),
    id: LooseJson.label(json["id"] ?? json["call_id"] ?? json["tool_call_id"]),
    name: typeof name === "string" ? name : "",
    json: typeof input === "string" ? input : JSON.stringify(input),
    extra: {
      ...LooseJson.pick(json, extraKeys),
      ...(called === json ? {} : nested(LooseJson.pick(called, extraKeys)))
    }
  }
  return Object.entries(json).every(([key, value]) => key === "index" || key === "type" || LooseJson.saysNothing(value))
    ? "nothing"
    : piece
}

const argumentKeys = ["arguments", "parameters", "input", "args"]

/** What an entry says of the function: in an object of its own, in a text, or beside it. */
const calledIn = (json: LooseJson.Fields): LooseJson.Fields | undefined => {
  const given = LooseJson.isNothing(json["function"]) ? json["custom"] : json["function"]
  if (LooseJson.isNothing(given)) return json
  if (typeof given !== "string") return LooseJson.fields(given)
  const inner = LooseJson.fields(Result.getOrUndefined(Result.try(() => LooseJson.parse(given))))
  return inner ?? (argumentKeys.some((key) => !LooseJson.isAbsent(json[key])) ? { ...json, name: given } : undefined)
}

/** What vendors want to have back with a call, as it came: signatures of thoughts above all. */
const extraKeys = ["extra_content", "provider_specific_fields", "thought_signature", "signature"]

const nested = (extra: LooseJson.Fields): LooseJson.Fields => Object.keys(extra).length === 0 ? {} : { function: extra }
