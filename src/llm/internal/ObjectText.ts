/**
 * The JSON object in what a model wrote, where it wrote more than that: behind its thoughts, in a Markdown fence, between
 * sentences, as JSON in JSON, or as a list of one. What is read is JSON by the letter: line breaks in texts and commas too many
 * are mended.
 */
import * as JsonScan from "./JsonScan.ts"
import * as LooseJson from "./LooseJson.ts"

/**
 * The JSON of `text`, or `text` itself where it holds none, or more than one. Of a text that was cut, only JSON that all of it
 * is counts: behind its thoughts, or in one fence. An object inside of one that has not ended is never the value.
 */
export const read = (text: string, isCut = false): string => {
  if (isJson(text)) return /^\s*\{/.test(text) ? text : valueOf(text) ?? text
  const spoken = withoutThoughts(text)
  const whole = valueOf(spoken)
  if (whole !== undefined) return whole
  if (isCut) return valueOf(onlyFence.exec(spoken)?.[1] ?? "") ?? text
  const { isOpen, values: found } = valuesIn(spoken)
  if (isOpen) return text
  const fenced = Array.from(spoken.matchAll(fence), (match) => match[2]!).map(valueOf).filter((one) =>
    one !== undefined
  )
  if (fenced.length > 0) return fenced.length === 1 ? fenced[0]! : onlyOf(fenced) ?? text
  return onlyOf(found.filter((value) => value.startsWith("{"))) ?? onlyOf(found) ?? text
}

/** The objects of `text` that say something, each once, in which more than one may be the value. */
export const objectsIn = (text: string): ReadonlyArray<string> => {
  const objects = valuesIn(withoutThoughts(text)).values.filter((value) => value.startsWith("{"))
  return [...new Set(objects)].filter((value) => !/^\{\s*\}$/.test(value))
}

/** The one of several that say the same. Empty ones count only where all are. */
const onlyOf = (values: ReadonlyArray<string>): string | undefined => {
  const full = values.filter((value) => !/^(?:\{\s*\}|\[\s*\])$/.test(value))
  const [first, ...others] = full.length === 0 ? values : full
  return first !== undefined && others.every((other) => other === first) ? first : undefined
}

/** What comes behind the last thought. Some servers leave out the tag that begins it. A thought that has not ended is one. */
const withoutThoughts = (text: string): string => {
  const end = Array.from(text.matchAll(thoughtEnd)).at(-1)
  const spoken = end === undefined ? text : text.slice(end.index + end[0].length)
  const begin = Array.from(spoken.matchAll(thoughtBegin)).find(({ index }) => !isInValue(spoken, index))
  return (begin === undefined ? spoken : spoken.slice(0, begin.index)).replaceAll(marks, "").trim()
}

/** Whether a place lies in JSON that ends behind it. */
const isInValue = (text: string, place: number): boolean => {
  const from = text.slice(0, place).search(/[{[]\s*["{[]/)
  if (from < 0) return false
  const scan = new JsonScan.JsonScan()
  return scan.feed(text, from) > place && scan.state === "ended"
}

const thoughtTags = "(?:think|thinking|thought|thoughts|reasoning|reflection|scratchpad|analysis)"

const thoughtBegin = new RegExp(
  [
    String.raw`<(?:\w+:)?${thoughtTags}\b[^<>]*>`,
    String.raw`\[THINK\]`,
    "◁think▷",
    String.raw`<\|begin_of_thought\|>`,
    String.raw`<\|channel\|>\s*(?:analysis|commentary)\b`
  ].join("|"),
  "gi"
)

const thoughtEnd = new RegExp(
  [
    String.raw`<\/(?:\w+:)?${thoughtTags}\s*>`,
    String.raw`\[\/THINK\]`,
    "◁/think▷",
    String.raw`<\|end_of_thought\|>`,
    String.raw`<\|channel\|>\s*final\b[^<]*(?:<\|constrain\|>[^<]*)?<\|message\|>`
  ].join("|"),
  "gi"
)

/** What the templates of models put around a turn. */
const marks = /<[|｜][\w▁ ]+[|｜]>/g

const fence = /(`{3,}|~{3,})(?:[^\n`{["]*\n|[ \t]*[\w+#.-]*[ \t]*)?([^]*?)\1/g

/** A text that is one fence, which may be without its end. */
const onlyFence = /^(?:`{3,}|~{3,})(?:[^\n`{["]*\n|[ \t]*[\w+#.-]*[ \t]*)?([^`~]*)(?:`{3,}|~{3,})?$/

/** The JSON that all of `text` is, mended, and without the layers of JSON around it. */
const valueOf = (text: string): string | undefined => {
  const trimmed = text.trim()
  if (!/^[{["]/.test(trimmed)) return undefined
  const value = parsed(trimmed)
  if (typeof value === "string") return valueOf(value)
  if (typeof value !== "object" || value === null) return undefined
  const one = LooseJson.list(value)?.length === 1 ? LooseJson.fields(LooseJson.list(value)![0]) : undefined
  return one !== undefined ? JSON.stringify(one) : isJson(trimmed) ? trimmed : JSON.stringify(value)
}

/** The values that stand between words, and whether one has begun that does not end. */
const valuesIn = (text: string): { readonly values: ReadonlyArray<string>; readonly isOpen: boolean } => {
  const values: Array<string> = []
  let at = text.search(/[{[]/)
  for (let tries = 0; at >= 0 && tries < mostTries; tries++) {
    const scan = new JsonScan.JsonScan()
    let end = scan.feed(text, at)
    const value = scan.state === "ended" ? valueOf(text.slice(at, end)) : undefined
    if (value !== undefined) values.push(value)
    else if (scan.state !== "ended") {
      end = isProse(text, at, end) ? at + 1 : closingIn(text, end, scan.depth)
      if (end < 0) return { values, isOpen: true }
    }
    const next = text.slice(end).search(/[{[]/)
    at = next < 0 ? -1 : end + next
  }
  return { values, isOpen: false }
}

/** Whether the bracket at a place opens no JSON, as far as that was read. */
const isProse = (text: string, at: number, end: number): boolean =>
  !/["{[\]}]/.test(text.slice(at + 1, end)) && !/^[\s']*(?:$|')/.test(text.slice(at + 1, end + 1))

/** The place behind the bracket that closes `depth` of them, or -1. */
const closingIn = (text: string, from: number, depth: number): number => {
  let open = depth
  for (let at = from; at < text.length; at++) {
    if (text[at] === "{" || text[at] === "[") open++
    else if ((text[at] === "}" || text[at] === "]") && --open === 0) return at + 1
  }
  return -1
}

/** Brackets of prose that are looked at. */
const mostTries = 1_000

const parsed = (text: string): unknown => {
  try {
    return LooseJson.parse(text)
  } catch {
    return undefined
  }
}

/** Whether a text is one object. */
export const isObject = (text: string): boolean => /^\s*\{/.test(text) && isJson(text)

const isJson = (text: string): boolean => {
  if (!/^\s*[[{]/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
