/**
 * The JSON object in what a model wrote, where it wrote more than that: behind its thoughts, in a Markdown fence, between
 * sentences, as JSON in JSON, or as a list of one. What is read is JSON by the letter: line breaks in texts and commas too many
 * are mended.
 */
import * as JsonScan from "./JsonScan.ts"
import * as LooseJson from "./LooseJson.ts"

/** The JSON of `text`, or `text` itself where it holds none, or more than one. */
export const read = (text: string): string => {
  if (isJson(text)) return /^\s*\{/.test(text) ? text : valueOf(text) ?? text
  const spoken = withoutThoughts(text)
  const whole = valueOf(spoken)
  if (whole !== undefined) return whole
  const fenced = Array.from(spoken.matchAll(fence), (match) => match[2]!).map(valueOf).filter((one) =>
    one !== undefined
  )
  if (fenced.length > 0) return fenced.length === 1 ? fenced[0]! : onlyOf(fenced) ?? text
  const found = valuesIn(spoken)
  return onlyOf(found.filter((value) => value.startsWith("{"))) ?? onlyOf(found) ?? text
}

/** The one of several that say the same. Empty ones count only where all are. */
const onlyOf = (values: ReadonlyArray<string>): string | undefined => {
  const full = values.filter((value) => !/^(?:\{\s*\}|\[\s*\])$/.test(value))
  const [first, ...others] = full.length === 0 ? values : full
  return first !== undefined && others.every((other) => other === first) ? first : undefined
}

/** What comes behind the last thought. Some servers leave out the tag that begins it. */
const withoutThoughts = (text: string): string => {
  const end = Array.from(text.matchAll(thoughtEnd)).at(-1)
  return (end === undefined ? text : text.slice(end.index + end[0].length)).replaceAll(marks, "").trim()
}

const thoughtEnd = new RegExp(
  [
    String.raw`<\/(?:\w+:)?(?:think|thinking|thought|thoughts|reasoning|reflection|scratchpad|analysis)\s*>`,
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

/** The values that stand between words. */
const valuesIn = (text: string): ReadonlyArray<string> => {
  const values: Array<string> = []
  let tries = 0
  for (let at = text.search(/[{[]/); at >= 0 && tries < mostTries; tries++) {
    const scan = new JsonScan.JsonScan()
    const end = scan.feed(text, at)
    const value = scan.state === "ended" ? valueOf(text.slice(at, end)) : undefined
    if (value !== undefined) values.push(value)
    const from = value === undefined ? at + 1 : end
    const next = text.slice(from).search(/[{[]/)
    at = next < 0 ? -1 : from + next
  }
  return values
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

const isJson = (text: string): boolean => {
  if (!/^\s*[[{]/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
