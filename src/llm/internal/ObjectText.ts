/**
 * The JSON in what a model wrote, where it wrote more than JSON: behind its thoughts, in a Markdown fence, between sentences.
 */

/** The JSON of `text`, or `text` itself where it holds none, or more than one. */
export const read = (text: string): string => {
  if (isJson(text)) return text
  const spoken = withoutThoughts(text)
  const fenced = Array.from(spoken.matchAll(fence), (match) => match[1]!).filter(isJson)
  if (fenced.length === 1) return fenced[0]!
  return [spoken, between(spoken, "{", "}"), between(spoken, "[", "]")].find(isJson) ?? text
}

/** What comes behind the last thought. Some servers leave out the tag that begins it. */
const withoutThoughts = (text: string): string => {
  const end = Array.from(text.matchAll(/<\/(?:think|thinking|thought|reasoning)>/g)).at(-1)
  return (end === undefined ? text : text.slice(end.index + end[0].length)).trim()
}

const fence = /```[\w-]*[ \t]*\r?\n?([^]*?)```/g

const between = (text: string, first: string, last: string): string =>
  text.slice(Math.max(0, text.indexOf(first)), text.lastIndexOf(last) + 1)

const isJson = (text: string): boolean => {
  if (!/^\s*[[{]/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
