/**
 * A place in the data of a run: `input.country`, `results.fuel.co2e_kg`, `results.fuels.0`, `item["odd key"]`.
 */
import type * as Schema from "effect/Schema"
import * as QuotedText from "./QuotedText.ts"

/** What a reference can begin with. */
export const roots = ["input", "results", "item", "index"] as const

/** A place: its root, and the keys from there on. */
export interface Reference {
  readonly root: typeof roots[number]
  readonly keys: ReadonlyArray<string>
  readonly text: string
}

/** What references are looked up in. `item` and `index` are there for each item of a list alone. */
export interface Data {
  readonly input: Schema.Json
  readonly results: { readonly [step: string]: Schema.Json }
  readonly item?: Schema.Json
  readonly index?: number
}

const key = String.raw`\.(?:[A-Za-z_][\w-]*|\d+)|\[${QuotedText.within("\"")}\]`
const pattern = new RegExp(String.raw`(${roots.join("|")})((?:${key})*)(?![\p{L}\p{N}_.[-])`, "uy")
const keys = new RegExp(key, "gu")

/** The reference that begins at `offset` of `text`, if there is one. */
export const match = (text: string, offset = 0): Reference | undefined => {
  pattern.lastIndex = offset
  const found = pattern.exec(text)
  if (found === null) return undefined
  const [whole, root, path = ""] = found
  return {
    // the pattern names the roots
    root: root as Reference["root"],
    keys: (path.match(keys) ?? []).map((part) =>
      part.startsWith(".") ? part.slice(1) : QuotedText.read(part.slice(1, -1))
    ),
    text: whole
  }
}

/** Whether `text`, which is not a reference, looks like one. */
export const isMeant = (text: string): boolean => meant.test(text)

const meant = new RegExp(String.raw`^(?:${roots.join("|")})(?:[.[]\S+|\[".*)$`)

/** How to write one. */
export const example = `input.name, input.0 or input["a name"]`

/** The reference that `text` is, and nothing else. */
export const parse = (text: string): Reference | undefined => {
  const found = match(text)
  return found?.text.length === text.length ? found : undefined
}

/** What stands there: `undefined` where nothing does. */
export const find = ({ keys, root }: Reference, data: Data): Schema.Json | undefined => {
  let at: unknown = data[root]
  for (const key of keys) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, key)) return undefined
    if (Array.isArray(at) && key === "length") return undefined // no field of JSON
    at = at[key as keyof typeof at]
  }
  // what stands in JSON is JSON
  return at as Schema.Json | undefined
}
